"""One step in the life of a case, taken once whoever races for it."""

from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col

from mailguard.core.case import TRANSITIONS, CaseState, may_become
from mailguard.core.errors import AlreadyDecided, NoSuchCase
from mailguard.store.tables import CaseRow

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
    changed = session.execute(statement.values(state=to, ended_at=at if to in ENDED else None, **values))
    case = session.get(CaseRow, case_id, populate_existing=True)
    if case is None:
        raise NoSuchCase(f"there is no case {case_id}")
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise AlreadyDecided(f"case {case_id} is {case.state}; it cannot become {to.value}")
    return case
