"""Every report again, made from the facts that are kept in the store: no node needs another one's files."""

import re
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from zoneinfo import ZoneInfo

from mailguard.core.settings import Settings
from mailguard.report.facts import read_facts, report_week, stored_weeks
from mailguard.report.figures import WeeklyFigures
from mailguard.report.render import render_trend
from mailguard.report.totals import Totals
from mailguard.report.week import read_week, week_of
from mailguard.report.write import FORMS, file_name
from mailguard.store.store import Store

_NAME = re.compile(r"mailguard-report-(2[0-9]{3}-W[0-9]{2})\.([a-z]+)")
_MOST = 520
"""Weeks in the list: ten years."""
_TREND = 52
_KEPT = 16
"""Files that are kept ready: a PDF takes some seconds to make."""
_FRESH = timedelta(minutes=5)
"""So long a page of the week that is not over is shown again as it is."""


@dataclass(frozen=True, slots=True)
class Archived:
    """One week in the list."""

    week: str
    running: bool
    """Not over yet: the files tell of it up to now."""
    files: tuple[str, ...]


class Archive:
    """What the desk shows of reports. For any number of threads."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store, self._settings = store, settings
        self._zone = ZoneInfo(settings.report.time_zone)
        self._lock = Lock()
        self._ready: OrderedDict[str, tuple[bytes, datetime | None]] = OrderedDict()

    def weeks(self) -> tuple[Archived, ...]:
        """The running week, and all weeks that were reported, newest first. Raises StoreError."""
        running = week_of(self._store.clock(), self._zone).name
        stored = [week for week in stored_weeks(self._store, _MOST) if week != running]
        return tuple(
            Archived(week, week == running, tuple(file_name(week, form) for form in FORMS))
            for week in (running, *stored)
        )

    def read(self, name: str) -> bytes | None:
        """One file by its name; None when there is none. Raises StoreError, InputError where no PDF can be made."""
        match = _NAME.fullmatch(name)
        if match is None or match[2] not in FORMS:
            return None
        with self._lock:
            content, until = self._ready.get(name, (None, None))
            if content is not None and (until is None or self._store.clock() < until):
                return content
        figures = self._figures(match[1])
        if figures is None:
            return None
        made = FORMS[match[2]](figures)
        with self._lock:
            self._ready[name] = (made, None if figures.complete else self._store.clock() + _FRESH)
            while len(self._ready) > _KEPT:
                self._ready.popitem(last=False)
        return made

    def trend(self) -> str:
        """The last year's weeks as an SVG picture; empty where fewer than two weeks were reported."""
        weeks = stored_weeks(self._store, _TREND)
        return render_trend(self._totals(weeks)) if len(weeks) > 1 else ""

    def _figures(self, week: str) -> WeeklyFigures | None:
        now = self._store.clock()
        if week == week_of(now, self._zone).name:
            return report_week(self._store, week, self._settings)
        return read_facts(self._store, week, week).get(week)

    def _totals(self, weeks: list[str]) -> list[Totals]:
        facts = read_facts(self._store, weeks[-1], weeks[0])
        first, last = read_week(weeks[-1], self._zone), read_week(weeks[0], self._zone)
        span = ((last.monday - first.monday).days // 7) + 1
        # A week that was never reported is a gap, not a week without mail.
        return [facts[name].this for n in range(span) if (name := first.after(n).name) in facts]
