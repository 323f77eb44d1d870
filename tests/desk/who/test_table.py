"""The table of rights: complete, and saying what the house means."""

import pytest

from mailguard.core.person import Person, Role
from mailguard.desk.rights import RIGHTS, may
from tests.desk.who.house import House, routes_of

CHANGES = ("POST ", "PUT ", "PATCH ", "DELETE ")
OF_AUDITORS = {
    "POST /logout",
    "POST /leak-reports",
    "POST /trace/evidence",
    "POST /register/audit/csv",
    "POST /cases/{case_id}/withdraw",
    "POST /api/v1/cases/{case_id}/withdraw",
    "POST /api/v1/reports",
}
"""What an auditor may send: their own login, a possible leak, files to read, and their own mail back."""
OF_SENDERS = {
    "GET /",
    "POST /logout",
    "GET /leak-reports/new",
    "POST /leak-reports",
    "POST /cases/{case_id}/withdraw",
    "POST /api/v1/cases/{case_id}/withdraw",
}
"""What somebody may do who only sends, beside the pages of their own mail and login."""
OF_ONES_OWN = ("/mine", "/account", "/api/v1/mine", "/api/v1/account", "/display", "/login", "/cases/views")
OF_NO_TEAM = ("/register", "/trace", "/breaches", "/reports", "/coaching")


def person(role: Role, *teams: str) -> Person:
    """Somebody."""
    return Person(1, "somebody", "somebody@operator.example", role, (), frozenset(teams))


def test_every_route_has_its_line(house: House) -> None:
    """A route without a line is nobody's, and a line without a route is a mistake."""
    routes = set(routes_of(house.app))
    assert routes - RIGHTS.keys() == set(), "add a line to mailguard/desk/rights.py"
    assert RIGHTS.keys() - routes == set()


def test_auditors_change_nothing() -> None:
    """They read all, and send what is their own or a file to read."""
    sent = {route for route in RIGHTS if route.startswith(CHANGES) and may(person(Role.AUDITOR), route)}
    assert {route for route in sent if not _is_ones_own(route) and not RIGHTS[route].public} == OF_AUDITORS


def test_senders_see_their_own_mail_only() -> None:
    """Nothing of reviewers is open to them."""
    open_to_them = {route for route in RIGHTS if may(person(Role.SENDER), route) and not RIGHTS[route].public}
    assert {route for route in open_to_them if not _is_ones_own(route)} == OF_SENDERS


@pytest.mark.parametrize("role", list(Role))
def test_teams_see_nothing_of_the_house(role: Role) -> None:
    """Register, trace, breaches and reports are of no team: members of one are kept out, whatever their role."""
    inside = {route for route in RIGHTS if may(person(role, "Sales"), route)}
    assert not {route for route in inside if _path(route).removeprefix("/api/v1").startswith(OF_NO_TEAM)}
    kept_out = {route for route in RIGHTS if may(person(role), route)} - inside
    assert not {route for route in kept_out if _path(route).removeprefix("/api/v1").startswith(("/cases", "/mine"))}


def test_unknown_route_is_nobodys() -> None:
    """A line that was forgotten opens nothing."""
    assert not any(may(person(role), "POST /everything") for role in Role)


def _is_ones_own(route: str) -> bool:
    return _path(route).startswith(OF_ONES_OWN)


def _path(route: str) -> str:
    return route.split(" ")[1]
