"""When a held message is reminded of, told higher up and returned."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from mailguard.cases.deadlines.terms import Deadlines, Terms
from mailguard.core.calendar import BusinessCalendar
from mailguard.core.settings import Settings

THURSDAY = datetime(2026, 12, 17, 12, 0, tzinfo=UTC)


def terms(calendar: dict[str, Any] | None = None, **cases: Any) -> Terms:
    """The terms of a configuration; opening hours are 8 to 16 UTC."""
    return Terms.of(Settings(cases=cases, calendar=calendar or {}))


def moments(*texts: str) -> Deadlines:
    """Three moments in UTC."""
    remind, escalate, expire = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in texts)
    return Deadlines(remind, escalate, expire)


def test_days_are_days_of_any_calendar() -> None:
    """With nothing configured it is seven days, and half and three quarters of them, weekend or not."""
    assert terms().reckon(THURSDAY) == moments("2026-12-21 00:00", "2026-12-22 18:00", "2026-12-24 12:00")


def test_hours_are_business_hours() -> None:
    """Sixteen hours from a Thursday noon end on Monday, and their shares are business hours too."""
    assert terms(expire_hours=16).reckon(THURSDAY) == moments(
        "2026-12-18 12:00", "2026-12-18 16:00", "2026-12-21 12:00"
    )
    finland = {"country": "FI", "time_zone": "UTC", "holidays": ["2026-12-18"]}
    assert terms(finland, expire_hours=32).reckon(THURSDAY).expires_at == datetime(2026, 12, 28, 12, tzinfo=UTC)


def test_each_may_be_set() -> None:
    """Hours to the reminder and to the word higher up, beside hours or days to the expiry."""
    reckoned = terms(expire_hours=16, remind_hours=2, escalate_hours=4).reckon(THURSDAY)
    assert reckoned == moments("2026-12-17 14:00", "2026-12-17 16:00", "2026-12-21 12:00")
    reckoned = terms(expire_days=1, remind_hours=2).reckon(THURSDAY)
    assert reckoned == moments("2026-12-17 14:00", "2026-12-18 06:00", "2026-12-18 12:00")


def test_holidays_never_push_a_letter_beyond_the_expiry() -> None:
    """Thirty business hours are less than a week but not at Christmas: then the reminder comes at half the time."""
    christmas = {"country": "FI", "holidays": ["2026-12-18", "2026-12-21"]}
    reckoned = terms(christmas, remind_hours=30, escalate_hours=35).reckon(THURSDAY)
    assert reckoned == moments("2026-12-21 00:00", "2026-12-22 18:00", "2026-12-24 12:00")


hours = st.none() | st.integers(1, 200)


@given(
    received=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),
    days=st.integers(1, 30),
    expire=hours,
    remind=hours,
    escalate=hours,
)
def test_they_come_in_their_order(
    received: datetime, days: int, expire: int | None, remind: int | None, escalate: int | None
) -> None:
    """Whatever configuration is accepted: received, reminder, word higher up, expiry."""
    try:
        chosen = terms(
            {"country": "FI"}, expire_days=days, expire_hours=expire, remind_hours=remind, escalate_hours=escalate
        )
    except ValidationError:
        return
    reckoned = chosen.reckon(received)
    assert received < reckoned.remind_at <= reckoned.escalate_at < reckoned.expires_at
    if expire is None:
        assert reckoned.expires_at == received + timedelta(days=days)
    else:
        assert BusinessCalendar(place="FI").hours_between(received, reckoned.expires_at) == pytest.approx(expire)
