"""A made-up case at the pages: like any other until it is decided, and then said kindly."""

import random
from collections.abc import Callable

from mailguard.app.wiring import load_rules
from mailguard.cases.reading import read_case
from mailguard.cases.seeding.seed import seed
from mailguard.core.case import CaseState
from mailguard.core.settings import Settings
from mailguard.store.store import Store
from tests.desk.conftest import Browser


def test_nothing_tells_a_made_up_case_before_it_is_decided(store: Store, logged_in: Callable[[str], Browser]) -> None:
    """Neither list nor page gives it away; whoever approves it is told that it was a test, and nothing has left."""
    settings = Settings()
    case_id = seed(store, settings, load_rules(settings, prove=False), "en", random.Random(5))
    sofia = logged_in("sofia")
    for path in ("/cases", f"/cases/{case_id}", f"/api/v1/cases/{case_id}"):
        page = sofia.get(path).text
        assert case_id in page
        for hint in ("no longer on record", "seeded", "made-up", "made up", "test letter", "automatic"):
            assert hint not in page.lower(), (path, hint)
    asked = sofia.submit(f"/cases/{case_id}/remarks", kind="question", text="Is this the right one?")
    assert asked.status_code == 303
    answer = sofia.submit(f"/cases/{case_id}/decision", action="approve", everyone="yes")
    assert answer.status_code == 303
    assert "made-up test letter" in sofia.get(answer.headers["location"]).text
    assert read_case(store, case_id).summary.state is CaseState.WITHDRAWN
