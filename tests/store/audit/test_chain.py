"""The audit chain: nothing in it can be changed unseen."""

import contextlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from mailguard.core.errors import StoreError
from mailguard.core.settings import StoreSettings
from mailguard.store.audit.digest import GENESIS
from mailguard.store.audit.walk import BadEntry
from mailguard.store.store import Store, open_store
from tests.store.audit.tamperings import Undone, disarm

ENTRIES = 12


def _fill(store: Store) -> None:
    with store.writing() as session:
        for number in range(ENTRIES):
            details = {"number": number, "name": "Jääskeläinen\u202e"}
            store.audit.append(session, "view", actor="anna", at=store.clock(), case_id=f"MG-{number}", details=details)


def test_whole_chain_verifies(any_store: Store) -> None:
    """Entries read back from the database digest to what was written, on both databases."""
    _fill(any_store)
    with any_store.reading() as session:
        assert any_store.audit.verify(session) == (ENTRIES, None)


def test_entries_can_neither_be_changed_nor_deleted(any_store: Store) -> None:
    """The database itself refuses, whoever asks."""
    _fill(any_store)
    statements = [
        "UPDATE audit SET actor = 'eve' WHERE seq = 3",
        "DELETE FROM audit WHERE seq = 12",
        "UPDATE audit_head SET seq = 11",
        f"UPDATE audit_head SET digest = '{GENESIS}'",
        "DELETE FROM audit_head",
    ]
    if any_store.engine.dialect.name == "postgresql":
        statements += ["TRUNCATE audit", "TRUNCATE audit_head", "TRUNCATE decisions CASCADE"]
    for statement in statements:
        with pytest.raises(StoreError, match="append-only"), any_store.writing() as session:
            session.execute(text(statement))


@pytest.mark.parametrize(
    ("statement", "first_bad"),
    [
        ("UPDATE audit SET actor = 'eve' WHERE seq = 3", 3),
        ("UPDATE audit SET act = 'login' WHERE seq = 12", 12),
        ("UPDATE audit SET case_id = 'MG-X' WHERE seq = 1", 1),
        ("UPDATE audit SET details = '{}' WHERE seq = 5", 5),
        ("UPDATE audit SET at = '2020-01-01 00:00:00' WHERE seq = 7", 7),
        ("DELETE FROM audit WHERE seq = 4", 4),
        ("DELETE FROM audit WHERE seq >= 11", 11),
        ("DELETE FROM audit", 1),
        (
            "INSERT INTO audit SELECT 13, at, actor, act, case_id, details, previous, digest FROM audit WHERE seq = 12",
            13,
        ),
    ],
)
def test_verify_names_the_first_bad_entry(any_store: Store, statement: str, first_bad: int) -> None:
    """Change, deletion, truncation and forgery show, even without the triggers."""
    _fill(any_store)
    disarm(any_store)
    with any_store.writing() as session:
        session.execute(text(statement))
    with any_store.reading() as session:
        _, bad = any_store.audit.verify(session)
    assert bad is not None
    assert bad.seq == first_bad


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("details = '" + "[" * 100_000 + "'", "has been changed"),
        ('details = \'{"number": 4, "number": 4}\'', "has been changed"),
        ('details = \'{"number":' + "9" * 5000 + "}'", "has been changed"),
        ("details = x'00ff'", "cannot be read"),
        ("actor = x'616e6e61'", "has been changed"),
        ("actor = CAST(x'ff41' AS TEXT)", "cannot be read"),
        ("at = 'yesterday'", "has been changed"),
        ("at = 17", "has been changed"),
        ("digest = x'00'", "has been changed"),
        ("previous = 4.5", "does not follow"),
        ("seq = 'five'", "is missing"),
        ("seq = 4.5", "is missing"),
    ],
)
def test_garbage_is_a_bad_entry(store: Store, value: str, problem: str) -> None:
    """SQLite takes any value in any column: none stops `verify` with an error, nor gets by."""
    _fill(store)
    disarm(store)
    with store.writing() as session:
        session.connection().exec_driver_sql(f"UPDATE audit SET {value} WHERE seq = 5")
    with store.reading() as session:
        _, bad = store.audit.verify(session)
    assert bad is not None
    assert bad.problem.startswith(problem)
    assert bad.seq == 5


def test_unreadable_moment_is_a_bad_entry(postgres_url: str, tmp_path: Path) -> None:
    """PostgreSQL knows a time without end; no calendar of ours does."""
    store = open_store(StoreSettings(database_url=postgres_url, key_file=tmp_path / "guard.key"))
    _fill(store)
    disarm(store)
    with store.writing() as session:
        session.execute(text("UPDATE audit SET at = 'infinity' WHERE seq = 7"))
    with store.reading() as session:
        assert store.audit.verify(session)[1] == BadEntry(
            7, "cannot be read: it holds what no program of ours has written"
        )
    store.close()


@given(
    details=st.dictionaries(
        st.text(max_size=5),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner) | st.tuples(inner),
            max_leaves=5,
        ),
        max_size=4,
    )
)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_details_are_read_back_as_they_were_digested(store: Store, details: dict[str, Any]) -> None:
    """Whatever JSON can say, with numbers as keys, tuples and lone halves of letters: the chain stays whole."""
    with contextlib.suppress(Undone), store.writing() as session:
        store.audit.append(session, "act", actor="anna", at=store.clock(), details=details)
        assert store.audit.verify(session) == (1, None)
        raise Undone


def test_entry_is_undone_with_its_act(any_store: Store) -> None:
    """An act that fails leaves no entry, and the chain stays whole; no more does an entry without its act."""
    _fill(any_store)

    def act_that_fails() -> None:
        with any_store.writing() as session:
            any_store.audit.append(session, "view", actor="anna", at=any_store.clock())
            session.execute(text("INSERT INTO nowhere VALUES (1)"))

    with pytest.raises(StoreError):
        act_that_fails()
    with any_store.reading() as session:
        assert any_store.audit.verify(session) == (ENTRIES, None)
        assert session.execute(text("SELECT count(*) FROM audit WHERE act = 'view'")).scalar_one() == ENTRIES
