"""The people on record at hand: whoever changes is known anew with the next group of holds, and only then."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlmodel import Session, delete, select, update

from mailguard.cases.holding.known_staff import KnownStaff
from mailguard.core.person import Role
from mailguard.store.people import add_user, check_password
from mailguard.store.store import Store
from mailguard.store.tables.decisions import DelegationRow
from mailguard.store.tables.people import UserAddressRow, UserRow

OTTO, SOFIA = "otto@operator.example", "sofia@operator.example"


def _alias(session: Session) -> None:
    session.add(UserAddressRow(user_id=_id(session, "otto"), address="sales@operator.example"))


def _no_alias(session: Session) -> None:
    session.exec(delete(UserAddressRow).where(UserAddressRow.address == OTTO))  # type: ignore[arg-type]


def _locked_out(session: Session) -> None:
    session.exec(update(UserRow).where(UserRow.name == "sofia").values(disabled=True))  # type: ignore[arg-type]


def _other_role(session: Session) -> None:
    session.exec(update(UserRow).where(UserRow.name == "sofia").values(role=Role.OPS))  # type: ignore[arg-type]


def _id(session: Session, name: str) -> int:
    return session.exec(select(UserRow.id).where(UserRow.name == name)).one() or 0


@pytest.fixture
def staffed(any_store: Store) -> Store:
    """A store with a sender and a supervisor."""
    add_user(any_store, "otto", email=OTTO, role=Role.OPS, password="correct horse battery")
    add_user(any_store, "sofia", email=SOFIA, role=Role.SUPERVISOR, password=None)
    return any_store


@pytest.mark.parametrize("change", [_alias, _no_alias, _locked_out, _other_role])
def test_a_change_is_known_at_once(staffed: Store, change: Callable[[Session], None]) -> None:
    """An alias more or less, a locked door, another role: what is at hand is what a fresh look would find."""
    known = KnownStaff()
    with staffed.reading() as session:
        before = known.read(session.connection(), staffed.clock())
    with staffed.writing() as session:
        change(session)
    with staffed.reading() as session:
        after = known.read(session.connection(), staffed.clock())
        assert after == KnownStaff().read(session.connection(), staffed.clock())
    assert after != before


def test_a_deputy_is_known_at_once_and_asked_on_their_days(staffed: Store) -> None:
    """A delegation that begins tomorrow is at hand today, asks the deputy from tomorrow on, and its end is known."""
    known, now = KnownStaff(), staffed.clock()
    with staffed.reading() as session:
        known.read(session.connection(), now)
    with staffed.writing() as session:
        row = DelegationRow(
            giver_id=_id(session, "sofia"),
            deputy_id=_id(session, "otto"),
            first_day=now.date(),
            last_day=now.date() + timedelta(days=2),
            starts_at=now + timedelta(days=1),
            ends_at=now + timedelta(days=2),
            reason="away",
            made_by="sofia",
            made_at=now,
        )
        session.add(row)
    asked = []
    with staffed.reading() as session:
        staff = known.read(session.connection(), now)
        for days in (0.5, 1.5, 2.5):
            at = now + timedelta(days=days)
            asked.append([person.name for person in staff.reviewers(frozenset(), "", at)])
    assert asked == [["sofia"], ["sofia", "otto"], ["sofia"]]


def test_nothing_is_read_twice(staffed: Store) -> None:
    """Without a change a look costs one question, after a wrong guess at a password too."""
    known, questions = KnownStaff(), []
    event.listen(staffed.engine, "before_cursor_execute", lambda *told: questions.append(told[2]))
    with staffed.reading() as session:
        known.read(session.connection(), staffed.clock())
    assert check_password(staffed, "otto", "wrong") is None
    questions.clear()
    with staffed.reading() as session:
        known.read(session.connection(), staffed.clock())
    assert sum("SELECT" in question for question in questions) == 1
