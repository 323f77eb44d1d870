"""The deadlines of a breach."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailguard.core.settings import ClockSettings, IncidentSettings
from mailguard.incidents.breaches.breach import BreachFacts, change_facts
from mailguard.incidents.breaches.clocks import ClockState, clocks_of

HELSINKI = ZoneInfo("Europe/Helsinki")
moments = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))


def facts(**values: object) -> BreachFacts:
    """A breach of which this is known."""
    return change_facts(BreachFacts("Papers to a namesake"), values)


def test_72_hours_run_through_the_change_of_clocks() -> None:
    """Summer time ends on 25 October 2026: 72 hours after Saturday 10:00 is Tuesday 09:00 on the wall."""
    aware = datetime(2026, 10, 24, 10, tzinfo=HELSINKI)
    (clock,) = clocks_of(facts(aware_at=aware), IncidentSettings(), aware + timedelta(hours=1))
    assert clock.due_at is not None
    assert clock.due_at.astimezone(HELSINKI).isoformat() == "2026-10-27T09:00:00+02:00"
    assert (clock.law, clock.state) == ("GDPR Art. 33(1)", ClockState.RUNNING)


def test_the_telecom_clocks_follow_each_other() -> None:
    """24 hours from detection, then three days from the first notification for the rest."""
    settings = IncidentSettings(regimes=["telecom"])
    detected = datetime(2026, 11, 16, 9, tzinfo=UTC)
    first, rest = clocks_of(facts(detected_at=detected), settings, detected + timedelta(hours=25))
    assert (first.due_at, first.state) == (detected + timedelta(hours=24), ClockState.OVERDUE)
    assert (rest.due_at, rest.state) == (None, ClockState.WAITING)
    told = detected + timedelta(hours=20)
    known = facts(detected_at=detected, notified_authority_at=told)
    first, rest = clocks_of(known, settings, detected + timedelta(hours=25))
    assert (first.state, rest.due_at, rest.state) == (ClockState.MET, told + timedelta(hours=72), ClockState.RUNNING)


def test_a_processor_tells_its_controller_and_contracts_may_say_more() -> None:
    """Every configured clock stands beside the law's, in the order of the configuration."""
    contract = ClockSettings(name="customer", hours=4, starts="detected_at", ends="notified_controller_at")
    settings = IncidentSettings(regimes=["processor", "gdpr"], processor_hours=12, clocks=[contract])
    now = datetime(2026, 11, 16, 9, tzinfo=UTC)
    clocks = clocks_of(facts(aware_at=now, detected_at=now), settings, now + timedelta(hours=5))
    assert [(clock.name, clock.state) for clock in clocks] == [
        ("controller", ClockState.RUNNING),
        ("authority", ClockState.RUNNING),
        ("customer", ClockState.OVERDUE),
    ]


@pytest.mark.parametrize(
    ("late", "state"), [(timedelta(0), ClockState.MET), (timedelta(seconds=1), ClockState.MET_LATE)]
)
def test_in_time_is_until_the_last_second(late: timedelta, state: ClockState) -> None:
    """What was done at the very moment is in time."""
    aware = datetime(2026, 11, 16, 9, tzinfo=UTC)
    told = aware + timedelta(hours=72) + late
    (clock,) = clocks_of(facts(aware_at=aware, notified_authority_at=told), IncidentSettings(), told)
    assert clock.state is state


def test_a_decision_not_to_notify_stops_the_clock() -> None:
    """Once it is written down with its reason."""
    aware = datetime(2026, 11, 16, 9, tzinfo=UTC)
    decided = facts(aware_at=aware, notify_authority=False, notify_authority_reason="encrypted, and the key is ours")
    (clock,) = clocks_of(decided, IncidentSettings(), aware + timedelta(days=30))
    assert clock.state is ClockState.NOT_NEEDED


@given(aware=moments, later=st.timedeltas(timedelta(0), timedelta(days=30)))
def test_a_running_clock_is_overdue_exactly_after_its_hours(aware: datetime, later: timedelta) -> None:
    """Whatever the moment and the season."""
    (clock,) = clocks_of(facts(aware_at=aware), IncidentSettings(), aware + later)
    assert (clock.state is ClockState.OVERDUE) == (later > timedelta(hours=72))
