"""Read held messages: the list, one case with its history, and the letter itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col, select

from mailguard.cases.approvals import Approval, approvals_of, counting_approvals, describe_approvals
from mailguard.core.case import CaseState
from mailguard.core.envelope import Client, Envelope
from mailguard.core.errors import NoSuchCase, StoreError
from mailguard.core.part import Letter
from mailguard.message.read import read_letter
from mailguard.store.sealing import Sealed
from mailguard.store.store import Store
from mailguard.store.tables import AuditRow, BodyRow, CaseRow, RecipientRow

ReadLetter = Callable[[bytes], Letter]

_BUNDLES = "bundle."
"""Rules about a user name beside its password (`detect.bundle`)."""


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


@dataclass(frozen=True, slots=True)
class CasePage:
    """Some cases, and the id to ask the following ones after (None: these were the last)."""

    cases: tuple[CaseSummary, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class RecipientDetail:
    """One envelope recipient, what it is to the customer, and what became of it."""

    address: str
    verdict: str
    relation: dict[str, Any]
    reasons: tuple[str, ...]
    approved: bool | None
    delivered_at: datetime | None
    answer: str | None


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One entry of the audit trail."""

    at: datetime
    actor: str
    act: str
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class CaseDetail:
    """Everything about a case but the letter's text."""

    summary: CaseSummary
    envelope: Envelope
    header_from: str
    message_id: str
    size: int
    verdict: str
    recipients: tuple[RecipientDetail, ...]
    customers: tuple[dict[str, Any], ...]
    findings: tuple[dict[str, Any], ...]
    """`rule`, `kind`, `part`, `masked`, `start`, `end`."""
    reasons: tuple[dict[str, str], ...]
    """`code`, `text`; worst first."""
    decided_at: datetime | None
    decided_by: str | None
    decision_reason: str | None
    tries: int
    release_at: datetime | None
    last_answer: str | None
    history: tuple[HistoryEntry, ...]
    approvals_needed: int = 1
    """How many second persons must approve before it leaves."""
    approvals_given: tuple[Approval, ...] = ()
    """While it is held, those that count today; later all of them. Oldest first."""


def list_cases(
    store: Store,
    *,
    states: frozenset[CaseState] | None = None,
    query: str = "",
    limit: int = 50,
    after: str | None = None,
) -> CasePage:
    """Cases in these states (None: all) with `query` in id, sender, recipient, subject, or a customer's id or name.

    What is held comes oldest first, for it waits; everything else newest first.
    """
    oldest_first = states == frozenset({CaseState.HELD})
    with store.reading() as session:
        found = select(CaseRow)
        if query.strip():
            found = found.where(_contains(query.strip()))
        if after is not None and (mark := session.get(CaseRow, after)) is not None:
            found = found.where(_beyond(mark, oldest_first))
        order = (col(CaseRow.received_at), col(CaseRow.id))
        found = found.order_by(*(order if oldest_first else [column.desc() for column in order])).limit(limit + 1)
        # One query a state and then a merge: `state IN (...)` in the order of time has no index and sorts every case.
        each = [found] if states is None else [found.where(CaseRow.state == state) for state in sorted(states)]
        rows = [row for query_of_state in each for row in session.exec(query_of_state)]
        rows.sort(key=lambda row: (row.received_at, row.id), reverse=not oldest_first)
        summaries = _summaries(session, rows[:limit])
    return CasePage(summaries, rows[limit - 1].id if len(rows) > limit else None)


def read_case(store: Store, case_id: str) -> CaseDetail:
    """One case with its recipients and history. Raises NoSuchCase."""
    with store.reading() as session:
        row = session.get(CaseRow, case_id)
        if row is None:
            raise NoSuchCase(f"there is no case {case_id}")
        recipients = _recipient_rows(session, [case_id])
        held = row.state == CaseState.HELD
        given = counting_approvals(session, case_id) if held else approvals_of(session, case_id)
        entries = session.exec(select(AuditRow).where(AuditRow.case_id == case_id).order_by(col(AuditRow.seq))).all()
    return CaseDetail(
        summary=_summary(row, recipients),
        envelope=envelope_of(row, [r.address for r in recipients]),
        header_from=row.header_from,
        message_id=row.message_id,
        size=row.size,
        verdict=row.verdict,
        recipients=tuple(_recipient(r) for r in recipients),
        customers=tuple(row.judgement["customers"]),
        findings=tuple(row.judgement["findings"]),
        reasons=tuple(row.judgement["reasons"]),
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        decision_reason=row.decision_reason,
        tries=row.tries,
        release_at=row.release_at,
        last_answer=row.last_answer,
        history=tuple(HistoryEntry(e.at, e.actor, e.act, e.details) for e in entries),
        approvals_needed=row.approvals_needed,
        approvals_given=describe_approvals(given),
    )


