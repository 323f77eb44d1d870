"""Hours of the day, on the wall clock of a place."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


def last_hour(hours: Sequence[int], zone: ZoneInfo, now: datetime) -> datetime | None:
    """The last moment, up to now, at which one of these hours began there; None without hours.

    An hour that the clock skips comes an hour later by the wall clock, one that comes twice counts the first time.
    """
    today = now.astimezone(zone).date()
    begun = [
        datetime.combine(day, time(hour), zone).astimezone(UTC)
        for day in (today - timedelta(days=1), today)
        for hour in hours
    ]
    return max((moment for moment in begun if moment <= now), default=None)
