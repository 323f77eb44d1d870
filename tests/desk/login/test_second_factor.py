"""The second factor at the login: it opens what the password alone does not, and it can be set up and lost."""

import re
from collections.abc import Callable
from datetime import timedelta

import httpx
import pyotp
import pytest
from fastapi import FastAPI
from sqlmodel import col, select

from mailguard.core.person import Person
from mailguard.core.secret import Secret
from mailguard.core.settings import DeskSettings, Settings
from mailguard.desk.application import make_desk
from mailguard.store import people
from mailguard.store.people.one_time_passwords import begin_totp, confirm_totp
from mailguard.store.people.recovery_codes import new_recovery_codes
from mailguard.store.store import Store
from mailguard.store.tables.audit import AuditRow
from tests.conftest import TurnableClock
from tests.desk.conftest import URL, Browser, token_of


def code_of(secret: Secret, clock: TurnableClock, steps: int = 0) -> str:
    """What the telephone shows."""
    return pyotp.TOTP(secret.reveal()).at(clock.now + timedelta(seconds=30 * steps))


def person(store: Store, name: str) -> Person:
    """A user by name."""
    return next(one for one in people.people(store) if one.name == name)


@pytest.fixture
def secret(store: Store, users: None, clock: TurnableClock) -> Secret:
    """sofia has an authenticator app."""
    made = begin_totp(store, person(store, "sofia"))
    assert confirm_totp(store, person(store, "sofia"), code_of(made, clock))
    clock.turn(seconds=60)
    return made


@pytest.fixture
def strict(store: Store, users: None) -> Browser:
    """A desk where who decides must have a second factor."""
    settings = Settings(desk=DeskSettings(public_url=URL, second_factor="required"))
    return Browser(make_desk(store, settings, now=store.clock), base_url=URL)


def second(browser: Browser, code: str, path: str = "/login/second") -> httpx.Response:
    """Type a code into the page that asks for it."""
    fields = {"csrf": token_of(browser.get("/login/second")), "code": code}
    answer: httpx.Response = browser.post(path, data=fields, follow_redirects=False)
    return answer


def acts(store: Store) -> list[str]:
    """What stands in the audit trail."""
    with store.reading() as session:
        return [row.act for row in session.exec(select(AuditRow).order_by(col(AuditRow.seq)))]


def test_the_password_alone_opens_nothing(secret: Secret, browser: Browser, clock: TurnableClock, store: Store) -> None:
    """Until the code has come, every page leads to where it is asked for, forms do nothing, and the API says 401."""
    answer = browser.log_in("sofia", path="/login?next=/cases")
    assert answer.headers["location"] == "/login/second?next=/cases"
    half = browser.cookies["mailguard"]
    for path in ("/cases", "/account", "/account/second", "/account/second/code.svg", "/login/again", "/register"):
        assert browser.get(path, follow_redirects=False).headers["location"].startswith("/login"), path
    assert browser.get("/login?next=/register", follow_redirects=False).headers["location"].startswith("/login/second")
    assert browser.get("/api/v1/cases").status_code == 401
    token = token_of(browser.get("/login/second"))
    for path in (
        "/account/second/totp",
        "/account/totp/remove",
        "/account/sessions/end",
        "/cases/MG-7K4M-92QT/decision",
    ):
        assert browser.post(path, data={"csrf": token}, follow_redirects=False).headers["location"] == "/login", path
    done = second(browser, code_of(secret, clock))
    assert (done.status_code, done.headers["location"]) == (303, "/cases")
    assert browser.cookies["mailguard"] != half
    assert browser.get("/cases").status_code == 200
    browser.cookies.set("mailguard", half, domain="desk.example")
    assert browser.get("/cases", follow_redirects=False).status_code == 303
    assert acts(store)[-2:] == ["login", "second factor passed"]


def test_a_wrong_code_opens_nothing_and_is_written_down(secret: Secret, browser: Browser, store: Store) -> None:
    """It is answered with the page again, and what was typed is not shown."""
    browser.log_in("sofia")
    answer = second(browser, "123457")
    assert answer.status_code == 401
    assert "123457" not in answer.text
    assert browser.get("/cases", follow_redirects=False).status_code == 303
    assert acts(store)[-1] == "second factor failed"


def test_codes_resist_guessing(secret: Secret, browser: Browser, clock: TurnableClock) -> None:
    """After five wrong ones the right one is worth nothing for five minutes, whoever logs in with the password anew."""
    browser.log_in("sofia")
    for _ in range(5):
        assert second(browser, "000000").status_code == 401
    browser.cookies.clear()
    browser.log_in("sofia")
    assert second(browser, code_of(secret, clock)).status_code == 401
    clock.turn(minutes=6)
    browser.cookies.clear()
    browser.log_in("sofia")
    assert second(browser, code_of(secret, clock)).status_code == 303


def test_many_guesses_from_one_place_are_stopped(secret: Secret, browser: Browser) -> None:
    """Codes count among the twenty failures that one address may have in five minutes."""
    browser.log_in("sofia")
    codes = [second(browser, "ABCD-EFGH-JKMN-PQRS").status_code for _ in range(21)]
    assert codes[-1] == 429
    assert set(codes[:20]) == {401}


