"""How old the register is: what was right a month ago says little about whose address it is today."""

import time
from dataclasses import dataclass
from datetime import timedelta
from threading import Lock

from sqlalchemy import Engine

from mailguard.core.clock import Clock, utc_now
from mailguard.core.settings import RegisterSettings
from mailguard.customers.source_states import BY_HAND, source_states

_STALE_HOURS = 72
_KEPT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class SourceFreshness:
    """One source of the configuration."""

    name: str
    """Empty: the customer file that is imported by hand."""
    age_hours: float | None
    """Since its last sync that came through; None: there was none yet."""
    customers: int
    problem: str
    """Why the last sync did not come through; empty when it did."""
    stale: bool


@dataclass(frozen=True, slots=True)
class Freshness:
    """The age of the register is that of its oldest source."""

    age_hours: float | None
    """None: a source has never come through, or nothing was ever imported."""
    stale: bool
    sources: tuple[SourceFreshness, ...]


def limit_hours(settings: RegisterSettings) -> int | None:
    """The age from which the register is stale; None: it never is."""
    if settings.stale_hours is not None:
        return settings.stale_hours
    return _STALE_HOURS if settings.sources else None


def freshness(engine: Engine, settings: RegisterSettings, clock: Clock = utc_now) -> Freshness:
    """The age of every source, and of the register (the rule is at `register.stale_hours`). Raises RegisterError."""
    states, now, limit = source_states(engine), clock(), limit_hours(settings)
    sources = []
    for name in [source.name for source in settings.sources] or [BY_HAND]:
        state = states.get(name)
        synced_at = state.synced_at if state else None
        age = max((now - synced_at) / timedelta(hours=1), 0.0) if synced_at else None
        stale = limit is not None and (age is None or age > limit)
        sources.append(
            SourceFreshness(name, age, state.customers if state else 0, state.problem if state else "", stale)
        )
    ages = [source.age_hours for source in sources if source.age_hours is not None]
    oldest = max(ages) if len(ages) == len(sources) else None
    return Freshness(oldest, any(source.stale for source in sources), tuple(sources))


class FreshnessWatch:
    """The age of the register, asked of the database at most every few seconds. For any number of threads.

    Where the register is never stale, the database is not asked at all, and nothing is told.
    """

    def __init__(self, engine: Engine, settings: RegisterSettings, clock: Clock = utc_now) -> None:
        self._engine, self._settings, self._clock = engine, settings, clock
        self._lock = Lock()
        self._asked_at = -_KEPT_SECONDS
        self._known = Freshness(None, stale=False, sources=())
        self._can_be_stale = limit_hours(settings) is not None

    def __call__(self) -> Freshness:
        """Raises RegisterError when the database does not answer."""
        if not self._can_be_stale:
            return self._known
        with self._lock:
            now = time.monotonic()
            if now - self._asked_at >= _KEPT_SECONDS:
                self._known = freshness(self._engine, self._settings, self._clock)
                self._asked_at = now
            return self._known
