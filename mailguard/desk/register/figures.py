"""The register's figures. Counting a million customers takes seconds, so a page shows the last count and its time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event, Lock, Thread

import structlog
from sqlalchemy import Engine

from mailguard.core.clock import Clock
from mailguard.core.errors import RegisterError
from mailguard.customers.register import Register
from mailguard.customers.statistics import RegisterStatistics

_KEPT = timedelta(minutes=5)
_PATIENCE = 0.25
"""Seconds that a page waits for a count: enough for a small register."""

_log = structlog.get_logger("mailguard.desk")


@dataclass(frozen=True, slots=True)
class Counted:
    """Figures, and when they were counted."""

    figures: RegisterStatistics
    at: datetime


class Figures:
    """Counts in a thread of its own, at most one at a time."""

    def __init__(self, engine: Engine, now: Clock) -> None:
        self._engine, self._now = engine, now
        self._lock = Lock()
        self._counted: Counted | None = None
        self._under_way: Event | None = None

    def latest(self) -> Counted | None:
        """The figures, counted anew where they are old; None while they are counted for the first time."""
        with self._lock:
            if self._counted is not None and self._now() - self._counted.at < _KEPT:
                return self._counted
            done = self._under_way
            if done is None:
                done = self._under_way = Event()
                Thread(target=self._count, args=(done,), daemon=True, name="register figures").start()
        done.wait(_PATIENCE)
        return self._counted

    def _count(self, done: Event) -> None:
        try:
            self._counted = Counted(Register(self._engine).stats(), self._now())
        except RegisterError as error:
            _log.warning("register figures", problem=str(error))
        finally:
            with self._lock:
                self._under_way = None
            done.set()
