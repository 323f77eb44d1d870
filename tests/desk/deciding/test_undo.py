"""The undo button: there for as long as it helps, and then no more."""

from collections.abc import Callable

from mailguard.cases.reading import read_case
from mailguard.core.case import CaseState
from mailguard.store.store import Store
from tests.conftest import TurnableClock
from tests.desk.conftest import Browser
from tests.desk.held import hold_namesake

LogIn = Callable[[str], Browser]


def approve(browser: Browser, case_id: str) -> None:
    """For the first recipient, at the page."""
    fields = {"action": "approve", "recipient": "0", "answer": "1001", "attention": "1001"}
    assert browser.submit(f"/cases/{case_id}/decision", **fields).status_code == 303


def test_approved_at_a_page_and_taken_back(store: Store, logged_in: LogIn, clock: TurnableClock) -> None:
    """The sentence after it has the button, which works without a script, for everybody who may."""
    case_id, sofia, adam = hold_namesake(store), logged_in("sofia"), logged_in("adam")
    approve(sofia, case_id)
    page = sofia.get("/cases").text
    assert f'action="/cases/{case_id}/undo"' in page
    assert 'data-seconds="10"' in page
    assert f'action="/cases/{case_id}/undo"' in adam.get(f"/cases/{case_id}").text
    clock.turn(seconds=3)
    assert 'data-seconds="7"' in sofia.get(f"/cases/{case_id}").text
    answer = sofia.submit(f"/cases/{case_id}/undo")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/cases/{case_id}")
    page = sofia.get(f"/cases/{case_id}").text
    assert "held as before" in page
    assert '/undo"' not in page
    assert read_case(store, case_id).summary.state is CaseState.HELD


def test_too_late(store: Store, logged_in: LogIn, clock: TurnableClock) -> None:
    """The decision stands, the page says so and has no button."""
    case_id, sofia = hold_namesake(store), logged_in("sofia")
    approve(sofia, case_id)
    clock.turn(seconds=10)
    assert '/undo"' not in sofia.get(f"/cases/{case_id}").text
    sofia.submit(f"/cases/{case_id}/undo")
    assert "Too late" in sofia.get(f"/cases/{case_id}").text
    assert read_case(store, case_id).summary.state is CaseState.APPROVED


def test_not_the_senders(store: Store, logged_in: LogIn) -> None:
    """Who may not decide takes nothing back, and sees no button."""
    case_id, sofia = hold_namesake(store), logged_in("sofia")
    approve(sofia, case_id)
    for name in ("anna", "aino", "olli"):
        browser = logged_in(name)
        assert '/undo"' not in browser.get(f"/cases/{case_id}").text
        assert browser.submit(f"/cases/{case_id}/undo").status_code == 403
    assert read_case(store, case_id).summary.state is CaseState.APPROVED


def test_over_the_api_only_when_asked_for(
    store: Store, logged_in: LogIn, token: Callable[[str], dict[str, str]], clock: TurnableClock
) -> None:
    """A script's decision is final at once, as ever; with `undo_seconds` it can be taken back."""
    plain, soft, browser = hold_namesake(store), hold_namesake(store), logged_in("sofia")
    browser.cookies.clear()
    header = token("sofia")
    body = {"action": "approve", "reason": "right"}
    for case_id, more, status, state in ((plain, {}, 409, "approved"), (soft, {"undo_seconds": 30}, 200, "held")):
        path = f"/api/v1/cases/{case_id}"
        assert browser.post(f"{path}/decision", json=body | more, headers=header).status_code == 200
        clock.turn(seconds=9)
        assert browser.post(f"{path}/undo", headers=header).status_code == status
        assert browser.get(path, headers=header).json()["state"] == state
