"""Business hours: worked examples for nights, holidays, year ends and clock changes, and what holds for all of them."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailguard.core.calendar import BusinessCalendar
from mailguard.core.settings import CalendarSettings

HELSINKI, APIA = ZoneInfo("Europe/Helsinki"), ZoneInfo("Pacific/Apia")
OFFICE = BusinessCalendar(HELSINKI, place="FI")
ROUND_THE_CLOCK = BusinessCalendar(HELSINKI, frozenset(range(7)), time(0), time(23, 59))
SOLE_MORNING = BusinessCalendar(ZoneInfo("America/New_York"), frozenset({6}), time(1, 30), time(2, 45), "US")
"""Its day is the one on which the clocks are changed, and its hours are those that are left out or come twice."""
MIDNIGHT = BusinessCalendar(ZoneInfo("Africa/Cairo"), frozenset(range(7)), time(0), time(1))
"""The clocks there go from 00:00 to 01:00 on a Friday in spring: that day has no hours at all."""
EVERY = [OFFICE, ROUND_THE_CLOCK, SOLE_MORNING, MIDNIGHT]


def at(text: str, zone: ZoneInfo = HELSINKI) -> datetime:
    """A moment by the clock on the wall."""
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-11-16 09:00", 2, "2026-11-16 11:00"),
        ("2026-11-16 08:00", 8, "2026-11-16 16:00"),  # a whole day ends with it, not with the next morning
        ("2026-11-16 15:00", 2, "2026-11-17 09:00"),  # over night
        ("2026-11-16 03:00", 1, "2026-11-16 09:00"),  # before opening
        ("2026-11-20 15:30", 1, "2026-11-23 08:30"),  # over a weekend
        ("2026-11-21 12:00", 0, "2026-11-23 08:00"),  # nobody works: the next opening
        ("2026-12-03 12:00", 12, "2026-12-04 16:00"),  # Independence Day is a Sunday
        ("2026-12-23 15:00", 2, "2026-12-28 09:00"),  # Christmas Eve to Boxing Day, and a Sunday
        ("2026-12-31 15:00", 2, "2027-01-04 09:00"),  # over the end of the year, New Year's Day a Friday
        ("2026-06-18 15:00", 2, "2026-06-22 09:00"),  # Midsummer
        ("2026-03-27 15:00", 2, "2026-03-30 09:00"),  # the clocks go forward on the Sunday
        ("2026-10-23 15:00", 2, "2026-10-26 09:00"),  # and back
    ],
)
def test_after_by_example(start: str, hours: float, end: str) -> None:
    """What a person with a wall calendar of Finland would say."""
    assert OFFICE.after(at(start), hours) == at(end)
    assert OFFICE.hours_between(at(start), at(end)) == hours


def test_hours_are_hours_that_pass() -> None:
    """On the night of a clock change a shift is an hour shorter or longer, as it is for whoever works it."""
    assert ROUND_THE_CLOCK.hours_between(at("2026-03-29 00:00"), at("2026-03-29 06:00")) == 5
    assert ROUND_THE_CLOCK.hours_between(at("2026-10-25 00:00"), at("2026-10-25 06:00")) == 7
    assert ROUND_THE_CLOCK.after(at("2026-03-29 01:00"), 4) == at("2026-03-29 06:00")


def test_a_day_that_a_country_skips_counts_once() -> None:
    """Samoa went from 29 to 31 December 2011: whoever works every day has not worked on the 30th."""
    samoa = BusinessCalendar(APIA, frozenset(range(7)))
    assert samoa.hours_between(at("2011-12-29 00:00", APIA), at("2012-01-01 00:00", APIA)) == 16


def test_hours_that_a_clock_change_leaves_out_are_not_worked() -> None:
    """In Cairo 26 April 2024 began at one o'clock: whoever works the hour after midnight did not work that day."""
    assert MIDNIGHT.after(at("2024-04-25 12:00", MIDNIGHT.zone), 0) == at("2024-04-27 00:00", MIDNIGHT.zone)


def test_holidays_on_a_weekend_are_kept_on_the_days_that_stand_in_for_them() -> None:
    """New Year's Day 2028 is a Saturday: in the United States the Friday before, of another year, is free."""
    office = BusinessCalendar(ZoneInfo("America/New_York"), place="US")
    assert office.after(at("2027-12-30 15:00", office.zone), 2) == at("2028-01-03 09:00", office.zone)


