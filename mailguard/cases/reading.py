"""Read held messages: one case with its history, and the letter itself."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from mailguard.cases.assigning import assignment_of
from mailguard.cases.deciding.approvals import Approval, approvals_of, counting_approvals, describe_approvals
from mailguard.cases.deciding.glass_reviews import BrokenGlass, broken_glass
from mailguard.cases.listing import CaseSummary, summarize
from mailguard.cases.phrases import phrase_of
from mailguard.cases.rows import case_row, recipient_rows
from mailguard.cases.tags import without_tags
from mailguard.core.case import CaseState
from mailguard.core.envelope import Client, Envelope
from mailguard.core.errors import StoreError
from mailguard.core.part import Letter
from mailguard.core.phrase import Phrase
from mailguard.message.read import read_letter
from mailguard.store.keys.sealing import Sealed
from mailguard.store.store import Store
from mailguard.store.tables.audit import AuditRow
from mailguard.store.tables.cases import BodyRow, CaseRow, RecipientRow

ReadLetter = Callable[[bytes], Letter]


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
    send_to: str | None = None
    """The address on record that gets it instead."""


@dataclass(frozen=True, slots=True)
class PassedRecipient:
    """A recipient of the same message who got it at once (`policy.partial`): no decision is about them."""

    address: str
    relation: str
    """What it is to the customer."""


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
    phrases: tuple[Phrase | None, ...]
    """What each of these texts is made of; None where nothing is stored of it."""
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
    broken: BrokenGlass | None = None
    """How it left on one person's word alone."""
    passed: tuple[PassedRecipient, ...] = ()
    """Recipients who got it at once while it was held for `recipients`."""


def read_case(store: Store, case_id: str) -> CaseDetail:
    """One case with its recipients and history. Raises NoSuchCase."""
    with store.reading() as session:
        row, recipients = case_row(session, case_id), recipient_rows(session, case_id)
        held = row.state == CaseState.HELD
        given = counting_approvals(session, case_id, store.clock()) if held else approvals_of(session, case_id)
        broken = broken_glass(session, case_id)
        summary = summarize(row, recipients, assignment_of(session, case_id, store.clock()))
        entries = session.exec(select(AuditRow).where(AuditRow.case_id == case_id).order_by(col(AuditRow.seq))).all()
    return CaseDetail(
        summary=summary,
        envelope=envelope_of(row, [r.address for r in recipients]),
        header_from=row.header_from,
        message_id=row.message_id,
        size=row.size,
        verdict=row.verdict,
        recipients=tuple(_recipient(r) for r in recipients),
        customers=tuple(row.judgement["customers"]),
        findings=without_tags(row.judgement["findings"]),
        reasons=tuple(row.judgement["reasons"]),
        phrases=tuple(phrase_of(row.judgement, number) for number in range(len(row.judgement["reasons"]))),
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        decision_reason=row.decision_reason,
        tries=row.tries,
        release_at=row.release_at,
        last_answer=row.last_answer,
        history=tuple(HistoryEntry(e.at, e.actor, e.act, e.details) for e in entries),
        approvals_needed=row.approvals_needed,
        approvals_given=describe_approvals(given),
        broken=broken,
        passed=tuple(PassedRecipient(one["address"], one["relation"]) for one in row.judgement.get("passed", ())),
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
        row, body = case_row(session, case_id), session.get(BodyRow, case_id)
    if body is None or not body.wrapped_key:  # the data key goes first (`cases.retention`)
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


def _recipient(row: RecipientRow) -> RecipientDetail:
    return RecipientDetail(
        address=row.address,
        verdict=row.verdict,
        relation=row.relation,
        reasons=tuple(row.reasons),
        approved=row.approved,
        delivered_at=row.delivered_at,
        answer=row.answer,
        send_to=row.send_to,
    )
