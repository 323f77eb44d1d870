"""Sync from real sources into a real register: whole, or nothing."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, func, select

from mailguard.core.errors import InputError, RegisterError, SourceError, TooManyDropped
from mailguard.core.settings import RegisterSettings
from mailguard.core.settings.sources import CsvSource, HttpSource, LdapSource, SourceSettings, SqlSource
from mailguard.customers.register import Register
from mailguard.customers.source_states import SourceState, claim, count_by_source, source_states
from mailguard.customers.syncing import SyncResult, sync
from mailguard.customers.tables.register import CUSTOMERS
from mailguard.store.database.engine import make_engine
from tests.conftest import TurnableClock
from tests.support.ldap import BASE, PASSWORD, READER, start_slapd
from tests.support.web import serve_app

QUERY = "SELECT id AS customer_id, first AS first_name, last AS last_name, mail AS emails FROM people"
SETTINGS = RegisterSettings()


class Crm:
    """A database of somebody else's, with people in it."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.run("CREATE TABLE people (id, first, last, mail)")

    def run(self, statement: str, *values: object) -> None:
        """Change it."""
        with sqlite3.connect(self.file) as connection:
            connection.execute(statement, values)
        connection.close()

    def fill(self, *numbers: int) -> None:
        """Put people in."""
        with sqlite3.connect(self.file) as connection:
            rows = [(number, "Matti", f"Virtanen{number}", f"m{number}@post.example") for number in numbers]
            connection.executemany("INSERT INTO people VALUES (?, ?, ?, ?)", rows)
        connection.close()

    def source(self, **values: Any) -> SqlSource:
        """It as a source."""
        usual = {"name": "crm", "kind": "sql", "url": f"sqlite:///{self.file}", "query": QUERY}
        return SqlSource.model_validate(usual | values)


@pytest.fixture
def crm(tmp_path: Path) -> Crm:
    """One of 100 people."""
    made = Crm(tmp_path / "crm.db")
    made.fill(*range(1000, 1100))
    return made


def run(engine: Engine, source: SourceSettings, clock: TurnableClock) -> SyncResult:
    """Claim and sync."""
    assert claim(engine, source.name, clock())
    return sync(engine, source, SETTINGS, lambda done, total: None, clock)


def state(engine: Engine, name: str = "crm") -> SourceState:
    """The source's row."""
    return source_states(engine)[name]


def on_record(engine: Engine) -> dict[str, str]:
    """Last name of every customer."""
    with engine.connect() as connection:
        return {row[0]: row[1] for row in connection.execute(select(CUSTOMERS.c.customer_id, CUSTOMERS.c.last_name))}


def counted(result: SyncResult) -> tuple[int, int, int, int]:
    """New, changed, unchanged, dropped."""
    done = result.imported
    return done.imported, done.updated, done.unchanged, done.dropped


def test_a_sync_brings_the_register_in_line(register: Engine, crm: Crm, clock: TurnableClock) -> None:
    """New, changed, unchanged and missing customers, and the source's row beside them."""
    first = run(register, crm.source(), clock)
    assert counted(first) == (100, 0, 0, 0)
    assert first.changed
    assert state(register) == SourceState("crm", clock(), clock(), 100, "")
    clock.turn(hours=1)
    assert not run(register, crm.source(), clock).changed
    crm.fill(2000)
    crm.run("UPDATE people SET last = 'Laaksonen' WHERE id = 1003")
    crm.run("DELETE FROM people WHERE id IN (1001, 1002)")
    assert counted(run(register, crm.source(), clock)) == (1, 1, 97, 2)
    assert on_record(register)["1003"] == "Laaksonen"
    assert "1001" not in on_record(register)
    assert Register(register).by_address("m1001@post.example") == ()
    assert state(register) == SourceState("crm", clock(), clock(), 99, "")


