"""What a letter may know of a case: no subject, no body, no finding, nothing out of the customer register."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from mailguard.core.case import CaseState
from mailguard.store.tables import CaseRow, RecipientRow


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """The facts of one case that may go into a mail.

    The reasons' own sentences name customers and towns out of the register. Whoever may send through the guard could
    read the register by sending mails and collecting the letters, so only the codes come here; the wording is the
    letter's.
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


def read_facts(session: Session, case_id: str) -> CaseFacts | None:
    """The facts of a case as they are now; None when there is no such case."""
    case = session.get(CaseRow, case_id)
    if case is None:
        return None
    query = select(RecipientRow).where(RecipientRow.case_id == case_id).order_by(col(RecipientRow.position))
    return CaseFacts(
        case_id=case.id,
        state=CaseState(case.state),
        received_at=case.received_at,
        sender=case.reverse_path,
        message_id=case.message_id,
        recipients=tuple((row.address, tuple(row.reasons)) for row in session.exec(query)),
        reasons=tuple(str(reason["code"]) for reason in case.judgement.get("reasons", ())),
        decision_reason=case.decision_reason or "",
        answer=case.last_answer or "",
    )
