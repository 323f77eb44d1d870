"""How the register is asked: over which connections, by which indexes, and what is left behind."""

import sqlite3
from itertools import combinations
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, text

from mailguard.core.errors import RegisterError
from mailguard.core.settings import StoreSettings
from mailguard.customers.asking import _OFTEN, _bound, _compiled
from mailguard.customers.register import Register
from mailguard.customers.seeking import seeking
from mailguard.customers.tables.register import CUSTOMERS
from mailguard.customers.wanted import Wanted
from mailguard.store.store import Store, open_store

_KINDS = ("ids", "usernames", "national_ids", "phones", "streets", "postcodes", "cities", "names", "birth_dates")
_WANTED = Wanted(ids=["1001"], names=["a b"], streets=["c 1"], postcodes=["02100"], cities=["espoo"], phones=["5"])

_TEXTS = (
    "first_name last_name former_names phone street postcode city country username tags national_id name_key street_key"
)
_ROW = {
    **dict.fromkeys([*_TEXTS.split(), "postcode_key", "city_key", "source"], ""),
    "email_confirmed": False,
    "row_hash": b"",
}


def test_every_search_goes_by_an_index(store: Store) -> None:
    """No question of any kind reads the whole table of customers."""
    with store.engine.connect() as connection:
        for count in (1, 2, 3, len(_KINDS)):
            for kinds in combinations(_KINDS, count):
                query = seeking(frozenset(kinds))
                if query is None:
                    continue
                sql, order, constants = _compiled(query, store.engine.dialect)
                bound = _bound({**constants, **{kind: ["x"] for kind in _KINDS}}, order)
                plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", tuple(bound))]
                assert not [step for step in plan if step.startswith("SCAN customer")], (kinds, plan)


def test_sqlite_is_left_as_it_was(store: Store) -> None:
    """Whoever gets the connection next has its temporary tables on the disk: an import has a million rows in them."""
    with Register(store.engine).at_once() as register:
        register.seek(_WANTED)
    with store.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA temp_store").scalar() == 0


def _ask_often(asked: Register) -> None:
    for _ in range(_OFTEN + 2):
        with asked.at_once() as register:
            register.seek(_WANTED)


def test_the_state_changes_with_whatever_is_written(store: Store) -> None:
    """Known once the connections are kept; the same as long as nobody writes, and another after any commit."""
    asked = Register(store.engine)
    with asked.at_once() as register:
        assert register.state() is None
    _ask_often(asked)

    def state() -> object | None:
        with asked.at_once() as register:
            return register.state()

    before = state()
    assert before is not None
    assert state() == before
    with store.engine.begin() as connection:
        connection.execute(insert(CUSTOMERS), _ROW | {"customer_id": "7", "id_key": "7"})
    after = state()
    assert after != before
    assert state() == after


def test_a_register_asked_often_has_a_connection_of_its_own(store: Store) -> None:
    """It does not go through the pool any more, sees what is committed since, and the pool's are left as they were."""
    asked = Register(store.engine)
    _ask_often(asked)
    assert len(asked._connections._idle) == 1
    with store.engine.begin() as connection:
        assert connection.exec_driver_sql("PRAGMA temp_store").scalar() == 0
        connection.execute(insert(CUSTOMERS), {**_ROW, "customer_id": "1001", "id_key": "1001"})
    with asked.at_once() as register:
        assert [customer.customer_id for customer in register.seek(_WANTED)] == ["1001"]


def test_an_exchanged_file_is_seen_by_a_register_asked_often(store: Store, tmp_path: Path) -> None:
    """A database that was put in the place of the other one is asked from the next letter on, and not the old one."""
    asked = Register(store.engine)
    _ask_often(asked)
    file = Path(str(store.engine.url.database))
    other = sqlite3.connect(tmp_path / "other.db")
    with sqlite3.connect(file) as here:
        here.backup(other)
    other.execute("DROP TABLE customers")
    other.close()
    (tmp_path / "other.db").replace(file)
    with asked.at_once() as register, pytest.raises(RegisterError):
        register.seek(_WANTED)


def test_a_closed_store_has_no_connection_left(store: Store) -> None:
    """Who closes the store may move its file: nothing of a register that was asked often keeps it open."""
    asked = Register(store.engine)
    _ask_often(asked)
    (driver,) = asked._connections._idle
    store.close()
    assert not asked._connections._idle
    with pytest.raises(sqlite3.ProgrammingError):
        driver.execute("SELECT 1")


@pytest.fixture
def on_postgresql(postgres_url: str, store_settings: StoreSettings) -> Engine:
    """The engine of a fresh store on PostgreSQL."""
    return open_store(store_settings.model_copy(update={"database_url": postgres_url})).engine


def test_no_transaction_is_left_open(on_postgresql: Engine) -> None:
    """Between two letters the server has nothing of ours under way."""
    with Register(on_postgresql).at_once() as register:
        register.seek(_WANTED)
        register.memory("a@b.example")
    with on_postgresql.connect() as connection:
        states = connection.execute(text("SELECT state FROM pg_stat_activity WHERE pid <> pg_backend_pid()")).scalars()
        assert "idle in transaction" not in set(states)


def test_a_server_that_was_started_anew_is_asked_again(on_postgresql: Engine) -> None:
    """Connections that the server has closed meanwhile cost no letter a temporary failure."""
    asked = Register(on_postgresql)
    with asked.at_once() as register:
        register.seek(_WANTED)
    with on_postgresql.connect() as connection:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        connection.execute(text(f"{others} AND datname = current_database()"))
    with asked.at_once() as register:
        assert register.seek(_WANTED) == ()
        assert register.memory("a@b.example").pairs == ()


def test_other_queries_keep_their_plans(on_postgresql: Engine) -> None:
    """What makes the register quick is set on its own connections only."""
    with Register(on_postgresql).at_once() as register:
        register.seek(_WANTED)
    with on_postgresql.connect() as connection:
        assert connection.execute(text("SHOW plan_cache_mode")).scalar() == "auto"
