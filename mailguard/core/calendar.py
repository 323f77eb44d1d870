"""Business hours: what "within eight working hours" means across nights, weekends, holidays and clock changes."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mailguard.core.public_holidays import public_holidays
from mailguard.core.settings import CalendarSettings
from mailguard.core.settings.types import WEEK

_UTC = ZoneInfo("UTC")
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class BusinessCalendar:
    """Opening hours in one time zone. Hours are hours that pass: a day on which the clock is put on may be shorter."""

    zone: ZoneInfo = _UTC
    work_days: frozenset[int] = frozenset(range(5))
    """Monday is 0, as in `date.weekday`."""
    opens: time = time(8)
    closes: time = time(16)
    place: str = ""
    """Whose public holidays are free (`core.public_holidays`); empty: none are."""
    free_days: frozenset[date] = field(default_factory=frozenset)

    @classmethod
    def of(cls, settings: CalendarSettings) -> "BusinessCalendar":
        """The calendar of the configuration."""
        return cls(
            zone=ZoneInfo(settings.time_zone),
            work_days=frozenset(WEEK.index(day) for day in settings.work_days),
            opens=settings.opens,
            closes=settings.closes,
            place=settings.country,
            free_days=frozenset(settings.holidays),
        )

    def after(self, start: datetime, hours: float) -> datetime:
        """When so many business hours have passed since `start`; in UTC, and always within opening hours.

        No hours at all after a moment at which nobody works is the next opening.
        """
        left = timedelta(hours=hours)
        for opening, closing in self._open_from(start):
            at = max(opening, start)
            if left <= closing - at:
                return at.astimezone(UTC) + left
            left -= closing - at
        raise AssertionError("there is always another day")

    def hours_between(self, start: datetime, end: datetime) -> float:
        """How many business hours lie between two moments; 0 when `end` is not the later one."""
        worked = timedelta()
        for opening, closing in self._open_from(start):
            if opening >= end:
                break
            worked += max(min(closing, end) - max(opening, start), timedelta())
        return worked / _HOUR

    def _open_from(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Opening and closing, in UTC, of each working day that has not closed before `start`."""
        day = start.astimezone(self.zone).date()
        while True:
            if self._is_worked(day):
                # In UTC: Python takes the difference of two times of one zone by their clocks' faces.
                opening = datetime.combine(day, self.opens, self.zone).astimezone(UTC)
                closing = datetime.combine(day, self.closes, self.zone).astimezone(UTC)
                # A day that a country skips (Samoa, 2011-12-30) falls on the next one, and would count twice.
                is_there = opening < closing and opening.astimezone(self.zone).date() == day
                if is_there and start <= closing:
                    yield opening, closing
            day += _DAY

    def _is_worked(self, day: date) -> bool:
        if day.weekday() not in self.work_days or day in self.free_days:
            return False
        return not self.place or day not in public_holidays(self.place, day.year)
