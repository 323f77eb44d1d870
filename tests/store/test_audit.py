"""The audit chain: nothing in it can be changed unseen."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from mailguard.core.errors import StoreError
from mailguard.store.store import Store

ENTRIES = 12


def _fill(store: Store) -> None:
    with store.writing() as session:
        for number in range(ENTRIES):
            details = {"number": number, "name": "Jääskeläinen\u202e"}
            store.audit.append(session, "view", actor="anna", at=store.clock(), case_id=f"MG-{number}", details=details)


def _disarm(store: Store) -> None:
    """Somebody with the database's own password takes the triggers away."""
    suffix = " ON audit" if store.engine.dialect.name == "postgresql" else ""
    with store.writing() as session:
        for trigger in ("audit_no_update", "audit_no_delete"):
            session.execute(text(f"DROP TRIGGER {trigger}{suffix}"))


def test_whole_chain_verifies(any_store: Store) -> None:
    """Entries read back from the database digest to what was written, on both databases."""
    _fill(any_store)
    with any_store.reading() as session:
        assert any_store.audit.verify(session) == (ENTRIES, None)


def test_entries_can_neither_be_changed_nor_deleted(any_store: Store) -> None:
    """The database itself refuses, whoever asks."""
    _fill(any_store)
    for statement in ("UPDATE audit SET actor = 'eve' WHERE seq = 3", "DELETE FROM audit WHERE seq = 12"):
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
    _disarm(any_store)
    with any_store.writing() as session:
        session.execute(text(statement))
    with any_store.reading() as session:
        _, bad = any_store.audit.verify(session)
    assert bad is not None
    assert bad.seq == first_bad


def test_entry_is_undone_with_its_act(store: Store) -> None:
    """An act that fails leaves no entry, and the chain stays whole."""
    _fill(store)

    def act_that_fails() -> None:
        with store.writing() as session:
            store.audit.append(session, "view", actor="anna", at=store.clock())
            session.execute(text("INSERT INTO nowhere VALUES (1)"))

    with pytest.raises(StoreError):
        act_that_fails()
    with store.reading() as session:
        assert store.audit.verify(session) == (ENTRIES, None)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    column=st.sampled_from(["actor", "act", "case_id", "previous", "digest"]),
    seq=st.integers(1, ENTRIES),
    tail=st.text(min_size=1, max_size=3),
)
def test_any_changed_field_is_found(store: Store, column: str, seq: int, tail: str) -> None:
    """Whatever is appended to whatever field of whatever entry, verify stops at that entry."""
    with store.reading() as session:
        entries, _ = store.audit.verify(session)
    if not entries:
        _fill(store)
        _disarm(store)
    tail = tail.replace("\0", "x")
    with store.writing() as session:
        old = session.execute(text(f"SELECT {column} FROM audit WHERE seq = {seq}")).scalar_one()
        session.execute(text(f"UPDATE audit SET {column} = :new WHERE seq = {seq}"), {"new": old + tail})
    with store.reading() as session:
        _, bad = store.audit.verify(session)
    with store.writing() as session:
        session.execute(text(f"UPDATE audit SET {column} = :old WHERE seq = {seq}"), {"old": old})
    assert bad is not None
    assert bad.seq == seq
