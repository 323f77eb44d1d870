"""What follows from a decision that is complete: the case's step, each recipient's fate, the sender's letter."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlmodel import Session

from mailguard.cases.addresses.remembering import remember_decision
from mailguard.cases.deciding.approvals import approvals_of
from mailguard.cases.deciding.rights import Right
from mailguard.cases.deciding.standing import last_moment
from mailguard.cases.life import take_step
from mailguard.cases.outbox import write_sender_notice
from mailguard.cases.rows import recipient_rows
from mailguard.core.case import CaseState
from mailguard.core.remark import RemarkKind
from mailguard.store.tables.cases import CaseRow, RecipientRow
from mailguard.store.tables.decisions import DecisionRow
from mailguard.store.tables.reviewing import RemarkRow


def finish(
    session: Session,
    case_id: str,
    state: CaseState,
    recipients: Sequence[RecipientRow],
    approved: Mapping[str, str],
    taken: DecisionRow,
    right: Right,
    *,
    for_correction: bool = False,
) -> datetime | None:
    """The case's step, each recipient's fate, and the letter about those who are turned away.

    `approved` has those who are let through, each with where the message goes.
    `for_correction`: a rejection that tells the sender what to mend. A decision that may be taken back lets nothing out
    before the time for that is over: no message and no letter. Of several approvals that is the time of the last that
    can be taken back, whoever completes them; what breaks the glass waits for none. Gives that moment; None: at once.
    """
    final_at = taken.undo_until
    if approved and not taken.break_glass:
        final_at = last_moment(session, case_id, taken.at)
    for recipient in recipients:
        recipient.approved = recipient.address in approved
        if recipient.approved and approved[recipient.address] != recipient.address:
            recipient.send_to = approved[recipient.address]
        session.add(recipient)
    # Before the step: where a held message goes is settled with its decision, and not touched afterwards.
    session.flush()
    case = take_step(
        session,
        case_id,
        state,
        taken.at,
        only_from=CaseState.HELD if approved else None,
        decided_at=taken.at,
        decided_by=right.name,
        decision_reason=taken.reason,
        release_at=(final_at or taken.at) if approved else None,
    )
    turned_away = [r.address for r in recipients if not r.approved and r.delivered_at is None]
    if for_correction:
        kind = RemarkKind.RETURN.value
        session.add(RemarkRow(case_id=case_id, user_id=taken.user_id, kind=kind, text=taken.reason, at=taken.at))
    if turned_away:
        details = {"reason": taken.reason, "recipients": turned_away, "by": right.name}
        letter = "returned" if for_correction else "rejected"
        write_sender_notice(session, letter, case, at=taken.at, details=details, due=final_at)
    return final_at


def remember_final(session: Session, case: CaseRow, at: datetime) -> None:
    """What approvals of which one could be taken back have remembered, now that the time for that is over.

    Not in the decision's own transaction: a second letter would pass on a word that is taken back the next moment.
    """
    words = [given.decision for given in approvals_of(session, case.id)]
    if case.decided_at is None or any(word.break_glass for word in words):
        return
    # Where none could, the decision itself has remembered it.
    if any(word.undo_until is not None and word.undo_until > case.decided_at for word in words):
        remember_decision(session, words, recipient_rows(session, case.id), by=case.decided_by or "", at=at)
