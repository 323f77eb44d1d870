"""The door of every route: who is not logged in, whose token it is not, whose role or team it is not."""

import re

import httpx
import pytest

from mailguard.core.person import Role
from mailguard.desk.rights import RIGHTS, may
from mailguard.store import people
from tests.conftest import TurnableClock
from tests.desk.conftest import URL, Browser
from tests.desk.who.house import PARTNER, PEOPLE, SALES, SUPPORT, House, Watch, csrf_of, enter, routes_with_login

CHANGING = ("POST", "PUT", "PATCH", "DELETE")
Odd = list[tuple[str, str, object]]
"""Method and path of a route that did something else than it should, and what."""


def is_call(path: str) -> bool:
    """Whether it is a part of the API."""
    return path.startswith("/api/")


def send(browser: Browser, method: str, where: str, csrf: str | None = None, **headers: str) -> httpx.Response:
    """Call a route as a script or a form would, with nothing but the token."""
    answer: httpx.Response
    if method == "GET":
        answer = browser.get(where, headers=headers, follow_redirects=False)
    elif is_call(where):
        headers |= {} if csrf is None else {"X-CSRF-Token": csrf}
        answer = browser.request(method, where, json={}, headers=headers, follow_redirects=False)
    else:
        data = {} if csrf is None else {"csrf": csrf}
        answer = browser.request(method, where, data=data, headers=headers, follow_redirects=False)
    return answer


def test_nobody_gets_in(house: House) -> None:
    """Without login, with a session that is over, with the token of somebody who was shut out: no route answers."""
    stale, clock = enter(house.app, "adam"), house.store.clock
    people.add_user(house.store, "gone", email="gone@operator.example", role=Role.ADMIN, password=None)
    token = people.issue_token(house.store, "gone")
    people.disable_user(house.store, "gone")
    assert isinstance(clock, TurnableClock)
    clock.turn(minutes=61)
    watch, odd = Watch(house.store), Odd()
    shut_out = Browser(house.app, base_url=URL, headers={"Authorization": f"Bearer {token}"})
    for method, path in routes_with_login("GET", *CHANGING):
        for browser in (Browser(house.app, base_url=URL), stale, shut_out):
            answer = send(browser, method, house.fill(path))
            leads_to_login = answer.headers.get("location", "").startswith("/login")
            if answer.status_code != (401 if is_call(path) else 303) or leads_to_login == is_call(path):
                odd.append((method, path, answer.status_code))
    clock.turn(minutes=-61)
    assert odd == []
    assert watch.written() == set()


@pytest.mark.parametrize("name", ["silja", "otto"])
def test_no_form_without_its_token(house: House, name: str) -> None:
    """No token, somebody else's, or a form of another site: nothing is done by any route that changes something."""
    browser, odd, other = enter(house.app, name), Odd(), csrf_of(enter(house.app, "adam"))
    own, watch = csrf_of(browser), Watch(house.store)
    for method, path in routes_with_login(*CHANGING):
        where = house.fill(path)
        answers = (
            send(browser, method, where),
            send(browser, method, where, other),
            send(browser, method, where, own, **{"Sec-Fetch-Site": "cross-site"}),
            send(browser, method, where, own, Origin="https://evil.example"),
        )
        odd += [(method, path, answer.status_code) for answer in answers if answer.status_code not in {403, 404}]
    assert odd == []
    assert watch.written() == set()


@pytest.mark.parametrize("name", PEOPLE)
def test_what_the_table_refuses_is_refused(house: House, name: str) -> None:
    """Every route asks the table: what is not for the role, or not for members of a team, is a 403."""
    browser, person, odd = enter(house.app, name), house.people[name], Odd()
    token, watch = csrf_of(browser), Watch(house.store)
    for method, path in routes_with_login("GET", *CHANGING):
        if may(person, f"{method} {path}"):
            continue
        answer = send(browser, method, house.fill(path), token)
        if answer.status_code != 403:
            odd.append((method, path, answer.status_code))
        if method == "GET" and browser.head(house.fill(path)).status_code not in {403, 405}:
            odd.append(("HEAD", path, "open"))
    assert odd == []
    assert watch.written() == set()


