"""The deadlines of a breach, reckoned from its facts: hours that run on, through nights, weekends and clock changes.

Counted in UTC, so that an hour is an hour when the clocks are changed. A period in hours begins with the event itself
and not with the next full hour (Regulation (EEC, Euratom) 1182/71, Art. 3(1) would give up to one hour more): whoever
keeps ours keeps the law's.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from mailguard.core.marking import N_
from mailguard.core.settings import ClockSettings, IncidentSettings
from mailguard.incidents.breaches.breach import BreachFacts

_OF_REGIMES: dict[str, tuple[ClockSettings, ...]] = {
    "gdpr": (
        ClockSettings(
            name=N_("authority"),
            hours=72,
            starts="aware_at",
            ends="notified_authority_at",
            law=N_("GDPR Art. 33(1)"),
        ),
    ),
    "telecom": (
        ClockSettings(
            name=N_("authority, first notification"),
            hours=24,
            starts="detected_at",
            ends="notified_authority_at",
            law=N_("Regulation (EU) 611/2013 Art. 2(2)"),
        ),
        ClockSettings(
            name=N_("authority, full notification"),
            hours=72,
            starts="notified_authority_at",
            ends="notified_fully_at",
            law=N_("Regulation (EU) 611/2013 Art. 2(3)"),
        ),
    ),
}


class ClockState(StrEnum):
    """How a clock stands."""

    WAITING = "waiting"
    """What it begins with has not happened, or is not written down."""
    RUNNING = "running"
    MET = "met"
    MET_LATE = "met_late"
    OVERDUE = "overdue"
    NOT_NEEDED = "not_needed"
    """It was decided, with a reason, that nobody is notified."""


@dataclass(frozen=True, slots=True)
class Clock:
    """One deadline of one breach."""

    name: str
    law: str
    starts_at: datetime | None
    due_at: datetime | None
    met_at: datetime | None
    state: ClockState
    ends: str = ""
    """The fact that ends it."""

    @property
    def late_from(self) -> datetime | None:
        """When a quarter of its time is left: then somebody is reminded."""
        if self.starts_at is None or self.due_at is None:
            return None
        return self.due_at - (self.due_at - self.starts_at) / 4

    @property
    def runs(self) -> bool:
        """Whether somebody has still to do something."""
        return self.state in (ClockState.RUNNING, ClockState.OVERDUE)


def clocks_of(facts: BreachFacts, settings: IncidentSettings, now: datetime) -> tuple[Clock, ...]:
    """Every clock that runs for a breach under the configured regimes, in their order."""
    seen: Counter[str] = Counter()
    clocks = []
    for one in _configured(settings):
        seen[one.name] += 1
        # What is told of a clock is remembered by its name.
        name = f"{one.name} {seen[one.name]}" if seen[one.name] > 1 else one.name
        clocks.append(_clock(one, name, facts, now))
    return tuple(clocks)


def _configured(settings: IncidentSettings) -> tuple[ClockSettings, ...]:
    processor = ClockSettings(
        name=N_("controller"),
        hours=settings.processor_hours,
        starts="aware_at",
        ends="notified_controller_at",
        law=N_("GDPR Art. 33(2)"),
    )
    regimes = {**_OF_REGIMES, "processor": (processor,)}
    return (*(clock for regime in dict.fromkeys(settings.regimes) for clock in regimes[regime]), *settings.clocks)


def _clock(one: ClockSettings, name: str, facts: BreachFacts, now: datetime) -> Clock:
    starts: datetime | None = getattr(facts, one.starts)
    met: datetime | None = getattr(facts, one.ends)
    due = starts + timedelta(hours=one.hours) if starts else None
    return Clock(name, one.law, starts, due, met, _state(one, facts, due, met, now), one.ends)


def _state(
    one: ClockSettings, facts: BreachFacts, due: datetime | None, met: datetime | None, now: datetime
) -> ClockState:
    if met is not None:
        return ClockState.MET_LATE if due is not None and met > due else ClockState.MET
    if _is_needless(one, facts):
        return ClockState.NOT_NEEDED
    if due is None:
        return ClockState.WAITING
    return ClockState.OVERDUE if now > due else ClockState.RUNNING


def _is_needless(one: ClockSettings, facts: BreachFacts) -> bool:
    decided = {
        "notified_authority_at": facts.notify_authority,
        "notified_fully_at": facts.notify_authority,
        "notified_people_at": facts.notify_people,
        "notified_controller_at": facts.notify_controller,
    }
    return decided.get(one.ends) is False
