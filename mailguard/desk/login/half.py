"""Logins that are not whole yet: the second factor is awaited, or has to be set up first."""

from typing import Annotated

from fastapi import Depends, Form, Request

from mailguard.desk.desk import Desk, TheDesk
from mailguard.desk.login.entering import must_enrol
from mailguard.desk.login.fresh import require_fresh_owner
from mailguard.desk.visitor import CrossSite, LoginNeeded, Visitor, check_origin, same_token, session_of_cookie
from mailguard.store.people.second_factors import second_factors


def half_login(request: Request, desk: Desk) -> Visitor | None:
    """Whose second factor is awaited in this browser."""
    session = session_of_cookie(request, desk)
    if session is None or not session.awaits_second:
        return None
    return Visitor(session.person, session.csrf_token, session.method, session.verified_at)


def is_half(request: Request, desk: Desk) -> bool:
    """Whether the login in this browser is not whole."""
    return half_login(request, desk) is not None


def _half_visitor(request: Request, desk: TheDesk) -> Visitor:
    visitor = half_login(request, desk)
    if visitor is None:
        raise LoginNeeded
    return visitor


def _half_form(request: Request, desk: TheDesk, csrf: Annotated[str, Form()] = "") -> Visitor:
    check_origin(request, desk)
    visitor = _half_visitor(request, desk)
    if not same_token(csrf, visitor.csrf_token or ""):
        raise CrossSite
    return visitor


def _enroller(request: Request, desk: TheDesk) -> Visitor:
    """Who may set up a second factor: whoever is logged in, and who has to before anything else."""
    session = session_of_cookie(request, desk)
    if session is None:
        raise LoginNeeded
    visitor = Visitor(session.person, session.csrf_token, session.method, session.verified_at)
    # Half a login must not add a factor beside those that it has yet to show.
    if session.awaits_second and not must_enrol(desk, session.person, second_factors(desk.store, session.person)):
        raise LoginNeeded
    return visitor


def _enroller_form(request: Request, desk: TheDesk, csrf: Annotated[str, Form()] = "") -> Visitor:
    check_origin(request, desk)
    visitor = _enroller(request, desk)
    if not same_token(csrf, visitor.csrf_token or ""):
        raise CrossSite
    require_fresh_owner(desk, visitor)
    return visitor


HalfVisitor = Annotated[Visitor, Depends(_half_visitor)]
HalfForm = Annotated[Visitor, Depends(_half_form)]
Enroller = Annotated[Visitor, Depends(_enroller)]
EnrollerForm = Annotated[Visitor, Depends(_enroller_form)]
