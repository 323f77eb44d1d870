"""How the guard itself and the register stood at the end of a week."""

from datetime import datetime, timedelta
from typing import TypedDict

from sqlmodel import Session

from mailguard.core.settings import RegisterSettings
from mailguard.customers.freshness import freshness
from mailguard.customers.register import Register
from mailguard.report.counted import read_alive, was_alive_before
from mailguard.report.week import Week
from mailguard.store.store import Store

SLOT = timedelta(minutes=10)
"""A guard that says that it lives once in this time lived in it."""
_FRESH = timedelta(days=7)
"""So long after its end a week's register is told as it stands; later it would be told wrong."""


class RegisterHealth(TypedDict, total=False):
    """The register's fields of `Totals`."""

    register_customers: int
    register_age: float | None
    register_unconfirmed: int
    register_disputed: int
    register_shared: int


def availability(session: Session, week: Week, as_of: datetime) -> float | None:
    """Share of the week up to `as_of`, in slots of ten minutes, in which some guard was alive.

    In the first week from the first sign of life on. None where none was counted.
    """
    alive = read_alive(session, week)
    if not alive:
        return None
    day, slot = alive[0]
    first = week.start
    if not was_alive_before(session, week):
        first = week.midnight(day) + slot * SLOT
    expected = (as_of - first) // SLOT
    return min(1.0, len(alive) / expected) if expected > 0 else 1.0


def slot_of(now: datetime, midnight: datetime) -> str:
    """The key under which life is counted: slots gone by since the day's midnight, so a long day has more of them."""
    return str((now - midnight) // SLOT)


def register_health(store: Store, settings: RegisterSettings, week: Week, now: datetime) -> RegisterHealth:
    """The register's fields of `Totals`; empty for a week that is long over, or to come. Raises RegisterError."""
    if not week.start <= now < week.end + _FRESH:
        return {}
    counted = Register(store.engine).stats()
    if not counted.customers:
        return {}
    age = freshness(store.engine, settings, lambda: now).age_hours
    return {
        "register_customers": counted.customers,
        "register_age": None if age is None else age * 3600,
        "register_unconfirmed": counted.unconfirmed,
        "register_disputed": counted.disputed,
        "register_shared": counted.shared,
    }
