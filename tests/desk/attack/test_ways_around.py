"""Ways around what a person at the desk is asked before an act: other routes, other methods, a page's session."""

from collections.abc import Callable, Iterator

import pytest

from mailguard.cases.reading import read_case
from mailguard.core.case import CaseState
from mailguard.core.settings import DeskSettings, Settings
from mailguard.desk.application import make_desk
from mailguard.store.store import Store
from tests.conftest import TurnableClock
from tests.desk.conftest import URL, Browser, token_of
from tests.desk.held import hold_namesake

LogIn = Callable[[str], Browser]
REASON = "Checked with the customer by telephone."


@pytest.fixture
def asking(store: Store, users: None) -> Iterator[Browser]:
    """A supervisor at a desk that asks about the customer on record."""
    app = make_desk(store, Settings(desk=DeskSettings(public_url=URL)), now=store.clock)
    with Browser(app, base_url=URL) as browser:
        assert browser.log_in("sofia").status_code == 303
        yield browser


def test_a_pages_session_is_asked_at_the_api_too(store: Store, asking: Browser) -> None:
    """Who calls the API out of a page, with its cookie and token, answers the attention check as at the page."""
    case_id = hold_namesake(store)
    answer = asking.post(
        f"/api/v1/cases/{case_id}/decision",
        json={"action": "approve", "reason": REASON},
        headers={"x-csrf-token": token_of(asking.get("/"))},
    )
    assert (answer.status_code, "attention" in answer.json()) == (422, True)
    assert read_case(store, case_id).summary.state is CaseState.HELD


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/cases/{}/return", {"text": REASON}),
        ("/cases/{}/retry", {}),
        ("/cases/{}/after-review", {"was_right": "yes", "reason": REASON}),
        ("/cases/{}/break-glass", {"reason": REASON, "recipient": "0"}),
        ("/cases/bulk/reject", {"reason": REASON, "count": "1", "sure": "yes"}),
    ],
)
def test_every_act_on_the_highest_class_asks_who_one_is(
    store: Store, logged_in: LogIn, clock: TurnableClock, path: str, fields: dict[str, str]
) -> None:
    """Whichever form it is: a login that is not fresh is led to where one shows who one is, and nothing is decided."""
    case_id = hold_namesake(store, rule="bundle.account")
    browser = logged_in("sofia")
    clock.turn(minutes=16)
    answer = browser.submit(path.format(case_id), case=case_id, **fields)
    assert (answer.status_code, answer.headers.get("location")) == (303, "/login/again")
    assert read_case(store, case_id).summary.state is CaseState.HELD


@pytest.mark.parametrize("act", ["decision", "retry", "after-review"])
def test_the_api_asks_a_pages_session_who_one_is(
    store: Store, logged_in: LogIn, clock: TurnableClock, act: str
) -> None:
    """The same out of a page's session over the API, which a script with a token is not asked."""
    case_id = hold_namesake(store, rule="bundle.account")
    browser = logged_in("sofia")
    clock.turn(minutes=16)
    acts: dict[str, dict[str, object]] = {
        "decision": {"action": "reject"},
        "retry": {},
        "after-review": {"was_right": True},
    }
    said = acts[act]
    headers = {"x-csrf-token": token_of(browser.get("/"))}
    answer = browser.post(f"/api/v1/cases/{case_id}/{act}", json=said | {"reason": REASON}, headers=headers)
    assert answer.status_code == 403
    assert "/login/again" in answer.json()["detail"]


@pytest.mark.parametrize("header", ["x-http-method-override", "x-http-method", "x-method-override"])
def test_no_header_turns_one_method_into_another(store: Store, logged_in: LogIn, header: str) -> None:
    """A GET that calls itself a POST looks, and a field `_method` is a field."""
    case_id = hold_namesake(store)
    browser = logged_in("sofia")
    fields = {"csrf": token_of(browser.get("/")), "action": "reject", "reason": REASON, "_method": "POST"}
    for method in ("GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE"):
        path = f"/cases/{case_id}/decision"
        answer = browser.request(method, path, params=fields, headers={header: "POST"}, follow_redirects=False)
        assert answer.status_code == 405
    assert read_case(store, case_id).summary.state is CaseState.HELD


def test_a_cookie_from_before_the_login_is_worth_nothing(store: Store, logged_in: LogIn) -> None:
    """A session that somebody put into the browser beforehand is not the one that the login makes whole."""
    attacker = logged_in("olli")
    planted = attacker.cookies["mailguard"]
    victim = Browser(attacker.app, base_url=URL)
    victim.cookies.set("mailguard", planted, domain="desk.example", path="/")
    page = victim.get("/login", follow_redirects=False)
    assert page.status_code == 303, "whoever is logged in is told so, as whom they are"
    victim.cookies.clear()
    victim.log_in("sofia")
    assert victim.cookies["mailguard"] != planted
    assert "sofia" not in attacker.get("/account").text