def test_too_many_missing_is_refused(register: Engine, crm: Crm, clock: TurnableClock) -> None:
    """Of a hundred customers five may go at once; six are a broken source, and nothing is changed."""
    run(register, crm.source(), clock)
    before, synced_at = on_record(register), clock()
    clock.turn(hours=1)
    crm.run("DELETE FROM people WHERE id < 1006")
    crm.run("UPDATE people SET last = 'Changed'")
    crm.fill(3000)
    with pytest.raises(TooManyDropped):
        run(register, crm.source(), clock)
    assert on_record(register) == before
    assert (state(register).synced_at, state(register).tried_at) == (synced_at, clock())
    assert state(register).problem
    crm.fill(1005)
    assert counted(run(register, crm.source(), clock))[3] == 5


def test_a_source_that_gives_nothing_changes_nothing(register: Engine, crm: Crm, clock: TurnableClock) -> None:
    """No rows at all is no register, however many may be dropped."""
    run(register, crm.source(), clock)
    crm.run("DELETE FROM people")
    generous = RegisterSettings(most_dropped_percent=100)
    assert claim(register, "crm", clock())
    with pytest.raises(SourceError, match="gave no customers at all"):
        sync(register, crm.source(), generous, lambda done, total: None, clock)
    assert len(on_record(register)) == 100


def test_a_needed_column_that_is_empty_everywhere_is_refused(register: Engine, crm: Crm, clock: TurnableClock) -> None:
    """A renamed field would take every address off record; one customer without an address is an ordinary thing."""
    crm.run("UPDATE people SET mail = NULL WHERE id = 1000")
    run(register, crm.source(), clock)
    before = on_record(register)
    crm.run("UPDATE people SET mail = ' '")
    with pytest.raises(SourceError, match="emails is empty in every row"):
        run(register, crm.source(), clock)
    assert on_record(register) == before
    assert Register(register).by_address("m1001@post.example")


def test_a_source_that_breaks_off_changes_nothing(register: Engine, postgres_url: str, clock: TurnableClock) -> None:
    """An error after 50,000 rows is an error for all of them, and quotes none."""
    odd = "CAST('Matti' || g AS integer)"
    query = (
        "SELECT g AS customer_id, 'Matti' AS first_name, 'Virtanen' AS last_name, "
        f"CASE WHEN g < 20000 THEN '' ELSE {odd}::text END AS emails FROM generate_series(1, 30000) AS g"
    )
    source = SqlSource(name="crm", kind="sql", url=postgres_url, query=query)
    with pytest.raises(SourceError, match="the query failed") as caught:
        run(register, source, clock)
    assert on_record(register) == {}
    assert "Matti" not in str(caught.value) + state(register).problem
    assert state(register).synced_at is None


def test_columns_that_are_no_customers_are_told(register: Engine, crm: Crm, clock: TurnableClock) -> None:
    """A query without names, and rows that are mostly bad, are refused with the reason kept in the source's row."""
    with pytest.raises(InputError, match="last_name"):
        run(
            register,
            crm.source(query="SELECT id AS customer_id, first AS first_name, mail AS emails FROM people"),
            clock,
        )
    assert "last_name" in state(register).problem
    crm.run("UPDATE people SET mail = 'Matti Virtanen' WHERE id < 1090")
    with pytest.raises(InputError, match="bad rows") as caught:
        run(register, crm.source(), clock)
    assert "Virtanen" not in str(caught.value) + state(register).problem
    assert on_record(register) == {}


def test_a_few_bad_rows_are_told_by_place(register: Engine, crm: Crm, clock: TurnableClock) -> None:
    """The others come in, and whoever was on record with a row that is bad today stays."""
    run(register, crm.source(), clock)
    crm.run("UPDATE people SET mail = 'nonsense' WHERE id = 1004")
    crm.fill(4000)
    result = run(register, crm.source(), clock)
    assert result.bad_rows == ("row 5: emails holds something that is no mail address",)
    assert "1004" in on_record(register)
    assert Register(register).by_address("m1004@post.example")
    assert "4000" in on_record(register)


