"""Facts of full weeks: written once, and every later report is made from them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import col, delete, select

from mailguard.core.settings import Settings
from mailguard.report.facts import read_facts, report_week, report_weeks, stored_weeks
from mailguard.report.figures import WeeklyFigures, weekly_figures
from mailguard.report.render import render_mail_html, render_text
from mailguard.report.week import read_week
from mailguard.report.write import FORMS, QUICK
from mailguard.store.store import Store
from mailguard.store.tables.figures import CountRow, WeeklyFactsRow
from tests.conftest import TurnableClock
from tests.report.sample import add_counts, fill
from tests.support.case_rows import add_case, decide_case

MONDAY = datetime(2026, 11, 9, tzinfo=UTC)
SETTINGS = Settings(
    report={"time_zone": "Europe/Helsinki", "teams": {"Order desk": ["orders@operator.example"]}},
    register={"partners": ["partner.example"]},
)


def forms(figures: WeeklyFigures) -> dict[str, bytes]:
    """Everything that a report is written as but the PDF, which follows from the page (test_pdf)."""
    texts = {"mail": render_mail_html(figures).encode(), "text": render_text(figures).encode()}
    return {form: FORMS[form](figures) for form in QUICK} | texts


def test_report_is_the_same_byte_for_byte_whatever_happens_afterwards(any_store: Store, clock: TurnableClock) -> None:
    """Later decisions, mail written down late, lost counts and a year: the week's report stays as it was."""
    fill(any_store, weeks=1, a_day=1)
    late = add_case(any_store, MONDAY + timedelta(days=2))
    first = forms(report_week(any_store, "2026-W46", SETTINGS))
    decide_case(any_store, late, "reject", timedelta(days=6))
    add_case(any_store, MONDAY + timedelta(days=1), reasons=("disputed",))
    with any_store.writing() as session:
        session.execute(delete(CountRow).where(col(CountRow.day) < MONDAY.date()))
    clock.turn(days=365)
    assert forms(report_week(any_store, "2026-W46", SETTINGS)) == first
    assert forms(report_week(any_store, "2026-W46", Settings())) == first


def test_report_from_facts_says_what_was_worked_out(store: Store) -> None:
    """Nothing is lost on the way into the store and back."""
    fill(store, weeks=2, a_day=1)
    worked_out = weekly_figures(store, "2026-W40", "Europe/Helsinki", SETTINGS)
    assert report_week(store, "2026-W40", SETTINGS) == worked_out


def test_week_that_is_not_over_is_not_kept(store: Store, clock: TurnableClock) -> None:
    """The running week is worked out anew each time, and kept when it is over."""
    add_case(store, clock() - timedelta(hours=1))
    assert report_week(store, "2026-W47", Settings()).this.held == 1
    add_case(store, clock() - timedelta(minutes=1))
    assert report_week(store, "2026-W47", Settings()).this.held == 2
    assert stored_weeks(store, 10) == []
    clock.turn(days=7)
    assert report_week(store, "2026-W47", Settings()).complete
    assert stored_weeks(store, 10) == ["2026-W47"]


def test_one_of_many_nodes_wins(any_store: Store) -> None:
    """Four that report a week at one moment all give the report that was kept."""
    add_case(any_store, MONDAY)
    with ThreadPoolExecutor(4) as nodes:
        reports = list(nodes.map(lambda _: report_week(any_store, "2026-W46", Settings()), range(4)))
    assert all(report == reports[0] for report in reports)
    with any_store.reading() as session:
        assert len(session.exec(select(WeeklyFactsRow)).all()) == 1


def test_weeks_before_are_as_they_were_reported(store: Store) -> None:
    """The week before stands in a report as in its own, even when its cases are gone or others came to light."""
    add_case(store, MONDAY - timedelta(days=3), reasons=("namesake",))
    before = report_week(store, "2026-W45", Settings())
    add_case(store, MONDAY - timedelta(days=2), reasons=("namesake",))
    add_case(store, MONDAY + timedelta(days=2), reasons=("namesake",))
    report = report_week(store, "2026-W46", Settings())
    assert report.before == before.this
    assert [(line.count, line.before) for line in report.by_reason] == [(1, 1)]


def test_span_gives_each_week_as_alone(store: Store) -> None:
    """Weeks reported together are those that are reported one by one; some kept, some not."""
    fill(store, weeks=3, a_day=1)
    zone = SETTINGS.report.time_zone
    span = [read_week(f"2026-W{n}", ZoneInfo(zone)) for n in range(39, 43)]
    alone = {week.name: weekly_figures(store, week.name, zone, SETTINGS) for week in span}
    report_week(store, "2026-W41", SETTINGS)
    together = {figures.week.name: figures for figures in report_weeks(store, span, SETTINGS)}
    assert together == alone
    assert sorted(read_facts(store, "2026-W39", "2026-W42")) == [week.name for week in span]


@pytest.mark.parametrize("kept", [0, 8])
def test_fifty_two_weeks_follow_each_other(store: Store, kept: int) -> None:
    """A year over New Year is reported, whether its weeks were kept or not; week 53 is there."""
    last = read_week("2026-W46", ZoneInfo("UTC"))
    with store.writing() as session:
        for n in range(52):
            add_counts(session, datetime.combine(last.after(-n).monday, datetime.min.time(), UTC), seen=10, passed=10)
    for n in range(kept):
        report_week(store, last.after(-5 * n).name, Settings())
    span = [last.after(n) for n in range(-51, 1)]
    assert [figures.this.seen for figures in report_weeks(store, span, Settings())] == [10] * 52