def open_letter(store: Store, case_id: str, read: ReadLetter = read_letter) -> Letter | None:
    """The letter of a case, read from its sealed bytes; None when its retention is over. Raises StoreError.

    `read` is `Judge.read` in a running guard: findings name parts and places of the letter as the judge read it, with
    what its attachments say.
    """
    raw = open_body(store, case_id)
    return None if raw is None else read(raw)


def open_body(store: Store, case_id: str) -> bytes | None:
    """The bytes that were judged; None when they have been destroyed. Raises NoSuchCase, StoreError."""
    with store.reading() as session:
        row, body = session.get(CaseRow, case_id), session.get(BodyRow, case_id)
    if row is None:
        raise NoSuchCase(f"there is no case {case_id}")
    if body is None:
        return None
    sealed = Sealed(body.key_id, body.wrapped_key, body.sealed)
    raw = store.sealer.open(sealed, case_id=case_id, digest=row.sha256)
    if len(raw) != row.size:
        raise StoreError(f"the sealed body of case {case_id} has another size than its row says")
    return raw


def envelope_of(row: CaseRow, recipients: list[str]) -> Envelope:
    """The envelope as it was judged, with these recipients."""
    client = Client(row.client_address, row.client_helo, row.client_login)
    wishes: dict[str, str] = row.dsn.get("recipients", {})
    return Envelope(
        row.reverse_path,
        tuple(recipients),
        client,
        row.smtputf8,
        row.body_8bit,
        row.dsn.get("mail", ""),
        tuple((address, wishes[address]) for address in recipients if address in wishes),
    )


def _contains(query: str) -> ColumnElement[bool]:
    there = select(RecipientRow.case_id).where(
        RecipientRow.case_id == CaseRow.id, col(RecipientRow.address).icontains(query, autoescape=True)
    )
    return or_(
        col(CaseRow.id) == query.upper(),
        col(CaseRow.reverse_path).icontains(query, autoescape=True),
        col(CaseRow.subject).icontains(query, autoescape=True),
        col(CaseRow.customers).contains(query.casefold(), autoescape=True),
        there.exists(),
    )


def _beyond(mark: CaseRow, oldest_first: bool) -> ColumnElement[bool]:
    at, case_id = col(CaseRow.received_at), col(CaseRow.id)
    if oldest_first:
        return or_(at > mark.received_at, and_(at == mark.received_at, case_id > mark.id))
    return or_(at < mark.received_at, and_(at == mark.received_at, case_id < mark.id))


def _summaries(session: Session, rows: Sequence[CaseRow]) -> tuple[CaseSummary, ...]:
    recipients = _recipient_rows(session, [row.id for row in rows])
    return tuple(_summary(row, [r for r in recipients if r.case_id == row.id]) for row in rows)


def _summary(row: CaseRow, recipients: list[RecipientRow]) -> CaseSummary:
    return CaseSummary(
        id=row.id,
        state=CaseState(row.state),
        received_at=row.received_at,
        sender=row.reverse_path,
        recipients=tuple(r.address for r in recipients),
        subject=row.subject,
        reasons=tuple(reason["code"] for reason in row.judgement["reasons"]),
        opens_an_account=any(finding["rule"].startswith(_BUNDLES) for finding in row.judgement["findings"]),
    )


def _recipient_rows(session: Session, case_ids: list[str]) -> list[RecipientRow]:
    query = select(RecipientRow).where(col(RecipientRow.case_id).in_(case_ids)).order_by(col(RecipientRow.position))
    return list(session.exec(query))


def _recipient(row: RecipientRow) -> RecipientDetail:
    return RecipientDetail(
        address=row.address,
        verdict=row.verdict,
        relation=row.relation,
        reasons=tuple(row.reasons),
        approved=row.approved,
        delivered_at=row.delivered_at,
        answer=row.answer,
    )
