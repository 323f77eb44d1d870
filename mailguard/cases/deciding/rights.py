"""By what right somebody decides on a case: their own, or that of a person whose deputy they are."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from mailguard.cases.deciding.four_eyes import is_sender
from mailguard.core.address import canonical
from mailguard.core.errors import NotYours
from mailguard.core.person import DECIDING_ROLES, Person, Role
from mailguard.store.people.rows import person_of
from mailguard.store.store import Store
from mailguard.store.tables.cases import CaseRow
from mailguard.store.tables.decisions import DelegationRow
from mailguard.store.tables.people import UserRow

NOT_SECOND = "a second person must decide: not the sender, and a supervisor, an admin or the deputy of one"
READING_ROLES = frozenset({Role.AUDITOR, Role.SENDER})
"""Who has one of these decides nothing, in nobody's place."""


@dataclass(frozen=True, slots=True)
class Right:
    """Who decides, and in whose place."""

    person: Person
    giver: Person | None = None
    """Whose deputy the person is; None: the right is the person's own."""

    @property
    def name(self) -> str:
        """As the audit trail has it: `berta`, or `berta for anna`."""
        return f"{self.person.name} for {self.giver.name}" if self.giver else self.person.name

    @property
    def people(self) -> tuple[Person, ...]:
        """Those whose word it is."""
        return (self.person, self.giver) if self.giver else (self.person,)

    def shares_somebody(self, other: "Right") -> bool:
        """Whether the two are one person's word: who decided, or in whose place, under any login of theirs."""
        return any(are_one(mine, theirs) for mine in self.people for theirs in other.people)


def rights_in(session: Session, case_id: str, person: Person, at: datetime, *, lock: bool = False) -> list[Right]:
    """Every right that the person has to decide on the case at that moment, their own first. Empty: none.

    Role, addresses and teams are those on record now; a right is for the mail of its owner's teams. Neither
    the person nor a giver may be on the sender's side; a delegation is of the giver's own right, never of one that they
    were given themselves. `lock` is for a decision: whoever ends a delegation at this moment waits for it, or it for
    them.
    """
    now = on_record(session, person.user_id)
    if now is None or now.role in READING_ROLES or is_beside_sender(session, case_id, now, at):
        return []
    own = [Right(now)] if now.role in DECIDING_ROLES and covers(session, case_id, now) else []
    return own + [Right(now, giver) for giver in _givers(session, case_id, now, at, lock)]


def require_rights(session: Session, case_id: str, person: Person, at: datetime, *, lock: bool = False) -> list[Right]:
    """The same, for an act that takes one. Raises NotYours where there is none."""
    rights = rights_in(session, case_id, person, at, lock=lock)
    if not rights:
        raise NotYours(NOT_SECOND)
    return rights


def rights_of(store: Store, case_id: str, person: Person) -> list[Right]:
    """The same, asked now and outside any transaction."""
    with store.reading() as session:
        return rights_in(session, case_id, person, store.clock())


def is_second_person(session: Session, case_id: str, person: Person, at: datetime) -> bool:
    """Whether the person may decide on the case at that moment, by whatever right."""
    return bool(rights_in(session, case_id, person, at))


def deputies_in(session: Session, at: datetime) -> list[Person]:
    """Everybody who is somebody's deputy at that moment."""
    deputies = session.exec(select(DelegationRow.deputy_id).where(*_in_force(at)).distinct())
    return [person for user_id in deputies if (person := on_record(session, user_id))]


def may_break(session: Session, case_id: str, person: Person, at: datetime) -> bool:
    """Whether the person may break the glass for this case: any of the staff but an auditor and the sender's side."""
    now = on_record(session, person.user_id)
    if now is None or now.role in READING_ROLES or not covers(session, case_id, now):
        return False
    return not is_beside_sender(session, case_id, now, at)


def is_beside_sender(session: Session, case_id: str, person: Person, at: datetime) -> bool:
    """Whether the person is the sender, or was the sender's deputy or principal at any time from the hold until then.

    A right that was given back an hour ago still binds: otherwise it would be given back for that hour.
    """
    if is_sender(session, case_id, person):
        return True
    case = session.get(CaseRow, case_id)
    if case is None:
        return False
    others = (_other(row, person) for row in session.exec(_of(person, case.received_at, at)))
    return any(is_sender(session, case_id, other) for other in map(_bare, others))


def on_record(session: Session, user_id: int) -> Person | None:
    """The person as the store knows them in this transaction; None for somebody who is shut out."""
    row = session.get(UserRow, user_id, populate_existing=True)
    return None if row is None or row.disabled else person_of(session, row)


def recorded(session: Session, user_id: int) -> Person:
    """The person of an act on record, also one who is shut out by now."""
    return person_of(session, session.get_one(UserRow, user_id))


def are_one(one: Person, other: Person) -> bool:
    """Whether the two are logins of one person: the own address of one is an address of the other.

    An alias that both have is a shared mailbox, and makes no one person of its members.
    """
    return one.user_id == other.user_id or _has(one, other.email) or _has(other, one.email)


def covers(session: Session, case_id: str, person: Person) -> bool:
    """Whether the case is of a team whose cases are the person's own; somebody who belongs to none has all."""
    case = session.get(CaseRow, case_id) if person.teams else None
    return person.sees(case.team if case else "")


def givers_in(session: Session, deputy: Person, at: datetime, *, lock: bool = False) -> Iterator[Person]:
    """Everybody who has a right to decide and whose deputy the person is at that moment."""
    in_force = (
        select(DelegationRow.giver_id)
        .where(DelegationRow.deputy_id == deputy.user_id, *_in_force(at))
        .order_by(col(DelegationRow.id))
    )
    if lock:
        in_force = in_force.with_for_update(read=True)
    for giver_id in dict.fromkeys(session.exec(in_force)):
        giver = on_record(session, giver_id)
        if giver and giver.role in DECIDING_ROLES:
            yield giver


def _givers(session: Session, case_id: str, deputy: Person, at: datetime, lock: bool) -> Iterator[Person]:
    for giver in givers_in(session, deputy, at, lock=lock):
        if covers(session, case_id, giver) and not is_beside_sender(session, case_id, giver, at):
            yield giver


def _in_force(at: datetime) -> tuple[ColumnElement[bool], ...]:
    revoked = col(DelegationRow.revoked_at)
    return (
        col(DelegationRow.starts_at) <= at,
        col(DelegationRow.ends_at) > at,
        or_(revoked.is_(None), revoked > at),
    )


def _of(person: Person, since: datetime, until: datetime) -> SelectOfScalar[DelegationRow]:
    revoked = col(DelegationRow.revoked_at)
    return (
        select(DelegationRow)
        .where(or_(col(DelegationRow.giver_id) == person.user_id, col(DelegationRow.deputy_id) == person.user_id))
        .where(DelegationRow.starts_at <= until, DelegationRow.ends_at > since)
        .where(or_(revoked.is_(None), and_(revoked > since, revoked > DelegationRow.starts_at)))
    )


def _other(row: DelegationRow, person: Person) -> int:
    return row.deputy_id if row.giver_id == person.user_id else row.giver_id


def _bare(user_id: int) -> Person:
    # `is_sender` looks the addresses up by the number; a sender who was shut out is the sender still.
    return Person(user_id, "", "", Role.AUDITOR)


def _has(person: Person, address: str) -> bool:
    return canonical(address) in map(canonical, person.addresses)
