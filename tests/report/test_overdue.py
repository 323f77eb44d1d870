"""Reports that are late, and facts that are kept without any mail."""

from datetime import UTC, datetime, timedelta

from prometheus_client import CollectorRegistry, generate_latest

from mailguard.app.report_figures import ReportFigures
from mailguard.core.settings import Settings
from mailguard.report.facts import stored_weeks
from mailguard.report.overdue import PATIENCE, overdue_weeks
from mailguard.report.schedule import keep_due_facts, send_due_report
from mailguard.store.store import Store
from tests.conftest import TurnableClock
from tests.report.test_schedule import MONDAY_MORNING, SETTINGS, NextHop
from tests.support.case_rows import add_case


async def test_overdue_from_the_third_hour_until_it_is_sent(store: Store) -> None:
    """Not while there is still hope, then each week by name, and no more once it went out."""
    add_case(store, datetime(2026, 11, 10, tzinfo=UTC))
    late, report = MONDAY_MORNING + PATIENCE, SETTINGS.report
    assert overdue_weeks(store, report, late - timedelta(seconds=1)) == ()
    assert overdue_weeks(store, report, late) == ("2026-W46",)
    assert overdue_weeks(store, Settings().report, late) == ()
    assert await send_due_report(store, SETTINGS, NextHop(), late) == ("2026-W46",)
    assert overdue_weeks(store, report, late) == ()
    assert overdue_weeks(store, report, late + timedelta(weeks=2)) == ("2026-W47", "2026-W48")


def test_metric_tells_how_many_are_late(store: Store, clock: TurnableClock) -> None:
    """`mailguard_report_overdue` is 0 on a guard without mail and 1 where a week waits."""
    registry = CollectorRegistry()
    registry.register(ReportFigures(store, SETTINGS.report))
    assert b"mailguard_report_overdue 0.0" in generate_latest(registry)
    add_case(store, datetime(2026, 11, 10, tzinfo=UTC))
    clock.turn(hours=(MONDAY_MORNING + PATIENCE - clock()) / timedelta(hours=1))
    assert b"mailguard_report_overdue 1.0" in generate_latest(registry)


def test_facts_are_kept_when_due_though_nobody_gets_a_mail(store: Store) -> None:
    """The archive fills itself, from the guard's first week on, each week once."""
    assert keep_due_facts(store, Settings(), MONDAY_MORNING) is None
    add_case(store, datetime(2026, 11, 10, tzinfo=UTC))
    assert keep_due_facts(store, SETTINGS, MONDAY_MORNING - timedelta(seconds=1)) is None
    assert keep_due_facts(store, SETTINGS, MONDAY_MORNING) == "2026-W46"
    assert keep_due_facts(store, SETTINGS, MONDAY_MORNING) is None
    assert stored_weeks(store, 10) == ["2026-W46"]
