"""What follows when somebody has shown who they are: a session, whole or awaiting the second factor."""

import re
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from mailguard.core.person import DECIDING_ROLES, Person, Role
from mailguard.desk import flash
from mailguard.desk.desk import Desk
from mailguard.desk.visitor import cookie_name, peer_of, set_session
from mailguard.store.people import close_session, open_session
from mailguard.store.people.second_factors import SecondFactors, second_factors
from mailguard.store.people.sessions import NewSession, verify_session

_ROOMS = "account|breaches|cases|coaching|delegations|leak-reports|mine|register|reports|trace"
_OWN_PAGE = re.compile(rf"/(?:{_ROOMS})(?:[/?][\w/?&=.%+@-]*)?", re.ASCII)


def own_page(wanted: str, person: Person | None = None) -> str:
    """Where to go after the login: one of our own pages, never an address out of a link."""
    if _OWN_PAGE.fullmatch(wanted) and "//" not in wanted:
        return wanted
    return "/mine" if person is not None and person.role is Role.SENDER else "/cases"


def must_enrol(desk: Desk, person: Person, factors: SecondFactors) -> bool:
    """Whether the person has to set up a second factor before anything else."""
    required = desk.settings.desk.second_factor == "required" and person.role in DECIDING_ROLES
    return required and not factors.any


def enter(request: Request, desk: Desk, person: Person, method: str, wanted: str) -> Response:
    """Open a session and lead on. A password alone leads to the second factor, where there is one or must be."""
    factors = second_factors(desk.store, person)
    awaits = method == "password" and (factors.any or must_enrol(desk, person, factors))
    old = request.cookies.get(cookie_name(desk))
    if old:
        close_session(desk.store, old)
    session = open_session(desk.store, person, method=method, awaits_second=awaits, peer=peer_of(request, desk))
    if not awaits:
        return lead_on(request, desk, session, own_page(wanted, person))
    return lead_on(request, desk, session, f"/login/second?next={quote(own_page(wanted, person))}")


def complete(request: Request, desk: Desk, method: str | None, path: str) -> Response:
    """Somebody who is logged in, or half so, has shown anew who they are: a new cookie, and on to that page."""
    session = verify_session(desk.store, request.cookies.get(cookie_name(desk), ""), method)
    if session is None:
        return RedirectResponse("/login", 303)
    return lead_on(request, desk, session, path)


def lead_on(request: Request, desk: Desk, session: NewSession, path: str) -> Response:
    """Give the browser its cookie and send it to one of our pages."""
    response = RedirectResponse(path, 303)
    set_session(response, desk, session)
    response.delete_cookie(form_cookie(desk), path="/", secure=desk.https, httponly=True, samesite="strict")
    flash.clear(request, response, desk)
    return response


def form_cookie(desk: Desk) -> str:
    """Holds the token of forms that are shown to somebody who is not logged in."""
    return "__Host-mailguard-login" if desk.https else "mailguard-login"