def test_sources_do_not_touch_each_others_customers(register: Engine, crm: Crm, clock: TurnableClock) -> None:
    """Whoever is missing in one source goes off record only when they came from there."""
    run(register, crm.source(), clock)
    other = Crm(crm.file.with_name("shop.db"))
    other.fill(5000, 5001)
    run(register, other.source(name="shop"), clock)
    assert len(on_record(register)) == 102
    assert (state(register).customers, state(register, "shop").customers) == (100, 2)


def test_customers_of_two_sources_are_told(register: Engine, crm: Crm, clock: TurnableClock) -> None:
    """Who came by hand is taken over quietly; who came from another source is counted."""
    assert run(register, crm.source(), clock).taken == 0
    other = Crm(crm.file.with_name("shop.db"))
    other.fill(1000, 1001, 5000)
    assert run(register, other.source(name="shop"), clock).taken == 2
    assert count_by_source(register) == {"crm": 98, "shop": 3}


def test_all_kinds_end_in_the_same_register(register: Engine, tmp_path: Path, clock: TurnableClock) -> None:
    """One customer from a folder, a directory, an interface and a database each."""
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "a.csv").write_text("Nr;customer_id;first_name;last_name;emails\n1;11;A;Aalto;a@post.example\n")
    run(register, CsvSource(name="csv", kind="csv", folder=folder), clock)
    crm = Crm(tmp_path / "crm.db")
    crm.fill(12)
    run(register, crm.source(), clock)
    columns = {"uid": "customer_id", "givenName": "first_name", "sn": "last_name", "mail": "emails"}
    entry = (
        f"dn: uid=13,{BASE}\nobjectClass: inetOrgPerson\nuid: 13\n"
        "cn: C\ngivenName: C\nsn: Cygnaeus\nmail: c@post.example\n"
    )
    with start_slapd(entry) as slapd:
        (tmp_path / "password").write_text(PASSWORD)
        url, ca_file = f"ldaps://localhost:{slapd.tls_port}", slapd.certificate
        people = LdapSource(
            name="people", kind="ldap", url=url, ca_file=ca_file, bind_dn=READER,
            password_file=tmp_path / "password", base=BASE, columns=columns,
        )  # fmt: skip
        run(register, people, clock)
    app = FastAPI()
    item = {"customer_id": 14, "first_name": "D", "last_name": "Donner", "emails": ["d@post.example"], "tags": None}
    app.get("/")(lambda: [item])
    with serve_app(app) as port:
        run(register, HttpSource(name="api", kind="http", url=f"http://127.0.0.1:{port}/"), clock)
    assert sorted(on_record(register)) == ["11", "12", "13", "14"]
    assert {name: row.customers for name, row in source_states(register).items()} == dict.fromkeys(
        ("csv", "crm", "people", "api"), 1
    )


def test_an_unforeseen_failure_is_noted_without_its_text(
    register: Engine, crm: Crm, clock: TurnableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a driver raises, only its kind is kept."""

    def fail(source: object) -> None:
        raise ZeroDivisionError("Matti Virtanen")

    monkeypatch.setattr("mailguard.customers.syncing.open_source", fail)
    with pytest.raises(SourceError) as caught:
        run(register, crm.source(), clock)
    assert str(caught.value) == state(register).problem == "failed with ZeroDivisionError"


def test_own_database_away_is_the_registers_trouble(crm: Crm, tmp_path: Path, clock: TurnableClock) -> None:
    """Without the register's own tables there is nothing to sync into."""
    engine = make_engine(f"sqlite:///{tmp_path}/empty.db")
    with pytest.raises(RegisterError):
        sync(engine, crm.source(), SETTINGS, lambda done, total: None, clock)
    engine.dispose()


def test_customers_of_the_source_are_counted(register: Engine, crm: Crm, clock: TurnableClock) -> None:
    """The number in the source's row is that of its customers on record."""
    run(register, crm.source(), clock)
    with register.connect() as connection:
        assert connection.scalar(select(func.count()).where(CUSTOMERS.c.source == "crm")) == 100
