"""ISO weeks (ISO 8601) in a time zone: Monday's midnight to Monday's midnight, an hour longer or shorter around DST."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mailguard.core.errors import InputError

_NAME = re.compile(r"(2[0-9]{3})-W([0-9]{2})")


@dataclass(frozen=True, slots=True)
class Week:
    """One ISO week in one time zone."""

    monday: date
    zone: ZoneInfo

    @property
    def name(self) -> str:
        """As in ISO 8601: `2026-W46`."""
        year, number, _ = self.monday.isocalendar()
        return f"{year}-W{number:02}"

    @property
    def sunday(self) -> date:
        """The last day."""
        return self.monday + timedelta(days=6)

    @property
    def start(self) -> datetime:
        """The first moment, in UTC. Where a zone skips Monday's midnight, it is the moment of the skip."""
        return self.midnight(self.monday)

    @property
    def end(self) -> datetime:
        """The first moment that is not in it, in UTC."""
        return self.after(1).start

    def midnight(self, day: date) -> datetime:
        """The first moment of a day, in UTC."""
        return datetime.combine(day, time.min, self.zone).astimezone(UTC)

    def after(self, weeks: int) -> "Week":
        """The week that many weeks later (negative: earlier)."""
        return Week(self.monday + timedelta(weeks=weeks), self.zone)


def read_week(name: str, zone: ZoneInfo) -> Week:
    """`2026-W46` -> Week. Raises InputError for anything else, also for a week 53 that the year does not have."""
    match = _NAME.fullmatch(name)
    try:
        if match is None:
            raise ValueError
        return Week(date.fromisocalendar(int(match[1]), int(match[2]), 1), zone)
    except ValueError:
        raise InputError(f"no ISO week: {name[:20]!r}; write for example 2026-W46") from None


def week_of(moment: datetime, zone: ZoneInfo) -> Week:
    """The week that a moment is in."""
    day = moment.astimezone(zone).date()
    return Week(day - timedelta(days=day.weekday()), zone)
