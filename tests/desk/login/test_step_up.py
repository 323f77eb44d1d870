"""Step-up: a decision of the highest class asks who one is, and loses nothing of what was written."""

import html
import re
from collections.abc import Callable

import pytest

from mailguard.cases.reading import read_case
from mailguard.core.case import CaseState
from mailguard.core.secret import Secret
from mailguard.core.settings import DeskSettings, Settings
from mailguard.desk.application import make_desk
from mailguard.store.people.one_time_passwords import begin_totp, confirm_totp
from mailguard.store.store import Store
from tests.conftest import TurnableClock
from tests.desk.conftest import PASSPHRASE, URL, Browser, token_of
from tests.desk.held import hold_namesake, hold_unrelated
from tests.desk.login.test_second_factor import acts, code_of, person, second

REASON = 'Checked with "the customer" <by telephone> & noted.'
FORM = {"action": "reject", "reason": REASON, "recipient": ["0", "1"]}


@pytest.fixture
def grave(store: Store, users: None) -> str:
    """A held letter that opens an account."""
    return hold_namesake(store, rule="bundle.account")


def again(browser: Browser, **fields: str) -> str:
    """Show who one is; gives where that leads."""
    data = {"csrf": token_of(browser.get("/login/again"))} | fields
    answer = browser.post("/login/again", data=data, follow_redirects=False)
    return str(answer.headers.get("location", answer.status_code))


def onward(browser: Browser) -> tuple[str, list[tuple[str, str]]]:
    """Path and fields of the form that waited, as a browser reads them out of the page."""
    page = browser.get("/login/onward").text
    form = page[page.index('<section class="card login"') :]
    action = re.search(r'action="([^"]+)"', form)
    assert action
    fields = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form.partition("</form>")[0])
    return action[1], [(html.unescape(name), html.unescape(value)) for name, value in fields]


def test_a_fresh_login_decides_at_once(grave: str, logged_in: Callable[[str], Browser], store: Store) -> None:
    """Who logged in a moment ago is not asked again."""
    assert logged_in("sofia").submit(f"/cases/{grave}/decision", **FORM).headers["location"] != "/login/again"
    assert read_case(store, grave).summary.state is not CaseState.HELD


def test_a_decision_waits_until_its_person_is_sure(
    grave: str, logged_in: Callable[[str], Browser], store: Store, clock: TurnableClock
) -> None:
    """After sixteen minutes it is kept, sealed, nothing is decided, and with the password it goes on as it was."""
    browser = logged_in("sofia")
    clock.turn(minutes=16)
    answer = browser.submit(f"/cases/{grave}/decision", **FORM)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login/again")
    assert read_case(store, grave).summary.state is CaseState.HELD
    before = browser.cookies["mailguard"]
    assert again(browser, password="wrong") == "401"
    assert again(browser, password=PASSPHRASE) == "/login/onward"
    assert browser.cookies["mailguard"] != before
    path, fields = onward(browser)
    assert path == f"/cases/{grave}/decision"
    sent = [(name, value) for name, value in fields if name != "csrf"]
    assert sorted(sent) == sorted([("action", "reject"), ("reason", REASON), ("recipient", "0"), ("recipient", "1")])
    data = {"csrf": dict(fields)["csrf"], "action": "reject", "reason": REASON, "recipient": ["0", "1"]}
    done = browser.post(path, data=data, follow_redirects=False)
    assert done.headers["location"] != "/login/again"
    assert read_case(store, grave).summary.state is not CaseState.HELD


def test_other_cases_are_not_asked_for(
    users: None, logged_in: Callable[[str], Browser], store: Store, clock: TurnableClock
) -> None:
    """Only the highest class weighs so much; two approvals make a case one of it."""
    plain, quorum = hold_unrelated(store), hold_namesake(store, approvals=2)
    browser = logged_in("sofia")
    clock.turn(minutes=30)
    assert browser.submit(f"/cases/{plain}/decision", **FORM).headers["location"] != "/login/again"
    assert browser.submit(f"/cases/{quorum}/decision", **FORM).headers["location"] == "/login/again"