def test_the_configuration_makes_the_calendar() -> None:
    """Zone, days, hours, a part of a country and days of one's own."""
    settings = CalendarSettings(
        time_zone="Europe/Berlin",
        work_days=["mon", "wed"],
        opens="07:30",
        closes="12:00",
        country="DE-BY",
        holidays=["2026-01-07"],
    )
    calendar = BusinessCalendar.of(settings)
    berlin = calendar.zone
    # Epiphany is a Tuesday in 2026 and free in Bavaria only; the Wednesday after it is free by the configuration.
    assert calendar.after(at("2026-01-05 11:30", berlin), 1) == at("2026-01-12 08:00", berlin)
    assert BusinessCalendar(berlin, place="DE-BY").hours_between(at("2026-01-06 00:00"), at("2026-01-07 00:00")) == 0
    assert BusinessCalendar(berlin, place="DE-BE").hours_between(at("2026-01-06 00:00"), at("2026-01-07 00:00")) == 8
    assert BusinessCalendar.of(CalendarSettings()) == BusinessCalendar()


def is_open(calendar: BusinessCalendar, moment: datetime) -> bool:
    """Whether somebody works then, the moment of closing included: reckoned the other way round, by the wall clock."""
    local = moment.astimezone(calendar.zone)
    worked = local.weekday() in calendar.work_days and local.date() not in calendar.free_days
    return worked and calendar.hours_between(moment - timedelta(seconds=1), moment + timedelta(seconds=1)) > 0


calendars = st.sampled_from(EVERY)
moments = st.datetimes(datetime(2024, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))
# In whole minutes: sums of them are the same whichever way they are added up.
spans = st.integers(0, 60 * 24 * 10).map(lambda minutes: minutes / 60)


@given(calendar=calendars, start=moments, hours=spans)
def test_never_ends_when_nobody_works(calendar: BusinessCalendar, start: datetime, hours: float) -> None:
    """The end is within opening hours of a working day, and not before the start."""
    end = calendar.after(start, hours)
    assert end >= start
    assert is_open(calendar, end)


@given(calendar=calendars, start=moments, hours=spans)
def test_between_undoes_after(calendar: BusinessCalendar, start: datetime, hours: float) -> None:
    """Between a moment and the end of so many hours after it lie so many hours."""
    assert calendar.hours_between(start, calendar.after(start, hours)) == pytest.approx(hours, abs=1e-9)


@given(calendar=calendars, start=moments, days=st.floats(0, 40))
def test_after_undoes_between(calendar: BusinessCalendar, start: datetime, days: float) -> None:
    """So many hours after the start as lie between both is the end, or the closing after which nobody worked."""
    end = start + timedelta(days=days)
    found = calendar.after(start, hours := calendar.hours_between(start, end))
    if hours and is_open(calendar, end):
        assert calendar.hours_between(min(found, end), max(found, end)) == pytest.approx(0, abs=1e-9)
    if hours:
        assert found <= end + timedelta(microseconds=1)


@given(calendar=calendars, start=moments, one=spans, other=spans)
def test_splits_add_up(calendar: BusinessCalendar, start: datetime, one: float, other: float) -> None:
    """Some hours, and some more from where they ended, are all of them at once."""
    split, whole = calendar.after(calendar.after(start, one), other), calendar.after(start, one + other)
    assert abs(split - whole) <= timedelta(microseconds=2) or not calendar.hours_between(
        min(split, whole), max(split, whole)
    )


@given(calendar=calendars, start=moments, later=st.floats(0, 20), hours=spans, more=st.floats(0, 50))
def test_later_is_never_earlier(
    calendar: BusinessCalendar, start: datetime, later: float, hours: float, more: float
) -> None:
    """A later start, or more hours, never ends before."""
    end = calendar.after(start, hours)
    assert calendar.after(start + timedelta(days=later), hours) >= end
    assert calendar.after(start, hours + more) >= end


@given(calendar=calendars, marks=st.tuples(moments, moments, moments).map(sorted))
def test_hours_between_add_up(calendar: BusinessCalendar, marks: list[datetime]) -> None:
    """Cutting a stretch of time in two loses no hour; backwards there are none."""
    first, middle, last = marks
    parts = calendar.hours_between(first, middle) + calendar.hours_between(middle, last)
    assert parts == pytest.approx(calendar.hours_between(first, last), abs=1e-6)
    assert calendar.hours_between(last, first) == 0


@given(free=st.sets(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=60), start=moments, hours=spans)
def test_a_free_day_never_makes_it_sooner(free: set[date], start: datetime, hours: float) -> None:
    """More holidays, later ends, and no end on one of them."""
    end = BusinessCalendar(HELSINKI, free_days=frozenset(free)).after(start, hours)
    assert end >= BusinessCalendar(HELSINKI).after(start, hours)
    assert end.astimezone(HELSINKI).date() not in free