def test_a_recovery_code_opens_the_desk_once(secret: Secret, browser: Browser, store: Store) -> None:
    """In the place of the lost telephone; the same code again opens nothing."""
    codes = new_recovery_codes(store, person(store, "sofia"))
    browser.log_in("sofia")
    assert second(browser, codes[0]).status_code == 303
    assert "9 are left" in browser.get("/account").text
    browser.submit("/logout")
    browser.log_in("sofia")
    assert second(browser, codes[0]).status_code == 401


def test_the_code_needs_the_form_of_this_browser(secret: Secret, browser: Browser, clock: TurnableClock) -> None:
    """Another site cannot send the code, and without the session of the password it is worth nothing."""
    browser.log_in("sofia")
    right = {"csrf": "guessed", "code": code_of(secret, clock)}
    assert browser.post("/login/second", data=right).status_code == 403
    token = token_of(browser.get("/login/second"))
    foreign = {"Origin": "https://evil.example"}
    assert browser.post("/login/second", data=right | {"csrf": token}, headers=foreign).status_code == 403
    browser.cookies.clear()
    assert browser.post("/login/second", data=right, follow_redirects=False).headers["location"] == "/login"


def test_setting_up_an_app(logged_in: Callable[[str], Browser], clock: TurnableClock, store: Store) -> None:
    """A picture and a key are shown until the first right code; then ten recovery codes, once; nothing is cached."""
    browser = logged_in("sofia")
    assert browser.submit("/account/second/totp").headers["location"] == "/account/second"
    page = browser.get("/account/second")
    key = re.search(r'<code class="key">([A-Z2-7 ]+)</code>', page.text)
    assert key
    picture = browser.get("/account/second/code.svg")
    assert (picture.headers["content-type"], picture.headers["cache-control"]) == ("image/svg+xml", "no-store")
    assert b"<script" not in picture.content
    assert key[1].replace(" ", "").encode() not in picture.content
    assert browser.submit("/account/second/confirm", code="000000").status_code == 401
    right = code_of(Secret(key[1].replace(" ", "")), clock)
    answer = browser.submit("/account/second/confirm", code=right)
    codes = re.findall(r"<li><code>([0-9A-Z-]{19})</code></li>", answer.text)
    assert len(codes) == 10
    assert answer.headers["cache-control"] == "no-store"
    assert browser.get("/account/second/code.svg").status_code == 404
    assert key[1] not in browser.get("/account/second").text
    assert codes[0] not in browser.get("/account").text
    with store.reading() as session:
        trail = str([(row.act, row.details) for row in session.exec(select(AuditRow))])
    assert "second factor enrolled" in trail
    assert key[1].replace(" ", "") not in trail


def test_where_it_is_required_it_is_set_up_first(strict: Browser, clock: TurnableClock) -> None:
    """Who decides and has none sees no page but the one that sets it up; afterwards the login is whole and new."""
    assert strict.log_in("sofia").headers["location"].startswith("/login/second")
    assert strict.get("/cases").url.path == "/account/second"
    half = strict.cookies["mailguard"]
    token = token_of(strict.get("/account/second"))
    assert strict.post("/account/totp/remove", data={"csrf": token}, follow_redirects=False).status_code == 303
    strict.post("/account/second/totp", data={"csrf": token})
    page = strict.get("/account/second")
    key = re.search(r'<code class="key">([A-Z2-7 ]+)</code>', page.text)
    assert key
    code = code_of(Secret(key[1].replace(" ", "")), clock)
    done = strict.post("/account/second/confirm", data={"csrf": token, "code": code})
    assert "Keep these recovery codes" in done.text
    assert strict.cookies["mailguard"] != half
    assert strict.get("/cases").url.path == "/cases"
    last = strict.submit("/account/totp/remove")
    assert last.status_code == 422
    assert "needs a second factor" in last.text


def test_where_it_is_required_others_need_none(strict: Browser) -> None:
    """Ops and auditors decide nothing, and are asked for nothing."""
    assert strict.log_in("olli").headers["location"] == "/cases"


def test_half_a_login_sets_up_nothing_beside_what_it_has_to_show(secret: Secret, strict: Browser, store: Store) -> None:
    """Whoever has the password of somebody with an app cannot add a passkey or an app of their own."""
    assert strict.log_in("sofia").headers["location"].startswith("/login/second")
    token = token_of(strict.get("/login/second"))
    for path in ("totp", "confirm", "passkey", "recovery"):
        answer = strict.post(f"/account/second/{path}", data={"csrf": token}, follow_redirects=False)
        assert answer.headers["location"] == "/login", path


def test_mail_programs_and_scripts_go_on(secret: Secret, app: FastAPI, token: Callable[[str], dict[str, str]]) -> None:
    """An API token is a factor of its own: no second one is asked of scripts."""
    browser = Browser(app, base_url=URL)
    assert browser.get("/api/v1/cases", headers=token("sofia")).status_code == 200
