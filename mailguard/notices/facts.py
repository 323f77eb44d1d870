"""What a letter may know of a case: no subject, no body, no finding, nothing out of the customer register."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from mailguard.core.address import canonical
from mailguard.core.case import CaseState
from mailguard.core.coaching import topics_of
from mailguard.store.tables.cases import CaseRow, RecipientRow
from mailguard.store.tables.decisions import DecisionRow
from mailguard.store.tables.people import UserAddressRow, UserRow


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """The facts of one case that may go into a mail.

    The reasons' own sentences name customers and towns out of the register. Whoever may send through the guard could
    read the register by sending mails and collecting the letters, so only the codes come here; the wording is the
    letter's. For the same reason an address that a reviewer has put in another's place is not here.
    """

    case_id: str
    state: CaseState
    received_at: datetime
    sender: str
    """The reverse-path; empty for a bounce."""
    message_id: str
    """As it stood in the message: hostile."""
    recipients: tuple[tuple[str, tuple[str, ...]], ...]
    """Each envelope recipient with the reason codes that are about it."""
    reasons: tuple[str, ...]
    """Codes of all reasons, worst first."""
    decision_reason: str = ""
    answer: str = ""
    """What the next hop said last."""
    expires_at: datetime | None = None
    """When it is returned to its sender if nobody has decided."""
    undo_until: datetime | None = None
    """Until then the decision may be taken back; None: there is none, or it was final at once."""
    turned_away: tuple[str, ...] = ()
    """Recipients to whom it is not sent, by the decision."""
    replaced: tuple[str, ...] = ()
    """Recipients in whose place it goes to an address on record."""
    refused: tuple[str, ...] = ()
    """Recipients for whom the next hop has refused it."""
    lessons: tuple[str, ...] = ()
    """Keys of what it teaches, after the order of the reasons."""
    sender_logs_in: bool = True
    """The sender has a login here."""
    passed: bool = False
    """Other recipients than these got it at once."""


def read_facts(session: Session, case_id: str) -> CaseFacts | None:
    """The facts of a case as they are now; None when there is no such case."""
    case = session.get(CaseRow, case_id, populate_existing=True)
    if case is None:
        return None
    query = select(RecipientRow).where(RecipientRow.case_id == case_id).order_by(col(RecipientRow.position))
    rows = session.exec(query).all()
    reasons = tuple(str(reason["code"]) for reason in case.judgement.get("reasons", ()))
    return CaseFacts(
        case_id=case.id,
        state=CaseState(case.state),
        received_at=case.received_at,
        sender=case.reverse_path,
        message_id=case.message_id,
        recipients=tuple((row.address, tuple(row.reasons)) for row in rows),
        reasons=reasons,
        decision_reason=case.decision_reason or "",
        answer=case.last_answer or "",
        expires_at=case.expires_at,
        undo_until=session.exec(select(func.max(DecisionRow.undo_until)).where(DecisionRow.case_id == case_id)).one(),
        turned_away=tuple(row.address for row in rows if row.approved is False),
        replaced=tuple(row.address for row in rows if row.approved and row.send_to),
        refused=tuple(row.address for row in rows if row.refused),
        lessons=_in_order(topics_of(case.judgement), reasons),
        sender_logs_in=_logs_in(session, case.reverse_path),
        passed=bool(case.judgement.get("passed")),
    )


def _in_order(topics: frozenset[str], reasons: tuple[str, ...]) -> tuple[str, ...]:
    def rank(topic: str) -> tuple[int, str]:
        code = "credential" if topic.startswith("credential_") else topic
        return (reasons.index(code) if code in reasons else len(reasons), topic)

    return tuple(sorted(topics, key=rank))


def _logs_in(session: Session, address: str) -> bool:
    theirs = (
        select(UserRow.id)
        .join(UserAddressRow, col(UserAddressRow.user_id) == col(UserRow.id))
        .where(UserAddressRow.address == canonical(address), col(UserRow.disabled).is_(False))
    )
    return session.exec(theirs.limit(1)).first() is not None
