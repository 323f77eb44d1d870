"""What is counted of messages whose recipients have different fates, and of those that may come twice."""

from mailguard.app.observing import Observer
from mailguard.app.tally import Tally
from mailguard.report.figures import weekly_figures
from mailguard.report.measures import measures
from mailguard.store.store import Store
from tests.conftest import TurnableClock


def test_split_is_one_message_that_was_held(store: Store, clock: TurnableClock) -> None:
    """Seen once, held once, not passed; how many of the held others had at once stands beside them in the report."""
    observer = Observer(store, "UTC", clock)
    for tally in (
        Tally("held", True, {}, split=True),
        Tally("held", True, {}),
        Tally("passed", True, {}),
        Tally("deferred", False, {}, may_come_twice=True),
        Tally("deferred", False, {}),
    ):
        observer.observe(tally)
    observer.flush()
    this = weekly_figures(store, "2026-W47", "UTC").this
    assert (this.seen, this.held, this.split, this.passed) == (5, 2, 1, 1)
    assert (this.deferred, this.may_come_twice) == (2, 1)
    told = str(measures(weekly_figures(store, "2026-W47", "UTC")))
    assert "passed on at once to other recipients" in told
    assert "possibly delivered twice" in told
