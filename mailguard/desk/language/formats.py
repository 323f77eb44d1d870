"""Dates, numbers, sizes and lengths of time as the visitor's language writes them (Unicode CLDR, by Babel)."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal, format_percent
from babel.units import format_unit

from mailguard.desk.language.catalogue import gettext, ngettext
from mailguard.desk.language.choice import choice


def locale() -> Locale:
    """Of the visitor's language. Plain English means Europe's: the day before the month, 24 hours."""
    return Locale.parse("en_GB" if choice().language == "en" else choice().language)


def moment(at: datetime, zone: ZoneInfo) -> str:
    """A moment to the second, with the zone's name: `22 Nov 2026, 08:15:00 EET`."""
    local = at.astimezone(zone)
    # The zone's own abbreviation: CLDR has one for few zones in few languages.
    return f"{format_date(local, 'medium', locale=locale())}, {local:%H:%M:%S} {local.tzname()}"


def short_moment(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """A moment to the minute: `22 Nov 08:15`; with its year where that is another."""
    local = at.astimezone(zone)
    skeleton = "MMMd" if local.year == now.astimezone(zone).year else "yMMMd"
    day = format_skeleton(skeleton, local, locale=locale())
    return f"{day} {local:%H:%M}"


def day(at: date) -> str:
    """A day: `22 Nov 2026`."""
    return format_date(at, "medium", locale=locale())


def typed_day(text: str) -> str:
    """A day out of an address of ours (ISO 8601) as it is written: `22 Nov 2026`; other text as it stands."""
    try:
        return day(date.fromisoformat(text))
    except ValueError:
        return text


def count(number: float) -> str:
    """A number with its groups: `12,345`."""
    return format_decimal(number, locale=locale())


def percent(share: float) -> str:
    """A share of one in whole percent: `12%`."""
    return format_percent(share, locale=locale())


def span(length: timedelta) -> str:
    """A length of time in the two largest units: `3 d 4 h`."""
    minutes = max(0, int(length.total_seconds()) // 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return gettext("%(days)s d %(hours)s h") % {"days": count(days), "hours": hours}
    if hours:
        return gettext("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": minutes}
    return gettext("%(minutes)s min") % {"minutes": minutes} if minutes else gettext("< 1 min")


def octets(size: int) -> str:
    """A size for people: `812 bytes`, `14 kB`, `3.2 MB`."""
    if size < 1000:
        return ngettext("%(num)s byte", "%(num)s bytes", size) % {"num": size}
    if size < 1_000_000:
        return format_unit(round(size / 1000), "digital-kilobyte", "short", locale=locale())
    return format_unit(round(size / 1_000_000, 1), "digital-megabyte", "short", locale=locale())
