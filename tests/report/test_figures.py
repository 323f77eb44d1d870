"""Figures out of real rows."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import select

from mailguard.core.errors import InputError
from mailguard.core.person import Role
from mailguard.report.figures import weekly_figures
from mailguard.report.measures import measures
from mailguard.report.totals import Line, Totals
from mailguard.store import people
from mailguard.store.audit.anchor import Anchor
from mailguard.store.counts import Counts
from mailguard.store.store import Store
from mailguard.store.tables.audit import AuditHeadRow
from mailguard.store.tables.cases import RecipientRow
from mailguard.store.tables.decisions import AfterReviewRow, DecisionRow
from tests.conftest import TurnableClock
from tests.report.sample import add_counts, fill
from tests.support.case_rows import add_case, decide_case, end_case

MONDAY = datetime(2026, 11, 9, tzinfo=UTC)
"""The first moment of 2026-W46 in UTC; two hours into it in Helsinki."""


def test_empty_week_is_all_zero_and_divides_by_nothing(store: Store) -> None:
    """A guard that saw nothing has a report of zeros, without shares, times or an oldest case."""
    figures = weekly_figures(store, "2026-W46", "UTC")
    assert figures.this == Totals("2026-W46")
    assert (figures.this.held_share, figures.this.identified_share, figures.this.decision_p50) == (None, None, None)
    assert figures.by_reason == figures.by_rule == figures.senders == figures.domains == ()
    assert figures.oldest_case is None
    assert figures.complete
    assert [m.change for m in measures(figures) if m.unit == "messages"] == ["no change"] * 20


def test_every_figure_of_one_week(any_store: Store) -> None:
    """Counts, decisions, ends and times of one week, each where it belongs, on both databases."""
    store = any_store
    with store.writing() as session:
        add_counts(session, MONDAY, seen=200, passed=190, refused=2, deferred=3, identified=120)
    ids = [
        add_case(store, MONDAY + timedelta(hours=n), reasons=("namesake", "credential"), rules=("pin", "pin"))
        for n in range(5)
    ]
    other = add_case(store, MONDAY + timedelta(hours=9), reasons=("unreadable",), sender="")
    decide_case(store, ids[0], "approve", timedelta(minutes=10), "released")
    decide_case(store, ids[1], "reject", timedelta(minutes=30))
    decide_case(store, ids[2], "approve", timedelta(hours=2), "undeliverable")
    end_case(store, ids[3], "withdrawn", MONDAY + timedelta(hours=8))
    end_case(store, other, "expired", MONDAY + timedelta(days=6))
    with store.writing() as session:
        store.audit.append(
            session, "undeliverable", actor="guard", at=MONDAY + timedelta(hours=5), case_id=ids[2], details={}
        )
    figures = weekly_figures(store, "2026-W46", "UTC")
    assert figures.this == Totals(
        week="2026-W46",
        seen=200,
        passed=190,
        held=6,
        refused=2,
        deferred=3,
        identified=120,
        approved=2,
        rejected=1,
        withdrawn=1,
        expired=1,
        undeliverable=1,
        wrong_recipient=2,
        waiting=1,
        decision_p50=1800.0,
        decision_p90=7200.0,
        decided=3,
        unreminded=3,
        unread=2,
        unreadable=1,
    )
    assert figures.this.held_share == pytest.approx(0.03)
    assert figures.oldest_case == ids[4]
    assert figures.by_reason == (
        Line("credential", 5, 0, 2, 1, 5 / 8),
        Line("namesake", 5, 0, 2, 1, 5 / 8),
        Line("unreadable", 1, 0, 0, 0, 1 / 8),
    )
    assert figures.by_rule == (Line("pin", 5, 0, 2, 1, 5 / 8),)
    assert figures.senders == (Line("seller@operator.example", 5, 0, 2, 1), Line("<>", 1, 0, 0, 0))
    assert figures.domains == (Line("mail.example", 6, 0, 2, 1),)
    assert dict(figures.decision_times)["to 15 min"] == 1
    assert sum(count for _, count in figures.decision_times) == 3
    with store.reading() as session:
        head = session.get(AuditHeadRow, 1)
        assert head is not None
        assert figures.audit == Anchor(1, head.digest, figures.as_of, head.key_id)


def test_week_before_and_new_reasons(store: Store) -> None:
    """Each figure stands beside the week before; from zero, and to zero, nothing is divided."""
    add_case(store, MONDAY - timedelta(days=3), reasons=("credential",))
    add_case(store, MONDAY + timedelta(days=3), reasons=("namesake",))
    add_case(store, MONDAY + timedelta(days=3), reasons=("namesake",))
    figures = weekly_figures(store, "2026-W46", "UTC")
    assert (figures.this.held, figures.before.held) == (2, 1)
    assert figures.by_reason == (Line("namesake", 2, 0, 0, 0, 2 / 8), Line("credential", 0, 1, 0, 0, 1 / 8))
    held = {m.name: m for m in measures(figures)}["held"]
    assert held.change == "+1 (+100 %)"
    assert held.mean == pytest.approx(3 / 8)
    assert {m.name: m for m in measures(weekly_figures(store, "2026-W45", "UTC"))}["held"].change == "+1 (from 0)"
    assert {m.name: m for m in measures(weekly_figures(store, "2026-W47", "UTC"))}["held"].change == "−2 (−100 %)"


def test_zone_decides_the_week(store: Store) -> None:
    """Half past eleven on Sunday evening in UTC is Monday in Helsinki."""
    add_case(store, MONDAY - timedelta(minutes=30))
    assert weekly_figures(store, "2026-W45", "UTC").this.held == 1
    assert weekly_figures(store, "2026-W46", "UTC").this.held == 0
    assert weekly_figures(store, "2026-W46", "Europe/Helsinki").this.held == 1


def test_past_week_shows_what_waited_then(store: Store, clock: TurnableClock) -> None:
    """A case decided later was still waiting at the end of its week, whenever the report is made."""
    case_id = add_case(store, MONDAY - timedelta(days=1))
    early = weekly_figures(store, "2026-W45", "UTC")
    decide_case(store, case_id, "approve", timedelta(days=2), "released")
    clock.turn(days=100)
    late = weekly_figures(store, "2026-W45", "UTC")
    assert early.this == late.this
    assert (late.this.waiting, late.oldest_case) == (1, case_id)
    assert weekly_figures(store, "2026-W46", "UTC").this.waiting == 0


def test_second_decision_does_not_change_the_time_of_the_first(store: Store) -> None:
    """An undeliverable message that is given back has two decisions and one time to decision."""
    case_id = add_case(store, MONDAY)
    decide_case(store, case_id, "approve", timedelta(minutes=5), "undeliverable")
    decide_case(store, case_id, "reject", timedelta(days=2))
    this = weekly_figures(store, "2026-W46", "UTC").this
    assert (this.approved, this.rejected, this.decision_p90) == (1, 1, 300.0)


def test_week_that_is_not_over(store: Store, clock: TurnableClock) -> None:
    """The running week is reported up to now, and a week to come is empty."""
    add_case(store, clock() - timedelta(hours=3))
    running = weekly_figures(store, "2026-W47", "UTC")
    assert not running.complete
    assert running.as_of == clock()
    assert running.this.waiting == 1
    assert weekly_figures(store, "2026-W50", "UTC").this.waiting == 0


def test_counts_speak_for_cases_that_are_gone(store: Store) -> None:
    """Where the cases have been removed, the daily counts still give reasons and senders, without approvals."""
    counts = Counts()
    for _ in range(3):
        for measure, key in (("seen", ""), ("held", ""), ("reason", "namesake"), ("sender", "a@b.example")):
            counts.add(measure, key)
    counts.flush(store, date(2026, 11, 12))
    figures = weekly_figures(store, "2026-W46", "UTC")
    assert figures.this.held == 3
    assert figures.by_reason == (Line("namesake", 3, 0, mean=3 / 8),)
    assert figures.senders == (Line("a@b.example", 3, 0, None),)


def test_crash_that_lost_counts_gives_no_share_above_one(store: Store) -> None:
    """Held messages that the counts never saw still count as seen."""
    add_case(store, MONDAY)
    assert weekly_figures(store, "2026-W46", "UTC").this.held_share == 1.0


def test_sum_of_the_weeks_is_everything(filled: Store) -> None:
    """Eight weeks of a report hold each case and each decision once."""
    figures = weekly_figures(filled, "2026-W46", "UTC")
    assert [w.week for w in figures.weeks] == [f"2026-W{n}" for n in range(39, 47)]
    for week in figures.weeks:
        alone = weekly_figures(filled, week.week, "UTC")
        assert alone.this == week
        assert sum(count for _, count in alone.decision_times) <= week.approved + week.rejected


def test_same_figures_on_both_databases(any_store: Store) -> None:
    """The sample gives the same week on SQLite and PostgreSQL."""
    fill(any_store, a_day=1)
    this = weekly_figures(any_store, "2026-W46", "Europe/Helsinki").this
    assert (this.held, this.passed) == (5, 7655)


@pytest.mark.parametrize("week", ["", "last", "2025-W53"])
def test_no_week_is_an_input_error(store: Store, week: str) -> None:
    """A name that is no week is said to be none."""
    with pytest.raises(InputError):
        weekly_figures(store, week, "UTC")


def test_the_first_of_two_approvals_is_no_decision(store: Store, clock: TurnableClock) -> None:
    """A case that needs two second persons waits until the second has approved, and took as long as that."""
    case_id = add_case(store, MONDAY, approvals_needed=2)
    decide_case(store, case_id, "approve", timedelta(minutes=5), "held")
    first = weekly_figures(store, "2026-W46", "UTC").this
    assert (first.approved, first.waiting) == (0, 1)
    decide_case(store, case_id, "approve", timedelta(hours=2), "approved", by="ville")
    second = weekly_figures(store, "2026-W46", "UTC").this
    assert (second.approved, second.waiting, second.decision_p90) == (1, 0, 7200.0)


def test_a_letter_that_has_come_to_the_wrong_person_is_no_leak_avoided(any_store: Store) -> None:
    """Approved, delivered to the namesake, refused by the other's server, and then given back to the sender."""
    namesake, other = "kari.virtanen@mail.example", "full@post.example"
    for delivered in (namesake, other):
        both = {namesake: ["namesake"], other: ["unreadable"]}
        case_id = add_case(any_store, MONDAY, recipients=both)
        decide_case(any_store, case_id, "approve", timedelta(hours=1), "undeliverable")
        with any_store.writing() as session:
            for row in session.exec(select(RecipientRow).where(RecipientRow.case_id == case_id)):
                row.approved = False
                row.delivered_at = MONDAY + timedelta(hours=2) if row.address == delivered else None
                session.add(row)
        decide_case(any_store, case_id, "reject", timedelta(hours=3))
    assert weekly_figures(any_store, "2026-W46", "UTC").this.wrong_recipient == 1


def test_broken_glass_is_counted_until_it_is_reviewed(any_store: Store) -> None:
    """In the week in which it was broken; and as open in every week until somebody has reviewed it."""
    store = any_store
    ida = people.add_user(store, "ida", email="ida@operator.example", role=Role.OPS, password=None)
    vera = people.add_user(store, "vera", email="vera@operator.example", role=Role.SUPERVISOR, password=None)
    case_id = add_case(store, MONDAY, approvals_needed=2)
    why = "The ambulance service waits for these papers tonight."
    row = DecisionRow(case_id=case_id, user_id=ida.user_id, action="approve", reason=why, recipients=[], at=MONDAY)
    row.break_glass = True
    with store.writing() as session:
        session.add(row)
        session.flush()
        assert row.id is not None
        reviewed_at = MONDAY + timedelta(days=7, hours=1)
        session.add(
            AfterReviewRow(decision_id=row.id, user_id=vera.user_id, was_right=True, reason="it was", at=reviewed_at)
        )
    weeks = [weekly_figures(store, week, "UTC").this for week in ("2026-W46", "2026-W47")]
    assert [(w.broken_glass, w.approved, w.unreviewed) for w in weeks] == [(1, 1, 1), (0, 0, 0)]
