"""Attacks on the login by a provider, against a real one: another's code, another issuer, another page, a lock."""

import httpx
import pytest

from mailguard.core.person import Role
from mailguard.store import people
from mailguard.store.store import Store
from tests.conftest import TurnableClock
from tests.desk.conftest import URL, Browser
from tests.desk.login.test_oidc import (  # noqa: F401 - fixtures
    PIA,
    Desk,
    clock,
    come_back,
    desk,
    log_in,
    provider,
    set_off,
    whys,
)
from tests.desk.login.test_second_factor import person
from tests.support.oidc import OidcProvider

EVE = {"preferred_username": "eve", "email": "eve@operator.example", "email_verified": True, "groups": ["reviewers"]}


def parameters(back: str) -> httpx.QueryParams:
    """State and code of a way back."""
    return httpx.URL(back).params


def nobody(browser: Browser) -> bool:
    """Whether nobody is logged in there."""
    answer: httpx.Response = browser.get("/cases", follow_redirects=False)
    return answer.status_code == 303


def test_anothers_code_in_ones_own_way(desk: Desk, provider: OidcProvider, store: Store) -> None:  # noqa: F811
    """A stolen code is good for nothing in another browser, whose state and cookie are right (code injection)."""
    provider.put_user("s-1", **PIA)
    provider.put_user("s-8", **EVE)
    victim, thief = desk(), desk()
    stolen = parameters(provider.log_in(set_off(victim), "s-1"))["code"]
    own = parameters(provider.log_in(set_off(thief), "s-8"))
    answer = come_back(thief, f"{URL}/login/oidc/back?state={own['state']}&code={stolen}")
    assert answer.status_code == 502
    assert nobody(thief)
    assert "pia" not in [one.name for one in people.people(store)]


def test_a_code_counts_once(desk: Desk, provider: OidcProvider) -> None:  # noqa: F811
    """Nor again in the same browser on a way that was begun anew."""
    provider.put_user("s-1", **PIA)
    browser = desk()
    code = parameters(provider.log_in(set_off(browser), "s-1"))["code"]
    state = httpx.URL(set_off(browser)).params["state"]
    first = come_back(browser, f"{URL}/login/oidc/back?state={state}&code={code}")
    assert first.status_code == 502, "the code was bound to the verifier of the first way"
    assert nobody(browser)


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://evil.example"},
        {"state": ""},
        {"state": "x"},
        {"code": ""},
        {"code": "x" * 5000},
        {"error": "access_denied"},
        {"state": "\u0661", "code": "\u0662"},
    ],
)
def test_an_answer_that_is_not_ours(desk: Desk, provider: OidcProvider, change: dict[str, str]) -> None:  # noqa: F811
    """Of another issuer (mix-up), without state or code, with an error beside the code: nobody is logged in."""
    provider.put_user("s-1", **PIA)
    browser = desk()
    given = dict(parameters(provider.log_in(set_off(browser), "s-1"))) | change
    answer = browser.get("/login/oidc/back", params=given, follow_redirects=False)
    assert answer.status_code in (400, 403, 422, 502)
    assert nobody(browser)


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example",
        "/\\evil.example",
        "/%5cevil.example",
        "https://evil.example",
        "/cases//evil.example",
        "/cases/../..//evil.example",
        "/cases\r\nLocation: https://evil.example",
        "/cases/@evil.example:x",
        "javascript:alert(1)",
        "/login/oidc",
        "/logout",
        "/casesevil.example",
    ],
)
def test_the_way_back_leads_to_us(desk: Desk, provider: OidcProvider, wanted: str) -> None:  # noqa: F811
    """Wherever a link wanted to lead after the login."""
    provider.put_user("s-1", **PIA)
    browser = desk()
    back = provider.log_in(set_off(browser, f"?{httpx.QueryParams(next=wanted)}"), "s-1")
    answer = come_back(browser, back)
    assert (answer.status_code, answer.headers["location"]) == (303, "/cases")


def test_locked_while_at_the_provider(desk: Desk, provider: OidcProvider, store: Store) -> None:  # noqa: F811
    """Who is locked here between the button and the way back stays out, and so does what was open before."""
    provider.put_user("s-1", **PIA)
    browser, other = desk(), desk()
    log_in(other, provider, "s-1")
    back = provider.log_in(set_off(browser), "s-1")
    people.disable_user(store, "pia")
    assert come_back(browser, back).status_code == 403
    assert nobody(browser)
    assert nobody(other)
    assert whys(store) == ["disabled"]


def test_a_lost_group_where_others_are_senders(desk: Desk, provider: OidcProvider, store: Store) -> None:  # noqa: F811
    """The login goes on for one's own mail; in every other window the reviewer's pages are closed at once."""
    provider.put_user("s-1", **PIA)
    earlier, later = desk(others="sender"), desk(others="sender")
    log_in(earlier, provider, "s-1")
    assert earlier.get("/cases").status_code == 200
    provider.put_user("s-1", **(PIA | {"groups": []}))
    assert log_in(later, provider, "s-1").headers["location"] == "/mine"
    assert person(store, "pia").role is Role.SENDER
    assert earlier.get("/cases").status_code == 403


def test_another_person_does_not_freshen_a_login(
    desk: Desk,  # noqa: F811
    provider: OidcProvider,  # noqa: F811
    store: Store,
    clock: TurnableClock,  # noqa: F811
) -> None:
    """Who is asked again who they are, and shows that they are somebody else, is as stale as before, and still pia."""
    provider.put_user("s-1", **PIA)
    provider.put_user("s-8", **EVE)
    browser = desk()
    log_in(browser, provider, "s-1")
    cookie = browser.cookies["mailguard"]
    answer = log_in(browser, provider, "s-8", "?again=yes")
    assert answer.status_code == 403
    assert browser.cookies["mailguard"] == cookie
    assert "eve" not in [one.name for one in people.people(store)]
