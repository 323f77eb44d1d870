"""Breaches that are not closed, with their clocks: what runs out next comes first."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlmodel import Session

from mailguard.core.settings import IncidentSettings
from mailguard.incidents.breaches.breach import BreachState
from mailguard.incidents.breaches.clocks import Clock, ClockState, clocks_of
from mailguard.incidents.breaches.register import Breach, list_breaches

UNCLOSED = frozenset({BreachState.OPEN, BreachState.CLOSING})
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Watched:
    """A breach, and how its clocks stand."""

    breach: Breach
    clocks: tuple[Clock, ...]

    @property
    def next(self) -> Clock | None:
        """The clock that runs out first, or did longest ago; None where none runs, as in a closed breach."""
        if self.breach.state is BreachState.CLOSED:
            return None
        running = [clock for clock in self.clocks if clock.runs]
        return min(running, key=lambda clock: clock.due_at or _NEVER, default=None)


@dataclass(frozen=True, slots=True)
class Overdue:
    """A clock that has run out. No title: it is told on pages and in figures that say nothing of a breach."""

    breach_id: str
    clock: str
    due_at: datetime


def watch(breach: Breach, settings: IncidentSettings, now: datetime) -> Watched:
    """The breach with its clocks at this moment."""
    return Watched(breach, clocks_of(breach.facts, settings, now))


def list_watched(
    session: Session,
    settings: IncidentSettings,
    now: datetime,
    *,
    states: frozenset[BreachState] = UNCLOSED,
    query: str = "",
) -> list[Watched]:
    """Every breach of these states (they are few: they are meant for those not closed), most urgent first."""
    found = [watch(one, settings, now) for one in list_breaches(session, states=states, query=query, limit=None)]
    return sorted(found, key=lambda one: ((one.next and one.next.due_at) or _NEVER, one.breach.opened_at))


def overdue(session: Session, settings: IncidentSettings, now: datetime) -> list[Overdue]:
    """Every clock that has run out of a breach that is not closed, the longest ago first."""
    found = (
        Overdue(one.breach.id, clock.name, clock.due_at)
        for one in list_watched(session, settings, now)
        for clock in one.clocks
        if clock.state is ClockState.OVERDUE and clock.due_at is not None
    )
    return sorted(found, key=lambda late: late.due_at)
