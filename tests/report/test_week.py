"""ISO weeks in time zones."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailguard.core.errors import InputError
from mailguard.report.week import read_week, week_of

ZONES = st.sampled_from(
    [
        ZoneInfo(name)
        for name in (
            "UTC",
            "Europe/Helsinki",
            "Europe/Warsaw",
            "America/Havana",
            "America/Santiago",
            "Asia/Beirut",
            "Asia/Kolkata",
            "Australia/Lord_Howe",
            "Pacific/Kiritimati",
            "Pacific/Apia",
        )
    ]
)
MOMENTS = st.datetimes(datetime(2010, 1, 1), datetime(2050, 1, 1), timezones=st.just(UTC))


@given(MOMENTS, ZONES)
def test_every_moment_is_in_the_week_that_its_local_date_says(moment: datetime, zone: ZoneInfo) -> None:
    """A moment lies in exactly the week whose ISO name its local date has."""
    week = week_of(moment, zone)
    assert week.start <= moment < week.end
    year, number, _ = moment.astimezone(zone).isocalendar()
    assert week.name == f"{year}-W{number:02}"
    assert read_week(week.name, zone) == week


@given(MOMENTS, ZONES)
def test_weeks_follow_each_other_without_gap(moment: datetime, zone: ZoneInfo) -> None:
    """The end of a week is the start of the next, and a week is seven days, an hour more or less with DST."""
    week = week_of(moment, zone)
    assert week.end == week.after(1).start
    assert abs((week.end - week.start) - timedelta(days=7)) <= timedelta(hours=1) or zone.key == "Pacific/Apia"


def test_helsinki_weeks_around_dst() -> None:
    """The week in which the clock goes back has 169 hours; the one in which it goes forward 167."""
    zone = ZoneInfo("Europe/Helsinki")
    autumn, spring = read_week("2026-W43", zone), read_week("2026-W13", zone)
    assert autumn.end - autumn.start == timedelta(hours=169)
    assert spring.end - spring.start == timedelta(hours=167)
    assert autumn.start == datetime(2026, 10, 18, 21, tzinfo=UTC)
    assert autumn.end == datetime(2026, 10, 25, 22, tzinfo=UTC)


def test_week_53_exists_where_it_does() -> None:
    """2026 has a week 53, 2025 has not."""
    assert read_week("2026-W53", ZoneInfo("UTC")).sunday.isoformat() == "2027-01-03"
    with pytest.raises(InputError, match="2026-W46"):
        read_week("2025-W53", ZoneInfo("UTC"))


@pytest.mark.parametrize(
    "name",
    ["", "2026", "2026-46", "2026-W00", "2026-W54", "0000-W01", "9999-W52", "x2026-W46", "２０２６-W46", "a" * 999],
)
def test_other_names_are_refused(name: str) -> None:
    """What is no ISO week is an error that shows how to write one."""
    with pytest.raises(InputError, match="2026-W46"):
        read_week(name, ZoneInfo("UTC"))
