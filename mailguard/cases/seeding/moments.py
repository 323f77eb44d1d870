"""When made-up cases come: at working hours, at moments that only the guard's key foretells."""

import hmac
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from mailguard.core.settings import CalendarSettings
from mailguard.core.settings.types import WEEK


def seeding_moments(
    count: int, now: datetime, calendar: CalendarSettings, key: bytes
) -> tuple[datetime, Sequence[datetime]]:
    """When the week began in the calendar's time zone, and its `count` moments in order.

    The same week gives the same moments on every node and after every restart.
    """
    zone = ZoneInfo(calendar.time_zone)
    local = now.astimezone(zone)
    monday = (local - timedelta(days=local.weekday())).date()
    chance = random.Random(hmac.digest(key, monday.isoformat().encode(), sha256))  # noqa: S311 - keyed by an HMAC
    minutes = round(calendar.hours_a_day * 60)
    moments = []
    for _ in range(count):
        day = monday + timedelta(days=WEEK.index(chance.choice(calendar.work_days)))
        opens = datetime.combine(day, calendar.opens, zone)
        moments.append((opens + timedelta(minutes=chance.randrange(minutes))).astimezone(UTC))
    begin = datetime.combine(monday, datetime.min.time(), zone).astimezone(UTC)
    return begin, sorted(moments)
