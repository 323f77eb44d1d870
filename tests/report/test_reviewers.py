"""Who decides, and whether they read."""

from datetime import UTC, datetime, timedelta

import pytest

from mailguard.core.settings import Settings
from mailguard.incidents.breaches.breach import BreachFacts, Origin
from mailguard.incidents.breaches.register import open_breach
from mailguard.report.figures import weekly_figures
from mailguard.report.health import SLOT
from mailguard.report.latency import step_of
from mailguard.report.parts import ENOUGH
from mailguard.store.store import Store
from mailguard.store.tables.figures import CountRow
from tests.support.case_rows import add_case, decide_case

MONDAY = datetime(2026, 11, 9, tzinfo=UTC)


def look(store: Store, case_id: str, at: datetime, by: str = "vera", act: str = "view") -> None:
    """An entry in the audit trail."""
    with store.writing() as session:
        store.audit.append(session, act, actor=by, at=at, case_id=case_id)


def test_approvals_without_reading(any_store: Store) -> None:
    """By the person's own first look: three seconds are enough; less, or another's look, is not."""
    hour = timedelta(hours=1)
    for seconds, by, action in ((10, "vera", "approve"), (3, "vera", "approve"), (2, "vera", "approve")):
        case_id = add_case(any_store, MONDAY)
        look(any_store, case_id, MONDAY + hour - timedelta(seconds=seconds), by)
        look(any_store, case_id, MONDAY + hour - timedelta(seconds=1), by)
        decide_case(any_store, case_id, action, hour, "released")
    other = add_case(any_store, MONDAY)
    look(any_store, other, MONDAY, "ville")
    decide_case(any_store, other, "approve", hour, "released")
    decide_case(any_store, add_case(any_store, MONDAY), "reject", hour)
    figures = weekly_figures(any_store, "2026-W46", "UTC")
    assert figures.this.unread == 2
    (vera,) = figures.deciders
    assert (vera.role, vera.approved, vera.rejected, vera.unread) == ("supervisor", 4, 1, 2)
    assert "vera" not in vera.pseudonym


def test_agreement_of_two_and_decisions_after_the_reminder(store: Store) -> None:
    """Of two cases that need two, one second word agrees; what was decided after the reminder is told apart."""
    for second in ("approve", "reject"):
        case_id = add_case(store, MONDAY, approvals_needed=2)
        decide_case(store, case_id, "approve", timedelta(minutes=5), "held")
        look(store, case_id, MONDAY + timedelta(minutes=30 if second == "approve" else 90), "guard", "reminder")
        decide_case(store, case_id, second, timedelta(hours=1), by="ville")
    this = weekly_figures(store, "2026-W46", "UTC").this
    assert (this.second_opinions, this.agreed, this.agreement) == (2, 1, 0.5)
    assert (this.decided, this.unreminded, this.unreminded_share, this.in_time_share) == (2, 1, 0.5, 1.0)


@pytest.mark.parametrize(("rejected", "proposed"), [(2, True), (3, False)])
def test_rule_that_holds_too_much_is_proposed(store: Store, rejected: int, proposed: bool) -> None:
    """Where 90 % of at least twenty decided cases were approved, over eight weeks; not where fewer were."""
    for n in range(ENOUGH):
        case_id = add_case(store, MONDAY - timedelta(weeks=n % 5), rules=("pin",))
        decide_case(store, case_id, "reject" if n < rejected else "approve", timedelta(hours=1))
    found = [(one.rule, one.decided, one.rejected) for one in weekly_figures(store, "2026-W46", "UTC").proposals]
    assert found == ([("pin", 20, 2)] if proposed else [])


def test_guard_and_breaches(store: Store) -> None:
    """Times by stage, life in slots of ten minutes, deadlines that run or have passed when the week ends."""
    with store.writing() as session:
        for milliseconds, count in ((4, 99), (800, 1)):
            for stage in ("judge", "added"):
                key = step_of(milliseconds)
                session.add(CountRow(day=MONDAY.date(), measure=f"stage.{stage}", key=key, count=count))
        session.add(CountRow(day=(MONDAY - timedelta(days=1)).date(), measure="alive", key="143", count=1))
        for slot in range(timedelta(days=1) // SLOT):
            session.add(CountRow(day=MONDAY.date(), measure="alive", key=str(slot), count=2))
        for hours in (1, 100):
            at = MONDAY + timedelta(days=7) - timedelta(hours=hours)
            facts = BreachFacts(title="x", aware_at=at, detected_at=at)
            open_breach(session, store, facts, origin=Origin.HAND, by="dpo", at=at)
    figures = weekly_figures(store, "2026-W46", "UTC", Settings())
    this = figures.this
    assert (this.added_p50, this.added_p99) == (0.005, 0.005)
    assert [(one.stage, one.p50, one.before_p50) for one in figures.stages] == [("judge", 0.005, None)]
    assert this.availability == pytest.approx(1 / 7)
    assert (this.breaches_opened, this.breaches_open, this.breaches_overdue) == (2, 2, 1)
    assert [one.overdue for one in figures.clocks] == [True, False]
