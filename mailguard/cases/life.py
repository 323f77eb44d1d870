"""One step in the life of a case, taken once whoever races for it."""

from datetime import datetime
from typing import Any

from sqlalchemy import Update, update
from sqlmodel import Session, col

from mailguard.cases.rows import case_row_now
from mailguard.core.case import STEPS_BACK, TRANSITIONS, CaseState, may_become
from mailguard.core.errors import AlreadyDecided
from mailguard.store.tables.cases import CaseRow

ENDED = frozenset(state for state, onward in TRANSITIONS.items() if not onward)
"""States that nothing leads out of."""


def take_step(
    session: Session, case_id: str, to: CaseState, at: datetime, *, only_from: CaseState | None = None, **values: Any
) -> CaseRow:
    """Move a case to a state, if the table of transitions allows it from the state that the case is in now.

    `only_from` narrows that to one state: `approved` is reached by a decision from `held`, and by a retry from
    `undeliverable`, and neither may do the other's step. One conditional UPDATE: of fifty racing callers one changes
    the row and the others raise AlreadyDecided. Raises NoSuchCase when there is none of that id.
    """
    before = [state for state in CaseState if may_become(state, to) and only_from in (None, state)]
    statement = update(CaseRow).where(col(CaseRow.id) == case_id, col(CaseRow.state).in_(before))
    step = statement.values(state=to, ended_at=at if to in ENDED else None, **values)
    return _take(session, case_id, step, f"it cannot become {to.value}")


def step_back(session: Session, case_id: str) -> CaseRow:
    """Hold a case again whose decision is taken back; only while no release worker has had it, whoever races for it.

    A worker of an older version counts no claims: what it has begun shows in `tries` and `claimed_until`. Raises
    AlreadyDecided, NoSuchCase.
    """
    statement = update(CaseRow).where(
        col(CaseRow.id) == case_id,
        col(CaseRow.state).in_(STEPS_BACK),
        col(CaseRow.claims) == 0,
        col(CaseRow.tries) == 0,
        col(CaseRow.claimed_until).is_(None),
        col(CaseRow.sending_at).is_(None),
    )
    undecided = dict.fromkeys(("ended_at", "decided_at", "decided_by", "decision_reason", "release_at"))
    step = statement.values(state=CaseState.HELD, **undecided)
    return _take(session, case_id, step, "that cannot be taken back any more")


def _take(session: Session, case_id: str, step: Update, refusal: str) -> CaseRow:
    changed = session.execute(step)
    case = case_row_now(session, case_id)
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise AlreadyDecided(f"case {case_id} is {case.state}; {refusal}")
    return case
