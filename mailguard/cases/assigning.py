"""Who is at a case just now, so that two people do not work on one. It binds nobody: anybody may decide meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, select

from mailguard.cases.deciding.rights import is_second_person
from mailguard.cases.rows import lock_case
from mailguard.cases.scope import require_seen
from mailguard.core.case import CaseState
from mailguard.core.errors import AlreadyDecided, NotYours, Taken
from mailguard.core.person import Person
from mailguard.store.store import Store
from mailguard.store.tables.cases import CaseRow
from mailguard.store.tables.people import UserRow
from mailguard.store.tables.reviewing import AssignmentRow

WORKED_ON = frozenset({CaseState.HELD, CaseState.UNDELIVERABLE})
"""States in which somebody has something to do."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """Somebody is at a case."""

    user_id: int
    name: str
    taken_at: datetime
    until: datetime
    """From then on it is nobody's again."""


def take(store: Store, case_id: str, person: Person, *, minutes: int, over: bool = False) -> Assignment:
    """Be at a case for so many minutes; taken again, they begin anew. `over` takes it from whoever is at it.

    Raises Taken where somebody else is, NotYours for who could not decide on it, AlreadyDecided where nothing is left
    to decide, NoSuchCase.
    """
    now = store.clock()
    with store.writing() as session:
        require_seen(session, case_id, person)
        # Of two who take it at the same moment, the second must find the first one's name.
        case = lock_case(session, case_id)
        if case.state not in WORKED_ON:
            raise AlreadyDecided(f"case {case_id} is {case.state}; nothing is left to decide")
        if not is_second_person(session, case_id, person, now):
            raise NotYours("only who may decide on a case can be at it: a second person, and not the sender")
        row = session.get(AssignmentRow, case_id)
        before = _standing(session, row, now) if row else None
        if before and before.user_id != person.user_id and not over:
            raise Taken(f"{before.name} is at case {case_id} until {before.until:%H:%M} UTC")
        row = row or AssignmentRow(case_id=case_id, user_id=person.user_id)
        mine = before is not None and before.user_id == person.user_id
        row.user_id, row.until = person.user_id, now + timedelta(minutes=minutes)
        row.taken_at = row.taken_at if mine else now
        session.add(row)
        if not mine:
            act, details = ("take over", {"from": before.name}) if before else ("take", {})
            store.audit.append(session, act, actor=person.name, at=now, case_id=case_id, details=details)
    return Assignment(person.user_id, person.name, row.taken_at, row.until)


def give_back(store: Store, case_id: str, person: Person) -> None:
    """Be at a case no longer; nothing happens where the person was not. Raises NoSuchCase."""
    now = store.clock()
    with store.writing() as session:
        require_seen(session, case_id, person)
        mine = delete(AssignmentRow).where(
            col(AssignmentRow.case_id) == case_id,
            col(AssignmentRow.user_id) == person.user_id,
            col(AssignmentRow.until) > now,
        )
        if session.exec(mine).rowcount:
            store.audit.append(session, "give back", actor=person.name, at=now, case_id=case_id)


def assignments_of(session: Session, case_ids: Sequence[str], now: datetime) -> dict[str, Assignment]:
    """Who is at which of these cases. What has run out, and what nobody needs to be at any more, is left out."""
    query = (
        select(AssignmentRow, UserRow.name)
        .join(UserRow, col(UserRow.id) == col(AssignmentRow.user_id))
        .join(CaseRow, col(CaseRow.id) == col(AssignmentRow.case_id))
        .where(col(AssignmentRow.case_id).in_(case_ids), col(AssignmentRow.until) > now)
        .where(col(CaseRow.state).in_(sorted(WORKED_ON)))
    )
    return {row.case_id: Assignment(row.user_id, name, row.taken_at, row.until) for row, name in session.exec(query)}


def assignment_of(session: Session, case_id: str, now: datetime) -> Assignment | None:
    """Who is at the case; None: nobody."""
    return assignments_of(session, [case_id], now).get(case_id)


def _standing(session: Session, row: AssignmentRow, now: datetime) -> Assignment | None:
    user = session.get_one(UserRow, row.user_id)
    return Assignment(row.user_id, user.name, row.taken_at, row.until) if row.until > now else None