@pytest.mark.parametrize("name", ["sven", "oskar", "aulis", "paula", "otto"])
def test_other_teams_cases_are_not_found(house: House, name: str) -> None:
    """On every route with a case: one of another team, one of no team and one that never was are the same answer."""
    browser, person, odd = enter(house.app, name), house.people[name], Odd()
    token, watch = csrf_of(browser), Watch(house.store)
    foreign = SALES if person.teams in ({SUPPORT}, {PARTNER}) else SUPPORT
    for method, path in routes_with_login("GET", *CHANGING):
        if "{case_id}" not in path or not may(person, f"{method} {path}"):
            continue
        paths = [house.fill(path, foreign), house.fill(path, "")]
        paths.append(re.sub(r"MG-\w{4}-\w{4}", "MG-0000-0000", paths[0]))
        answers = [send(browser, method, where, token) for where in paths]
        said = {(answer.status_code, re.sub(r"MG-\w{4}-\w{4}", "", answer.text)) for answer in answers}
        if {status for status, _ in said} != {404} or len(said) > 1:
            odd.append((method, path, [answer.status_code for answer in answers]))
    assert odd == []
    assert watch.written() == set()


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("sven", {SALES}),
        ("silja", {SALES, SUPPORT}),
        ("paula", {PARTNER}),
        ("aulis", {SUPPORT}),
        ("sofia", {SALES, SUPPORT, PARTNER, ""}),
        ("aino", {SALES, SUPPORT, PARTNER, ""}),
    ],
)
def test_lists_and_searches_hint_at_nothing(house: House, name: str, seen: set[str]) -> None:
    """Queue and API name only the cases of one's teams, whatever is searched for, a case's number too."""
    browser = enter(house.app, name)
    for query in ("", "Mikko", "1001", *house.cases.values(), "otto@sales.example", "ben@partner.example"):
        for where in ("/cases", "/api/v1/cases"):
            text = browser.get(where, params={"q": query, "state": "held"}).text
            found = {team for team, case in house.cases.items() if f"/cases/{case}" in text or f'"id":"{case}"' in text}
            assert found <= seen, (query, where)
            assert query or found == seen, where
    # A number that another page ended with: of a case that is not seen it marks no place.
    for team, case in house.cases.items():
        page = browser.get("/api/v1/cases", params={"after": case}).json()
        never = browser.get("/api/v1/cases", params={"after": "MG-0000-0000"}).json()
        assert team in seen or page == never


def test_other_methods_do_nothing(house: House) -> None:
    """GET and HEAD on what only takes forms, and a form on what is only read: there is no such route."""
    browser, odd = enter(house.app, "adam"), Odd()
    token, watch = csrf_of(browser), Watch(house.store)
    for method, path in routes_with_login(*CHANGING):
        where = house.fill(path)
        if not _is_one("GET", where):
            answers = browser.get(where, follow_redirects=False), browser.head(where, follow_redirects=False)
            odd += [(method, path, answer.status_code) for answer in answers if answer.status_code not in {404, 405}]
    for method, path in routes_with_login("GET"):
        where = house.fill(path)
        if not _is_one("POST", where):
            answer = send(browser, "POST", where, token)
            odd += [(method, path, answer.status_code)] if answer.status_code not in {404, 405, 422} else []
    assert odd == []
    assert watch.written() == set()


def _is_one(method: str, where: str) -> bool:
    """Whether the table has such a route, perhaps with something in braces for a part of the path."""
    routes = (route.split(" ") for route in RIGHTS)
    return any(method == one and re.fullmatch(re.sub(r"{\w+}", "[^/]+", path), where) for one, path in routes)
