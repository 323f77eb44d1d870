"""What waits for one person's decision, and what others have decided meanwhile."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, not_, select

from mailguard.cases.deciding.approvals import open_right
from mailguard.cases.deciding.rights import deputies_in, rights_in
from mailguard.cases.scope import cases_seen_by, own_mail_of
from mailguard.core.case import CaseState
from mailguard.core.person import Person
from mailguard.store.tables.cases import CaseRow
from mailguard.store.tables.outbox import NoticeRow

MOST_SHOWN = 20
_MOST_EXAMINED = 1000
"""Cases whose rights are looked at one by one (2 ms each); beyond them the count is the queue's."""
_BATCH = 100


@dataclass(frozen=True, slots=True)
class Waiting:
    """A case that waits, as far as a letter may tell of it."""

    case_id: str
    severity: int
    sender: str
    received_at: datetime
    expires_at: datetime | None
    reasons: tuple[str, ...]
    """Codes, worst first."""


@dataclass(frozen=True, slots=True)
class Done:
    """A case about which others have decided."""

    case_id: str
    state: CaseState
    by: str


@dataclass(frozen=True, slots=True)
class Digest:
    """All that a digest tells."""

    count: int
    """How many wait in all."""
    waiting: tuple[Waiting, ...]
    """The worst of them and the oldest first, as many as are shown."""
    decided: tuple[Done, ...] = ()

    @property
    def says_something(self) -> bool:
        """A letter that says nothing is not written."""
        return bool(self.count or self.decided)


def read_digest(session: Session, person: Person, since: datetime | None, now: datetime) -> Digest:
    """What waits for the person now, and what they were to be told of and others have decided `since` (None: nothing).

    Only cases that the person may decide, by their own right or as a deputy, and has not approved already.
    """
    shown: list[Waiting] = []
    count = 0
    for examined, case in enumerate(_candidates(session, person, now), 1):
        if open_right(session, case.case_id, rights_in(session, case.case_id, person, now), now):
            count += 1
            if len(shown) < MOST_SHOWN:
                shown.append(case)
        if examined == _MOST_EXAMINED:
            count = max(count, _count(session, person, now))
            break
    decided = tuple(_decided(session, person, since)) if since else ()
    return Digest(count, tuple(shown), decided)


def _conditions(session: Session, person: Person, now: datetime) -> list[object]:
    held = [CaseRow.state == CaseState.HELD, not_(own_mail_of(person))]
    # A deputy may see cases of the giver's teams; which, their rights tell.
    is_deputy = any(deputy.user_id == person.user_id for deputy in deputies_in(session, now))
    return held if is_deputy else [*held, *cases_seen_by(person)]


def _candidates(session: Session, person: Person, now: datetime) -> Iterator[Waiting]:
    query = (
        select(CaseRow)
        .where(*_conditions(session, person, now))  # type: ignore[arg-type]
        .order_by(col(CaseRow.severity), col(CaseRow.received_at), col(CaseRow.id))
    )
    for start in range(0, _MOST_EXAMINED, _BATCH):
        rows = session.exec(query.offset(start).limit(_BATCH)).all()
        for row in rows:
            reasons = tuple(str(reason["code"]) for reason in row.judgement.get("reasons", ()))
            yield Waiting(row.id, row.severity, row.reverse_path, row.received_at, row.expires_at, reasons)
        if len(rows) < _BATCH:
            return


def _count(session: Session, person: Person, now: datetime) -> int:
    query = select(func.count()).select_from(CaseRow)
    return session.exec(query.where(*_conditions(session, person, now))).one()  # type: ignore[arg-type]


def _decided(session: Session, person: Person, since: datetime) -> Iterator[Done]:
    told = select(NoticeRow.case_id).where(NoticeRow.to == person.email, NoticeRow.kind == "to_review")
    query = (
        select(CaseRow)
        .where(col(CaseRow.id).in_(told), CaseRow.state != CaseState.HELD)
        .where(func.coalesce(CaseRow.decided_at, CaseRow.ended_at) > since)
        .order_by(col(CaseRow.received_at), col(CaseRow.id))
        .limit(MOST_SHOWN)
    )
    for row in session.exec(query):
        if row.decided_by is None or not _is_by(row.decided_by, person):
            yield Done(row.id, CaseState(row.state), row.decided_by or "")


def _is_by(decided_by: str, person: Person) -> bool:
    return decided_by == person.name or decided_by.startswith(f"{person.name} for ")
