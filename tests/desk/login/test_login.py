"""Logging in and out, and what resists guessing."""

from collections.abc import Callable

import httpx
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from mailguard.core.settings import DeskSettings, Settings
from mailguard.desk.application import make_desk
from mailguard.desk.login.entering import own_page
from mailguard.store.store import Store
from tests.conftest import TurnableClock
from tests.desk.conftest import PASSPHRASE, URL, Browser, token_of
from tests.desk.own_scripts import without_own


def test_login_leads_to_the_queue(browser: Browser) -> None:
    """A right name and password open the queue, and the cookie is out of reach of scripts and other sites."""
    answer = browser.log_in("sofia")
    assert (answer.status_code, answer.headers["location"]) == (303, "/cases")
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("mailguard="))
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "sofia" in browser.get("/cases").text


def test_https_cookie_is_bound_to_host_and_tls(store: Store, users: None) -> None:
    """With an https address the cookie is Secure and has the __Host- prefix, and HSTS is set."""
    app = make_desk(store, Settings(desk=DeskSettings(public_url="https://desk.example")), now=store.clock)
    client = Browser(app, base_url="https://desk.example")
    answer = client.log_in("sofia")
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("__Host-mailguard="))
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie
    assert "strict-transport-security" in answer.headers


def test_wrong_password_says_not_what_was_wrong(browser: Browser) -> None:
    """An unknown name and a wrong password get the same answer, and the password is not shown again."""
    known, unknown = browser.log_in("sofia", "wrong-one-4711"), browser.log_in("nobody", "wrong-one-4711")
    assert known.status_code == unknown.status_code == 401
    assert known.text.replace("sofia", "nobody") == unknown.text
    assert "4711" not in known.text


def test_many_guesses_from_one_place_are_stopped(browser: Browser, clock: TurnableClock) -> None:
    """After twenty failures from one address nobody logs in from there for five minutes, right password or not."""
    for number in range(20):
        assert browser.log_in(f"nobody{number}", "x").status_code == 401
    stopped = browser.log_in("sofia")
    assert stopped.status_code == 429
    assert stopped.headers["retry-after"]
    clock.turn(minutes=6)
    assert browser.log_in("sofia").status_code == 303


def test_nobody_is_kept_out_by_strangers(app: FastAPI, browser: Browser) -> None:
    """Five wrong guesses at a name lock it where they came from, behind a proxy too, and nowhere else."""
    stranger = Browser(
        app, base_url="http://desk.example", client=("127.0.0.1", 9), headers={"X-Forwarded-For": "9.9.9.9"}
    )
    for _ in range(5):
        assert stranger.log_in("sofia", "wrong").status_code == 401
    assert stranger.log_in("sofia").status_code == 401
    assert browser.log_in("sofia").status_code == 303


def test_session_is_new_at_every_login(browser: Browser) -> None:
    """A cookie from before the login is worth nothing after it, so none can be planted."""
    browser.log_in("sofia")
    old = browser.cookies["mailguard"]
    token = token_of(browser.get("/cases"))
    login = browser.cookies.get("mailguard-login") or ""
    assert not login
    browser.cookies.set("mailguard-login", "known", domain="desk.example")
    browser.post("/login", data={"name": "adam", "password": PASSPHRASE, "csrf": "known"}, follow_redirects=False)
    assert browser.cookies["mailguard"] != old
    assert token_of(browser.get("/cases")) != token
    browser.cookies.clear()
    browser.cookies.set("mailguard", old)
    assert browser.get("/cases", follow_redirects=False).status_code == 303


def test_login_from_another_site_is_refused(browser: Browser) -> None:
    """A login form of another site cannot log the browser in as somebody else."""
    browser.get("/login")
    fields = {"name": "sofia", "password": PASSPHRASE, "csrf": "guessed"}
    assert browser.post("/login", data=fields, follow_redirects=False).status_code == 403
    right = fields | {"csrf": token_of(browser.get("/login"))}
    foreign = {"Origin": "https://evil.example"}
    assert browser.post("/login", data=right, headers=foreign, follow_redirects=False).status_code == 403


@pytest.mark.parametrize(
    "wanted",
    ["//evil.example", "https://evil.example", "/\\evil.example", "/cases//evil.example", "/logout", "/cases\r\nX: y"],
)
def test_login_leads_nowhere_else(wanted: str) -> None:
    """The page after the login is one of ours, whatever the link said."""
    assert own_page(wanted) == "/cases"


def test_login_leads_back_to_the_case(browser: Browser) -> None:
    """Who follows a link from a letter lands on that case after the login."""
    answer = browser.get("/cases/MG-7K4M-92QT?x=1", follow_redirects=False)
    assert answer.headers["location"] == "/login?next=/cases/MG-7K4M-92QT%3Fx%3D1"
    assert 'value="/cases/MG-7K4M-92QT?x=1"' in browser.get(answer.headers["location"]).text


