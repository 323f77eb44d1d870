"""How long a decision can still be taken back."""

from dataclasses import dataclass
from datetime import datetime
from math import ceil

from mailguard.cases.deciding.standing import open_decisions
from mailguard.cases.deciding.undo import undo_until
from mailguard.core.person import Person
from mailguard.desk.desk import Desk


@dataclass(frozen=True, slots=True)
class Countdown:
    """The time that a decision gives for it."""

    case_id: str
    until: datetime
    seconds: int
    """Those that are left, the begun one included."""


def countdown(desk: Desk, case_id: str) -> Countdown | None:
    """The latest such time of a case's decisions, whoever may use it."""
    with desk.store.reading() as session:
        found = open_decisions(session, case_id, desk.now())
    return _to(desk, case_id, found[0].undo_until if found else None)


def own_countdown(desk: Desk, case_id: str, person: Person) -> Countdown | None:
    """The time that the person has to take something back; None: there is nothing, or it is not theirs."""
    return _to(desk, case_id, undo_until(desk.store, case_id, person))


def _to(desk: Desk, case_id: str, until: datetime | None) -> Countdown | None:
    return Countdown(case_id, until, ceil((until - desk.now()).total_seconds())) if until else None
