"""What a decision on a made-up case comes to: nothing of it leaves, whatever was decided."""

from sqlmodel import Session, select

from mailguard.cases.deciding.rights import Right
from mailguard.cases.life import take_step
from mailguard.core.case import CaseState
from mailguard.core.decision import Action, Decision
from mailguard.store.store import Store
from mailguard.store.tables.cases import CaseRow
from mailguard.store.tables.reviewing import AttentionRow

KIND = "seeded"
"""Of the row in `attention_checks`: passed by a rejection, missed by an approval."""


def settle_seeded(session: Session, store: Store, case: CaseRow, decision: Decision, right: Right) -> CaseState:
    """End a made-up case: rejected, or withdrawn where somebody approved it. Nothing is remembered and nobody told.

    A trigger refuses to approve it, so the miss is a row of its own and no decision. Raises AlreadyDecided.
    """
    now = store.clock()
    passed = decision.action is Action.REJECT
    state = CaseState.REJECTED if passed else CaseState.WITHDRAWN
    take_step(
        session,
        case.id,
        state,
        now,
        only_from=CaseState.HELD,
        decided_at=now,
        decided_by=right.name,
        decision_reason=decision.reason,
    )
    session.add(AttentionRow(case_id=case.id, user_id=right.person.user_id, kind=KIND, passed=passed, at=now))
    details = {"passed": passed, "reason": decision.reason}
    store.audit.append(session, "test case", actor=right.name, at=now, case_id=case.id, details=details)
    return state


def outcome_of(store: Store, case_id: str) -> str | None:
    """`test_passed` or `test_missed` for a made-up case that was decided; None for a real one."""
    query = select(AttentionRow.passed).where(AttentionRow.case_id == case_id, AttentionRow.kind == KIND)
    with store.reading() as session:
        passed = session.exec(query).first()
    return None if passed is None else "test_passed" if passed else "test_missed"


def is_made_up(store: Store, case_id: str) -> bool:
    """Whether a case measures attention. No page may say so before it is decided."""
    with store.reading() as session:
        case = session.get(CaseRow, case_id)
    return case is not None and case.seeded
