"""One clock for all guards on one PostgreSQL: the database's, so that a machine whose clock is wrong does no harm.

A claim that one node writes is read by another: with a clock a day ahead it would look as though it had run out, and a
letter would leave twice.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection

_EVERY = 30.0
"""Seconds after which the database is asked again. A quartz clock strays 3 ms in them, and claims last for minutes."""


def _elapsed() -> float:
    # Not the monotonic clock where there is another: it stands still while a machine sleeps.
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class DatabaseClock:
    """The database's time, carried on between two questions by a clock that nobody can set.

    The questions ride on transactions that are begun anyway: reading the clock costs nothing and cannot fail.
    """

    def __init__(self, engine: Engine, elapsed: Callable[[], float] = _elapsed) -> None:
        """Asks at once. Raises SQLAlchemyError when the database does not answer."""
        self._elapsed = elapsed
        with engine.connect() as connection:
            self._asked = self._ask(connection)
        event.listen(engine, "begin", self._keep)

    def __call__(self) -> datetime:
        """The present moment in UTC."""
        # One value, taken once: another thread may be asking anew.
        said, asked = self._asked
        return said + timedelta(seconds=self._elapsed() - asked)

    def _keep(self, connection: Connection) -> None:
        if self._elapsed() - self._asked[1] >= _EVERY:
            self._asked = self._ask(connection)

    def _ask(self, connection: Connection) -> tuple[datetime, float]:
        before = self._elapsed()
        said = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
        # Half-way between question and answer, as NTP reckons it (RFC 5905, section 8).
        return said.astimezone(UTC), (before + self._elapsed()) / 2
