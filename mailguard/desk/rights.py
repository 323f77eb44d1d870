"""Who may call what: every route of the desk, by its method and path, and the roles that it is for.

This is the whole table: a route without a line is nobody's. It is asked before a route's own code runs, so it can only
take away. Whether somebody may decide on this case, or is its sender, is the cases' own rule (`cases.deciding.rights`),
and a case of another team is not found (`cases.scope`). HEAD is what GET is.
"""

from dataclasses import dataclass, replace
from typing import Literal

import structlog
from fastapi import HTTPException, Request

from mailguard.core.person import Person, Role

_log = structlog.get_logger("mailguard.desk")

Sight = Literal["seen", "own", "either"]


@dataclass(frozen=True, slots=True)
class Right:
    """To whom a route is open."""

    roles: frozenset[Role] = frozenset()
    public: bool = False
    """No login is asked for."""
    whole: bool = False
    """Only for who sees the mail of all teams: what it shows or changes is of no team."""
    case: Sight = "seen"
    """Which cases it is for: those that the person sees as a reviewer, their own mail, or both."""


PUBLIC = Right(public=True)
EVERYBODY = Right(frozenset(Role))
"""Whoever is logged in."""
STAFF = Right(frozenset(Role) - {Role.SENDER})
"""Reviewers of a kind; an auditor only reads."""
HANDS = Right(STAFF.roles - {Role.AUDITOR})
"""Who does things. Ops too: they stand in for a supervisor, and break the glass."""
HOUSE = replace(STAFF, whole=True)
"""The owner company's own view: registers, reports and breaches are of no team."""
KEEPERS = replace(HANDS, whole=True)
REGISTRARS = Right(frozenset({Role.SUPERVISOR, Role.ADMIN}), whole=True)
TEACHERS = Right(frozenset({Role.OPS, Role.ADMIN}), whole=True)
"""A supervisor sees colleagues' letters already; an auditor reads what was done, never by whom here."""
SENDER = replace(EVERYBODY, case="either")
"""Whoever is the sender of the case, found among the reviewers' cases or their own."""
MINE = replace(EVERYBODY, case="own")

