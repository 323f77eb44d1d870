"""What follows when a reader has shown that the address is theirs: disputes, trace, breach, and letters."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from mailguard.cases.outbox import write_notice
from mailguard.core.address import canonical, is_plain
from mailguard.core.finding import CREDENTIALS, FindingKind
from mailguard.core.relation import RelationKind
from mailguard.customers.confirmations import confirmed
from mailguard.customers.disputes import dispute
from mailguard.customers.tables.memory import DisputeRow
from mailguard.customers.tables.register import CustomerEmailRow
from mailguard.incidents.breaches.breach import BreachFacts, BreachState, Origin
from mailguard.incidents.breaches.register import open_breach
from mailguard.incidents.reports.report import PROVED_FOR, Channel, ReportState
from mailguard.incidents.reports.words import TRIAGE_ROLES
from mailguard.incidents.tracing.journal import SUBJECT_KEY, tag_subject
from mailguard.incidents.tracing.trace import Subject, Traced, Wanted, trace
from mailguard.store.people import people_in
from mailguard.store.store import Store
from mailguard.store.tables.breaches import BreachRow
from mailguard.store.tables.reader_reports import ReaderReportRow

DELETION_LETTER = "report_deletion"
"""To the reader: please delete it, and say so."""
STAFF_LETTER = "reader_report"
"""To those who look at reports. Its details hold the numbers of report and breach."""
_OURS = frozenset({RelationKind.INTERNAL.value, RelationKind.PARTNER.value})
"""Letters to colleagues and partners are about everybody: one reader there cannot have all of them held."""
_SECRETS = frozenset(kind.value for kind in CREDENTIALS | {FindingKind.ONE_TIME_CODE})
_MOST_TRACED = 1000
_MOST_PAIRS = 200


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the journal knows of letters to one address."""

    messages: tuple[Traced, ...]
    """Those that have left the house, newest first."""
    named: frozenset[str]
    """Customers of the letter that the reporter named."""
    total: int

    @property
    def customers(self) -> frozenset[str]:
        """Everybody whose letters went there."""
        return frozenset(customer for message in self.messages for customer in message.customers)


def gather_evidence(store: Store, row: ReaderReportRow) -> Evidence:
    """Every letter that has gone to the report's address, as far as the journal is kept. Raises StoreError."""
    found = trace(store, Wanted(Subject.ADDRESS, row.address), limit=_MOST_TRACED)
    gone = tuple(message for message in found.messages if _went_to(message, row.canonical))
    tag = tag_subject(row.message_ref, store.sealer.derive(SUBJECT_KEY))
    refs = {row.message_ref, f"<{row.message_ref}>"} if row.message_ref else set()
    named = (m for m in gone if m.message_id in refs or (tag and m.subject_tag == tag))
    return Evidence(gone, frozenset(customer for message in named for customer in message.customers), len(gone))


def prove(session: Session, store: Store, row: ReaderReportRow, evidence: Evidence) -> None:
    """Take everything that a proof brings, inside the caller's transaction; the head of the audit trail is locked.

    A breach is opened only where we have written to the address or have it on record: anybody can prove an address of
    their own, and the register keeps what is in it.
    """
    now = store.clock()
    row.state, row.proved_at, row.expires_at = ReportState.PROVED, now, now + PROVED_FOR
    row.traced = describe_evidence(evidence)
    disputed = _dispute_pairs(session, store, row, evidence)
    store.audit.append(session, "report proved", actor="reader", at=now, details={"report": row.id})
    if disputed or evidence.messages:
        facts, origin = facts_of(row, evidence, now, disputed=disputed), Origin.REPORT
        row.breach_id = _open_breach_of(session, row) or open_breach(
            session, store, facts, origin=origin, by="guard", at=now, report_id=row.id
        )
        row.state = ReportState.OPENED
    row.deletion_asked_at = now
    write_notice(session, DELETION_LETTER, row.address, case=None, at=now, details={"report": row.id})
    tell_staff(session, row, now)


