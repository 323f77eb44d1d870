"""Looking changes nothing: every page with every role, and the database as it was."""

import pytest

from mailguard.desk.rights import RIGHTS, may
from tests.desk.conftest import URL, Browser
from tests.desk.who.house import PEOPLE, House, Watch, enter, routes_with_login

AUDITED = {"audit", "audit_head"}
LEAVE_A_TRACE = {
    "/cases/{case_id}": AUDITED,
    "/cases/{case_id}/html/{number}": AUDITED,
    "/cases/{case_id}/files/{number}": AUDITED,
    "/api/v1/cases/{case_id}": AUDITED,
    "/trace": AUDITED,
    "/api/v1/trace": AUDITED,
    "/breaches/export/{form}": AUDITED,
    "/breaches/{breach_id}/drafts/{kind}/{language}": AUDITED,
    "/breaches/{breach_id}/drafts/{kind}/{language}/{form}": AUDITED,
    "/api/v1/breaches/{breach_id}/drafts/{kind}": AUDITED,
}
"""Who looks at these stands in the audit trail, and nothing else is written."""
ENDLESS = {"/cases/events"}
"""A stream of events, which has tests of its own."""


@pytest.mark.parametrize("name", PEOPLE)
def test_looking_changes_nothing(house: House, name: str) -> None:
    """GET and HEAD of whatever is open to the person: not a row is written, but for the entry that they looked."""
    browser, person = enter(house.app, name), house.people[name]
    team, watch, odd = next(iter(sorted(person.teams)), "Sales"), Watch(house.store), []
    for _, path in routes_with_login("GET"):
        if not may(person, f"GET {path}") or path in ENDLESS:
            continue
        for method in ("HEAD", "GET"):
            answer = browser.request(method, house.fill(path, team), params=[("q", "1001")], follow_redirects=False)
            written = watch.written()
            if answer.status_code >= 500 or not written <= LEAVE_A_TRACE.get(path, set()):
                odd.append((method, path, answer.status_code, written))
    assert odd == []


def test_strangers_change_nothing(house: House) -> None:
    """The pages that need no login, with links and codes that nobody was given."""
    browser, watch, odd = Browser(house.app, base_url=URL), Watch(house.store), []
    for route in (route for route, right in RIGHTS.items() if right.public):
        method, path = route.split(" ")
        forms = [{}, {"csrf": "x", "code": "000000", "name": "adam", "password": "guess"}]
        for data in forms if method == "POST" else [{}]:
            where = house.fill(path)
            answer = browser.get(where) if method == "GET" else browser.post(where, data=data, follow_redirects=False)
            written = watch.written()
            if answer.status_code >= 500 or written:
                odd.append((method, path, answer.status_code, written))
    assert odd == []