def test_link_from_web_mail_finds_the_session(logged_in: Callable[[str], Browser], browser: Browser) -> None:
    """A strict cookie stays at home when another site links here: the page asks once more, from our own site."""
    first = browser.get("/cases", headers={"Sec-Fetch-Site": "cross-site"}, follow_redirects=False)
    assert (first.status_code, first.headers["refresh"]) == (200, "0")
    second = browser.get("/cases", headers={"Sec-Fetch-Site": "same-origin"}, follow_redirects=False)
    assert second.headers["location"] == "/login?next=/cases"


def test_logout_ends_the_session(logged_in: Callable[[str], Browser]) -> None:
    """After logging out the cookie is worth nothing, even to somebody who kept it."""
    browser = logged_in("sofia")
    kept = browser.cookies["mailguard"]
    assert browser.submit("/logout").status_code == 303
    browser.cookies.set("mailguard", kept, domain="desk.example")
    assert browser.get("/cases", follow_redirects=False).status_code == 303


def test_logout_needs_the_form(logged_in: Callable[[str], Browser]) -> None:
    """A link or a form without the token logs nobody out."""
    browser = logged_in("sofia")
    assert browser.get("/logout", follow_redirects=False).status_code == 405
    assert browser.post("/logout", follow_redirects=False).status_code == 403
    assert browser.get("/cases", follow_redirects=False).status_code == 200


def test_session_ends_when_idle(logged_in: Callable[[str], Browser], clock: TurnableClock) -> None:
    """After session_minutes without a click the desk asks to log in again, and a late form does nothing."""
    browser = logged_in("sofia")
    token = token_of(browser.get("/cases"))
    clock.turn(minutes=61)
    late = browser.post("/cases/MG-7K4M-92QT/decision", data={"csrf": token}, follow_redirects=False)
    assert (late.status_code, late.headers["location"]) == (303, "/login")
    assert "Nothing was changed" in browser.get("/login").text


def test_hostile_name_is_escaped(browser: Browser) -> None:
    """What was typed as a name comes back as text only."""
    answer = browser.log_in('"><script>alert(1)</script>', "x")
    assert "<script" not in without_own(answer.text)


def test_host_header_is_not_believed(app: object) -> None:
    """A forged Host header is in no link and no redirect."""
    client = TestClient(app, base_url="http://evil.example")  # type: ignore[arg-type]
    answer = client.get("/cases", follow_redirects=False)
    assert answer.headers["location"].startswith("/login")
    assert "evil.example" not in client.get("/login").text


@pytest.mark.parametrize("path", ["/cases/", "/login/", "/static", "/api/v1/cases/", "//evil.example/cases/"])
def test_host_header_leads_nowhere(browser: Browser, path: str) -> None:
    """No answer sends a browser to a host that the request itself has named."""
    answer = browser.get(path, headers={"Host": "evil.example"}, follow_redirects=False)
    assert "evil.example" not in answer.headers.get("location", "")


def test_a_proxy_on_another_machine_tells_who_guesses(store: Store, users: None) -> None:
    """Behind a configured proxy one stranger's failures are that stranger's; from elsewhere nobody is believed."""
    settings = Settings(desk=DeskSettings(public_url=URL, proxies=["192.0.2.0/28"]))
    app = make_desk(store, settings, now=store.clock)

    def guess(peer: str, forwarded: str) -> int:
        client = Browser(app, base_url=URL, client=(peer, 4000), headers={"x-forwarded-for": forwarded})
        return client.log_in("sofia", "wrong").status_code

    for _ in range(20):
        assert guess("192.0.2.11", "198.51.100.7") == 401
    assert guess("192.0.2.11", "198.51.100.7") == 429
    assert guess("192.0.2.11", "10.9.9.9, 198.51.100.7") == 429
    assert guess("192.0.2.11", "198.51.100.8") == 401
    for number in range(20):
        assert guess("203.0.113.5", f"198.51.100.{100 + number}") == 401
    assert guess("203.0.113.5", "198.51.100.99") == 429


@pytest.mark.parametrize(
    "forged",
    [
        lambda n: [("x-forwarded-for", f"10.0.0.{n}"), ("x-forwarded-for", "198.51.100.7")],
        lambda n: [("x-forwarded-for", f"10.0.0.{n}, 198.51.100.7:{4000 + n}")],
        lambda n: [("x-forwarded-for", f"2001:db8::{n + 1:x}")],
        lambda n: [("x-forwarded-for", f"[2001:db8::{n + 1:x}]:{4000 + n}")],
        lambda n: [("x-forwarded-for", f"::ffff:198.51.100.7, ::ffff:198.51.100.7, {'10.0.0.1, ' * n}198.51.100.7")],
    ],
)
def test_no_guesser_is_many(app: object, forged: Callable[[int], list[tuple[str, str]]]) -> None:
    """A line of one's own before the proxy's, a port behind the address, another address of the same /64: one place."""
    for number in range(21):
        headers = httpx.Headers(forged(number))
        stranger = Browser(app, base_url=URL, client=("127.0.0.1", 9), headers=headers)  # type: ignore[arg-type]
        status = stranger.log_in("sofia", "wrong").status_code
    assert status == 429