def facts_of(row: ReaderReportRow, evidence: Evidence, now: datetime, *, disputed: Collection[str] = ()) -> BreachFacts:
    """What the register can be told without asking anybody. A person reads it over.

    The clocks run from the proof on, else from `now`: a stranger's word alone is no reasonable certainty.
    """
    customers = tuple(sorted(evidence.customers | set(disputed)))
    kinds = {kind for message in evidence.messages for kind in message.kinds}
    days = [message.at for message in evidence.messages]
    # The staff's reports are about what they want traced, not about themselves.
    address = row.message_ref if row.channel == Channel.STAFF else row.address
    return BreachFacts(
        title=f"Report {row.id}: a letter reached somebody whom it was not meant for",
        detected_at=row.received_at,
        aware_at=row.proved_at or now,
        happened_from=min(days, default=None),
        happened_until=max(days, default=None),
        channel="email",
        data_classes=tuple(sorted(kinds)),
        people=len(customers) or None,
        records=len(evidence.messages) or None,
        secrets_included=True if kinds & _SECRETS else None,
        customers=customers,
        addresses=(address,) if is_plain(address) else (),
        containment=" ".join(_containment(row, len(disputed))),
    )


def describe_evidence(evidence: Evidence) -> dict[str, Any]:
    """The trace as it is kept with the report: numbers, days, case ids and whose letters; no content."""
    messages = [
        {"number": m.number, "id": m.id, "at": m.at.isoformat(), "fate": m.fate, "case_id": m.case_id}
        for m in evidence.messages
    ]
    days = [message.at.isoformat() for message in evidence.messages]
    return {
        "total": evidence.total,
        "first_at": min(days, default=None),
        "last_at": max(days, default=None),
        "customers": sorted(evidence.customers),
        "messages": messages,
    }


def tell_staff(session: Session, row: ReaderReportRow, now: datetime) -> None:
    """Letters to supervisors, ops and admins who belong to no team: numbers only."""
    details = {"report": row.id, "breach": row.breach_id}
    for person in people_in(session):
        if person.role in TRIAGE_ROLES and not person.teams:
            write_notice(session, STAFF_LETTER, person.email, case=None, at=now, details=details)


def _dispute_pairs(session: Session, store: Store, row: ReaderReportRow, evidence: Evidence) -> list[str]:
    """Dispute the address for every customer whom it may be wrong for; gives their ids.

    These are the customers whose letters went there and those who have it on record, but not where it has been
    confirmed: a reader who is a customer too keeps their own letters. A confirmed one is disputed only when the reader
    names a letter about that customer, for that is the newer word. Nobody's other address is touched.
    """
    found = select(CustomerEmailRow).where(CustomerEmailRow.canonical == row.canonical)
    on_record = [record for record in session.exec(found) if not record.former]
    sure = {record.customer_id for record in on_record if record.confirmed} | confirmed(session, row.address)
    doubtful = (evidence.customers | {record.customer_id for record in on_record}) - sure
    standing = set(
        session.exec(
            select(DisputeRow.customer_id).where(
                DisputeRow.canonical == row.canonical, col(DisputeRow.revoked_at).is_(None)
            )
        )
    )
    customers = sorted(doubtful | evidence.named)[:_MOST_PAIRS]
    now, by = store.clock(), f"reader of report {row.id}"
    for customer in customers:
        if customer not in standing:
            dispute(session, row.address, customer, by, now)
            details = {"report": row.id, "customer": customer}
            store.audit.append(session, "address disputed", actor="reader", at=now, details=details)
    return customers


def _open_breach_of(session: Session, row: ReaderReportRow) -> str | None:
    """The breach that an earlier report of the same address has opened, unless it is closed: one event, one breach."""
    query = (
        select(BreachRow.id)
        .join(ReaderReportRow, col(ReaderReportRow.breach_id) == BreachRow.id)
        .where(ReaderReportRow.canonical == row.canonical, BreachRow.state != BreachState.CLOSED)
        .order_by(col(BreachRow.id).desc())
    )
    return session.exec(query).first()


def _containment(row: ReaderReportRow, pairs: int) -> Iterator[str]:
    if pairs:
        yield f"From {row.proved_at:%Y-%m-%d %H:%M} UTC on, letters to the address about {pairs} customer(s) are held."
    if row.proved_at:
        yield "The reader was asked to delete what came."


def _went_to(message: Traced, form: str) -> bool:
    return any(
        canonical(one.address) == form and one.relation not in _OURS and message.has_reached(one)
        for one in message.recipients
    )
