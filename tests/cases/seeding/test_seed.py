"""Made-up cases: held like real ones, never sent, and counted nowhere but among the misses."""

import random
from datetime import UTC, datetime

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import select, update

from mailguard.app.wiring import load_rules
from mailguard.cases.deciding.decide import decide
from mailguard.cases.reading import read_case
from mailguard.cases.rules import Rules
from mailguard.cases.seeding.moments import seeding_moments
from mailguard.cases.seeding.outcome import outcome_of
from mailguard.cases.seeding.seed import count_seeded, seed
from mailguard.core.case import CaseState
from mailguard.core.decision import Action, Decision
from mailguard.core.errors import AlreadyDecided, StoreError
from mailguard.core.person import Person, Role
from mailguard.core.settings import CalendarSettings, Settings
from mailguard.core.settings.types import LANGUAGES
from mailguard.report.figures import weekly_figures
from mailguard.store.store import Store
from mailguard.store.tables.cases import CaseRow
from mailguard.store.tables.decisions import DecisionRow
from mailguard.store.tables.outbox import NoticeRow
from mailguard.store.tables.reviewing import AttentionRow
from tests.cases.conftest import add
from tests.conftest import TurnableClock

SETTINGS = Settings()
APPROVE = Decision(Action.APPROVE, "looks right")


@pytest.fixture(scope="module")
def rules() -> Rules:
    """Those that are shipped, loaded once."""
    return load_rules(SETTINGS, prove=False)


@pytest.fixture
def sofia(store: Store) -> Person:
    """A reviewer."""
    return add(store, "sofia", Role.SUPERVISOR)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_rules_hold_a_letter_of_each_language(store: Store, rules: Rules, language: str) -> None:
    """Each language's letter is a namesake's case to the real judge, on two customers who are not on record."""
    case = read_case(store, seed(store, SETTINGS, rules, language, random.Random(7)))
    assert case.summary.state is CaseState.HELD
    assert "namesake" in case.summary.reasons
    assert case.recipients[0].relation["owner"]["name"] == case.recipients[0].relation["about"]["name"]


def test_approving_one_sends_nothing_and_is_a_miss(store: Store, rules: Rules, sofia: Person) -> None:
    """It ends withdrawn, no decision is on record, and only reviewers were ever written to."""
    case_id = seed(store, SETTINGS, rules, "en", random.Random(1))
    assert decide(store, case_id, APPROVE, sofia) is CaseState.WITHDRAWN
    assert outcome_of(store, case_id) == "test_missed"
    with store.reading() as session:
        assert session.exec(select(DecisionRow)).all() == []
        assert {(row.kind, row.to) for row in session.exec(select(NoticeRow))} == {("to_review", sofia.email)}
        (row,) = session.exec(select(AttentionRow)).all()
    assert (row.kind, row.passed, row.user_id) == ("seeded", False, sofia.user_id)
    with pytest.raises(AlreadyDecided):
        decide(store, case_id, APPROVE, sofia)


@pytest.mark.parametrize("correct", [False, True])
def test_rejecting_one_passes_and_remembers_nothing(store: Store, rules: Rules, sofia: Person, correct: bool) -> None:
    """A rejection or a return ends it as passed; no pair of the invented people is kept."""
    case_id = seed(store, SETTINGS, rules, "fi", random.Random(2))
    wrong = Decision(Action.REJECT, "The wrong one of two.", for_correction=correct)
    assert decide(store, case_id, wrong, sofia) is CaseState.REJECTED
    assert outcome_of(store, case_id) == "test_passed"
    assert [entry.act for entry in read_case(store, case_id).history] == ["hold", "test case"]


def test_the_database_itself_refuses_to_send_one(store: Store, rules: Rules) -> None:
    """Whatever a program tries: a made-up case becomes neither approved nor real."""
    case_id = seed(store, SETTINGS, rules, "de", random.Random(3))
    for values in ({"state": "approved"}, {"seeded": False}):
        with pytest.raises((StoreError, DBAPIError)), store.writing() as session:
            session.execute(update(CaseRow).where(CaseRow.id == case_id).values(**values))  # type: ignore[arg-type]
    assert read_case(store, case_id).summary.state is CaseState.HELD


def test_the_weekly_report_counts_misses_alone(store: Store, rules: Rules, sofia: Person, clock: TurnableClock) -> None:
    """One missed, one passed, one waiting: the report knows two decided and one missed, and no held mail."""
    missed, passed, _ = (seed(store, SETTINGS, rules, "en", random.Random(n)) for n in range(3))
    decide(store, missed, APPROVE, sofia)
    decide(store, passed, Decision(Action.REJECT, "No."), sofia)
    clock.turn(days=7)
    week = weekly_figures(store, "2026-W47", "UTC").this
    assert (week.test_cases, week.test_missed) == (2, 1)
    assert (week.held, week.approved, week.rejected, week.withdrawn, week.waiting) == (0, 0, 0, 0, 0)
    assert count_seeded(store, datetime(2026, 11, 16, tzinfo=UTC)) == 3


def test_the_moments_of_a_week_are_at_work_and_the_same_everywhere() -> None:
    """Between opening and closing on working days; another key or week has other ones."""
    calendar = CalendarSettings(time_zone="Europe/Helsinki")
    now = datetime(2026, 11, 18, 12, tzinfo=UTC)
    begin, moments = seeding_moments(20, now, calendar, b"key")
    assert begin == datetime(2026, 11, 15, 22, tzinfo=UTC)
    assert (begin, moments) == seeding_moments(20, datetime(2026, 11, 20, tzinfo=UTC), calendar, b"key")
    assert moments != seeding_moments(20, now, calendar, b"other")[1]
    assert all(6 <= moment.hour < 14 and moment.weekday() < 5 for moment in moments)
