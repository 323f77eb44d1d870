"""Held messages as lines of a list: what is needed to choose the next one, and no more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from mailguard.cases.assigning import Assignment, assignments_of
from mailguard.cases.filtering import CaseFilter, Order, conditions
from mailguard.cases.phrases import phrase_of
from mailguard.cases.rows import recipients_of
from mailguard.cases.scope import cases_seen_by
from mailguard.cases.searching.find import find_cases
from mailguard.core.case import CaseState
from mailguard.core.person import Person
from mailguard.core.phrase import Phrase
from mailguard.core.severity import BUNDLES, Severity
from mailguard.store.store import Store
from mailguard.store.tables.audit import AuditHeadRow, AuditRow
from mailguard.store.tables.cases import CaseRow, RecipientRow

MOST_COUNTED = 1000
"""No list is counted further than a person cares, so that it stays quick when a million wait."""
_HELD = frozenset({CaseState.HELD})


@dataclass(frozen=True, slots=True)
class CaseSummary:
    """A case as a line of a list."""

    id: str
    state: CaseState
    received_at: datetime
    sender: str
    recipients: tuple[str, ...]
    subject: str
    """Masked."""
    reasons: tuple[str, ...]
    """Reason codes, worst first."""
    opens_an_account: bool = False
    """It carries a user name with its password: whoever reads it is in (rules `bundle.*`)."""
    expires_at: datetime | None = None
    """When it is returned to its sender unless somebody decides; None when it is held no longer, and for the minutes
    until a case of an older version has been given a deadline."""
    remind_at: datetime | None = None
    """When supervisors are reminded of it; None when they have been."""
    severity: Severity = Severity.HIGH
    team: str = ""
    reason: str = ""
    """The worst reason in one sentence, in the house's language."""
    phrase: Phrase | None = None
    """What that sentence is made of; None where nothing is stored of it."""
    suspect: str = ""
    """The recipient that it is held for: the first one with a reason of its own."""
    relation: str = ""
    """What that recipient is to the customer (`core.relation`)."""
    assigned: Assignment | None = None
    """Who is at it."""

    def is_late(self, now: datetime) -> bool:
        """Whether it waits longer than it should: the time for a reminder has come."""
        return self.expires_at is not None and (self.remind_at is None or self.remind_at <= now)


@dataclass(frozen=True, slots=True)
class CasePage:
    """Some cases, and the id to ask the following ones after (None: these were the last)."""

    cases: tuple[CaseSummary, ...]
    next: str | None


def list_cases(
    store: Store,
    *,
    states: frozenset[CaseState] | None = None,
    query: str = "",
    limit: int = 50,
    after: str | None = None,
    person: Person | None = None,
) -> CasePage:
    """Cases in these states (None: all) with `query` in id, sender, recipient, subject, or a customer's id or name.

    What is held comes oldest first, for it waits; everything else newest first. `person`: only what they see.
    """
    order = Order.OLDEST if states == _HELD else Order.NEWEST
    return list_wanted(store, CaseFilter(states, query.strip()), order=order, limit=limit, after=after, person=person)


def list_wanted(
    store: Store,
    wanted: CaseFilter,
    *,
    order: Order,
    limit: int = 50,
    after: str | None = None,
    person: Person | None = None,
) -> CasePage:
    """The cases that the filter lets through and the person sees. Where there are many, a page can be short and have a
    `next`, but never empty and have one (`cases.searching`)."""
    now = store.clock()
    with store.reading() as session:
        found = find_cases(session, wanted, order=order, limit=limit, after=after, now=now, person=person)
        return CasePage(_summaries(session, found.rows, now), found.next)


def read_summaries(store: Store, case_ids: Sequence[str], person: Person | None = None) -> tuple[CaseSummary, ...]:
    """These cases as lines of a list, oldest first; those that the person does not see are left out."""
    with store.reading() as session:
        query = select(CaseRow).where(col(CaseRow.id).in_(case_ids), *cases_seen_by(person))
        rows = session.exec(query.order_by(col(CaseRow.received_at), col(CaseRow.id))).all()
        return _summaries(session, rows, store.clock())


def count_cases(session: Session, states: frozenset[CaseState], person: Person | None) -> int:
    """Cases in these states that the person sees; counted no further than `MOST_COUNTED`."""
    asked = [col(CaseRow.state).in_(sorted(states)), *cases_seen_by(person)]
    some = select(CaseRow.id).where(*asked).limit(MOST_COUNTED).subquery()
    return session.exec(select(func.count()).select_from(some)).one()


def latest_act(session: Session) -> int:
    """The number of the last entry of the audit trail: whatever is listed afterwards is at least as new."""
    return session.exec(select(AuditHeadRow.seq)).one()


def count_new(session: Session, wanted: CaseFilter, since: int, now: datetime, person: Person | None) -> int:
    """Cases that were held after that entry of the audit trail and belong into this list; at most `MOST_COUNTED`.

    By the entry's number and not by the time: messages are held by many nodes, and each says its own time.
    """
    held = select(AuditRow.case_id).where(AuditRow.seq > since, AuditRow.act == "hold").order_by(col(AuditRow.seq))
    fresh = held.limit(MOST_COUNTED).subquery()
    query = select(func.count()).select_from(CaseRow).join(fresh, fresh.c.case_id == col(CaseRow.id))
    return session.exec(query.where(*conditions(wanted, now), *cases_seen_by(person))).one()


def summarize(row: CaseRow, recipients: Sequence[RecipientRow], assigned: Assignment | None = None) -> CaseSummary:
    """The line of one case."""
    held = row.state == CaseState.HELD
    reasons = row.judgement["reasons"]
    suspect = next((r for r in recipients if r.reasons), None)
    return CaseSummary(
        id=row.id,
        state=CaseState(row.state),
        received_at=row.received_at,
        sender=row.reverse_path,
        recipients=tuple(r.address for r in recipients),
        subject=row.subject,
        reasons=tuple(reason["code"] for reason in reasons),
        opens_an_account=any(finding["rule"].startswith(BUNDLES) for finding in row.judgement["findings"]),
        expires_at=row.expires_at if held else None,
        remind_at=row.remind_at if held else None,
        severity=Severity(row.severity),
        team=row.team,
        reason=reasons[0]["text"] if reasons else "",
        phrase=phrase_of(row.judgement, 0),
        suspect=suspect.address if suspect else "",
        relation=suspect.relation["kind"] if suspect else "",
        assigned=assigned,
    )


def _summaries(session: Session, rows: Sequence[CaseRow], now: datetime) -> tuple[CaseSummary, ...]:
    ids = [row.id for row in rows]
    recipients, assigned = recipients_of(session, ids), assignments_of(session, ids, now)
    return tuple(summarize(row, recipients[row.id], assigned.get(row.id)) for row in rows)