RIGHTS: dict[str, Right] = {
    # Whoever has the link, and machines
    "GET /confirm/{link}": PUBLIC,
    "POST /confirm/{link}": PUBLIC,
    "GET /report-a-letter": PUBLIC,
    "POST /report-a-letter": PUBLIC,
    "GET /report-a-letter/{link}": PUBLIC,
    "POST /report-a-letter/{link}": PUBLIC,
    "GET /healthz": PUBLIC,
    "GET /readyz": PUBLIC,
    "GET /metrics": PUBLIC,
    "GET /api/openapi.json": PUBLIC,
    # Login
    "GET /login": PUBLIC,
    "POST /login": PUBLIC,
    "POST /login/passkey": PUBLIC,
    "GET /login/second": PUBLIC,
    "POST /login/second": PUBLIC,
    "POST /login/second/passkey": PUBLIC,
    "POST /login/second/leave": PUBLIC,
    "GET /login/oidc": PUBLIC,
    "GET /login/oidc/back": PUBLIC,
    "GET /login/again": EVERYBODY,
    "POST /login/again": EVERYBODY,
    "POST /login/again/passkey": EVERYBODY,
    "GET /login/onward": EVERYBODY,
    "POST /logout": EVERYBODY,
    # One's own account
    "GET /account": EVERYBODY,
    "POST /account/sessions/end": EVERYBODY,
    "POST /account/totp/remove": EVERYBODY,
    "POST /account/passkeys/{number}/remove": EVERYBODY,
    "POST /account/digest": EVERYBODY,
    "GET /account/second": EVERYBODY,
    "GET /account/second/code.svg": EVERYBODY,
    "POST /account/second/totp": EVERYBODY,
    "POST /account/second/confirm": EVERYBODY,
    "POST /account/second/passkey": EVERYBODY,
    "POST /account/second/recovery": EVERYBODY,
    "POST /display": PUBLIC,
    "GET /": EVERYBODY,
    # Cases
    "GET /cases": STAFF,
    "GET /cases/news": STAFF,
    "GET /cases/events": STAFF,
    "POST /cases/views": STAFF,
    "POST /cases/views/{number}": STAFF,
    "POST /cases/views/{number}/delete": STAFF,
    "POST /cases/bulk": HANDS,
    "POST /cases/bulk/reject": HANDS,
    "POST /cases/{case_id}/take": HANDS,
    "POST /cases/{case_id}/give-back": HANDS,
    "GET /cases/{case_id}": STAFF,
    "GET /cases/{case_id}/html/{number}": STAFF,
    "GET /cases/{case_id}/files/{number}": STAFF,
    "POST /cases/{case_id}/decision": HANDS,
    "POST /cases/{case_id}/undo": HANDS,
    "POST /cases/{case_id}/dispute": HANDS,
    "POST /cases/{case_id}/ask": HANDS,
    "POST /cases/{case_id}/withdraw": SENDER,
    "POST /cases/{case_id}/retry": HANDS,
    "POST /cases/{case_id}/reveal": HANDS,
    "GET /cases/{case_id}/break-glass": HANDS,
    "POST /cases/{case_id}/break-glass": HANDS,
    "POST /cases/{case_id}/after-review": HANDS,
    "GET /api/v1/cases": STAFF,
    "GET /api/v1/cases/{case_id}": STAFF,
    "PUT /api/v1/cases/{case_id}/assignment": HANDS,
    "DELETE /api/v1/cases/{case_id}/assignment": HANDS,
    "POST /api/v1/cases/{case_id}/decision": HANDS,
    "POST /api/v1/cases/{case_id}/undo": HANDS,
    "POST /api/v1/cases/{case_id}/dispute": HANDS,
    "POST /api/v1/cases/{case_id}/after-review": HANDS,
    "POST /api/v1/cases/{case_id}/withdraw": SENDER,
    "POST /api/v1/cases/{case_id}/retry": HANDS,
    "GET /api/v1/cases/{case_id}/attention": HANDS,
    # What is said about a case
    "POST /cases/{case_id}/remarks": HANDS,
    "POST /cases/{case_id}/return": HANDS,
    "GET /api/v1/cases/{case_id}/remarks": STAFF,
    "POST /api/v1/cases/{case_id}/remarks": HANDS,
    # One's own held mail
    "GET /mine": EVERYBODY,
    "GET /mine/{case_id}": MINE,
    "POST /mine/{case_id}/answer": MINE,
    "POST /mine/{case_id}/business-reason": MINE,
    "POST /mine/{case_id}/withdraw": MINE,
    "GET /api/v1/mine": EVERYBODY,
    "GET /api/v1/mine/{case_id}": MINE,
    "GET /api/v1/mine/{case_id}/remarks": MINE,
    "POST /api/v1/mine/{case_id}/remarks": MINE,
    # Deputies
    "GET /delegations": STAFF,
    "POST /delegations": HANDS,
    "POST /delegations/{number}/end": HANDS,
    "GET /api/v1/delegations": STAFF,
    "POST /api/v1/delegations": HANDS,
    "POST /api/v1/delegations/{number}/end": HANDS,
    "DELETE /api/v1/delegations/{number}": HANDS,
    # What went where
    "GET /trace": HOUSE,
    "POST /trace/evidence": HOUSE,
    "GET /api/v1/trace": HOUSE,
    # The customer register
    "GET /register": HOUSE,
    "GET /register/audit": HOUSE,
    "POST /register/audit": KEEPERS,
    "POST /register/audit/csv": HOUSE,
    "GET /register/pairs": HOUSE,
    "POST /register/pairs/{pair_id}/revoke": REGISTRARS,
    "GET /register/disputes": HOUSE,
    "POST /register/disputes/{dispute_id}/revoke": REGISTRARS,
    "GET /register/confirmations": HOUSE,
    "GET /api/v1/register/pairs": HOUSE,
    "GET /api/v1/register/disputes": HOUSE,
    "GET /api/v1/register/audit": HOUSE,
    # Breaches
    "GET /breaches": HOUSE,
    "GET /breaches/new": KEEPERS,
    "POST /breaches/new": KEEPERS,
    "POST /breaches": KEEPERS,
    "GET /breaches/export/{form}": HOUSE,
    "GET /breaches/{breach_id}": HOUSE,
    "POST /breaches/{breach_id}": KEEPERS,
    "POST /breaches/{breach_id}/{act}": KEEPERS,
    "GET /breaches/{breach_id}/drafts": HOUSE,
    "GET /breaches/{breach_id}/drafts/{kind}/{language}": HOUSE,
    "GET /breaches/{breach_id}/drafts/{kind}/{language}/{form}": HOUSE,
    "GET /api/v1/breaches": HOUSE,
    "POST /api/v1/breaches": KEEPERS,
    "GET /api/v1/breaches/{breach_id}": HOUSE,
    "POST /api/v1/breaches/{breach_id}/changes": KEEPERS,
    "POST /api/v1/breaches/{breach_id}/closing": KEEPERS,
    "POST /api/v1/breaches/{breach_id}/close": KEEPERS,
    "POST /api/v1/breaches/{breach_id}/reopen": KEEPERS,
    "GET /api/v1/breaches/{breach_id}/drafts/{kind}": HOUSE,
    # Possible leaks: everybody may report one, the answer is the house's
    "GET /leak-reports/new": EVERYBODY,
    "POST /leak-reports": EVERYBODY,
    "GET /leak-reports": HOUSE,
    "GET /leak-reports/{number}": HOUSE,
    "POST /leak-reports/{number}/words": KEEPERS,
    "POST /leak-reports/{number}/question": KEEPERS,
    "POST /leak-reports/{number}/dismissal": KEEPERS,
    "POST /leak-reports/{number}/breach": KEEPERS,
    "GET /api/v1/reports": HOUSE,
    "POST /api/v1/reports": HOUSE,
    "GET /api/v1/reports/{number}": HOUSE,
    "POST /api/v1/reports/{number}/words": KEEPERS,
    "POST /api/v1/reports/{number}/question": KEEPERS,
    "POST /api/v1/reports/{number}/dismissal": KEEPERS,
    "POST /api/v1/reports/{number}/breach": KEEPERS,
    # The weekly report
    "GET /reports": HOUSE,
    "GET /reports/trend.svg": HOUSE,
    "GET /reports/{name}": HOUSE,
    "GET /coaching": TEACHERS,
    "POST /coaching/open": TEACHERS,
}


def may(person: Person, route: str) -> bool:
    """Whether a route, such as `GET /reports`, is open to the person: templates ask before they lead there."""
    right = RIGHTS.get(route, Right())
    return right.public or (person.role in right.roles and not (right.whole and person.teams))


def require_right(request: Request, person: Person) -> Right:
    """What the table says of the route that was called. Refuses with 403 where it is not open to the person."""
    route = route_of(request)
    if not may(person, route):
        if route not in RIGHTS:
            _log.error("route without a line in the table of rights", route=route)
        raise HTTPException(403, "this is not for your role, or not for members of one team")
    return RIGHTS[route]


def route_of(request: Request) -> str:
    """The route as the table has it."""
    method = "GET" if request.method == "HEAD" else request.method
    return f"{method} {request.scope['route'].path}"