def test_whoever_has_an_app_shows_that(
    grave: str, logged_in: Callable[[str], Browser], store: Store, clock: TurnableClock
) -> None:
    """A stolen session with a known password does not get by the second factor."""
    secret: Secret = begin_totp(store, person(store, "sofia"))
    assert confirm_totp(store, person(store, "sofia"), code_of(secret, clock))
    clock.turn(minutes=1)
    browser = Browser(logged_in("adam").app, base_url=URL)
    browser.log_in("sofia")
    second(browser, code_of(secret, clock))
    clock.turn(minutes=20)
    assert browser.submit(f"/cases/{grave}/decision", **FORM).headers["location"] == "/login/again"
    assert "Password" not in browser.get("/login/again").text
    assert again(browser, password=PASSPHRASE) == "401"
    assert again(browser, code=code_of(secret, clock)) == "/login/onward"


def test_a_token_is_not_asked(
    grave: str, app: object, token: Callable[[str], dict[str, str]], store: Store, clock: TurnableClock
) -> None:
    """Scripts decide at once, as ever; a browser's session over the API is asked as a form is."""
    browser = Browser(app, base_url=URL)  # type: ignore[arg-type]
    browser.log_in("adam")
    csrf = token_of(browser.get("/cases"))
    clock.turn(hours=0, minutes=40)
    decision = {"action": "reject", "reason": "Ask the customer for the address first."}
    path = f"/api/v1/cases/{grave}/decision"
    refused = browser.post(path, json=decision, headers={"X-CSRF-Token": csrf})
    assert refused.status_code == 403
    assert "/login/again" in refused.json()["detail"]
    assert browser.post(path, json=decision, headers=token("sofia")).status_code == 200


def test_it_can_be_switched_off_or_be_short(grave: str, store: Store, clock: TurnableClock) -> None:
    """0 minutes: never; 1 minute: after one."""
    for minutes, asked in ((0, False), (1, True)):
        settings = Settings(desk=DeskSettings(public_url=URL, step_up_minutes=minutes))
        browser = Browser(make_desk(store, settings, now=store.clock), base_url=URL)
        browser.log_in("sofia")
        clock.turn(minutes=2)
        case_id = hold_namesake(store, rule="bundle.account")
        answer = browser.submit(f"/cases/{case_id}/decision", **FORM)
        assert (answer.headers["location"] == "/login/again") is asked


def test_what_is_parked_is_sealed_and_its_persons(
    grave: str, logged_in: Callable[[str], Browser], store: Store, clock: TurnableClock
) -> None:
    """It stands nowhere in clear, no other login finds it, and after a quarter of an hour it is gone."""
    browser, other = logged_in("sofia"), logged_in("adam")
    clock.turn(minutes=16)
    browser.submit(f"/cases/{grave}/decision", **FORM)
    with store.reading() as session:
        dump = "\n".join(session.connection().connection.driver_connection.iterdump())  # type: ignore[union-attr]
    assert "by telephone" not in dump
    assert other.get("/login/onward", follow_redirects=False).headers["location"] == "/cases"
    assert "by telephone" in browser.get("/login/onward").text
    clock.turn(minutes=16)
    assert browser.get("/login/onward", follow_redirects=False).headers["location"] == "/cases"


def test_guessing_at_the_page_is_guessing(
    grave: str, logged_in: Callable[[str], Browser], store: Store, clock: TurnableClock
) -> None:
    """Wrong passwords there lock the name as they do at the login, and are written down."""
    browser = logged_in("sofia")
    for _ in range(5):
        assert again(browser, password="wrong") == "401"
    assert again(browser, password=PASSPHRASE) == "401"
    assert acts(store)[-1] == "login failed"
    clock.turn(minutes=6)
    assert again(browser, password=PASSPHRASE) == "/login/onward"
