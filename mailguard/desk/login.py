"""Logging in and out."""

import re
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from mailguard.core.ids import new_token
from mailguard.core.person import Person
from mailguard.desk import flash
from mailguard.desk.desk import Desk, TheDesk
from mailguard.desk.typed import Typed
from mailguard.desk.visitor import (
    CrossSite,
    FormVisitor,
    check_origin,
    cookie_name,
    forget_session,
    peer_of,
    same_token,
    set_session,
    visitor_of_cookie,
)
from mailguard.store.people import check_password, close_session, open_session

router = APIRouter(include_in_schema=False)

_OWN_PAGE = re.compile(r"/(?:cases|register|reports)(?:[/?][\w/?&=.%+@-]*)?", re.ASCII)
_LONGEST_NAME, _LONGEST_PASSWORD = 200, 1000


@router.api_route("/login", methods=["GET", "HEAD"])
def show_login(request: Request, desk: TheDesk, next: str = "") -> Response:  # noqa: A002 - the word in the URL
    """The login form, with a token of its own: a login forged by another site is refused as well."""
    if visitor_of_cookie(request, desk) is not None:
        return RedirectResponse(own_page(next), 303)
    return _form(request, desk, next)


@router.post("/login")
def log_in(
    request: Request,
    desk: TheDesk,
    name: Annotated[Typed, Form()] = "",
    password: Annotated[str, Form()] = "",
    csrf: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "",  # noqa: A002
) -> Response:
    """Check name and password; give a session that did not exist before."""
    check_origin(request, desk)
    if not same_token(csrf, request.cookies.get(_form_cookie(desk), "")):
        raise CrossSite
    peer = peer_of(request)
    if not desk.throttle.is_open(peer):
        return _form(request, desk, next, name=name, status=429)
    person = _check(desk, name, password, peer)
    if person is None:
        desk.throttle.count(peer)
        return _form(request, desk, next, name=name, status=401)
    old = request.cookies.get(cookie_name(desk))
    if old:
        close_session(desk.store, old)
    response = RedirectResponse(own_page(next), 303)
    set_session(response, desk, open_session(desk.store, person))
    response.delete_cookie(_form_cookie(desk), path="/", secure=desk.https, httponly=True, samesite="strict")
    flash.clear(request, response, desk)
    return response


@router.post("/logout")
def log_out(request: Request, desk: TheDesk, visitor: FormVisitor) -> Response:
    """End the session, here and in the store."""
    close_session(desk.store, request.cookies[cookie_name(desk)])
    response = RedirectResponse("/login", 303)
    forget_session(response, desk)
    flash.leave(response, desk, "logged_out")
    return response


def own_page(wanted: str) -> str:
    """Where to go after the login: one of our own pages, never an address out of a link."""
    return wanted if _OWN_PAGE.fullmatch(wanted) and "//" not in wanted else "/cases"


def _check(desk: Desk, name: str, password: str, peer: str) -> Person | None:
    if len(name) > _LONGEST_NAME or len(password) > _LONGEST_PASSWORD:
        return None
    with desk.throttle.hashing:
        return check_password(desk.store, name, password, peer=peer)


def _form(request: Request, desk: Desk, wanted: str, *, name: str = "", status: int = 200) -> Response:
    token = request.cookies.get(_form_cookie(desk)) or new_token()
    page = desk.pages.render(
        "login.html",
        status,
        csrf=token,
        next=own_page(wanted) if wanted else "",
        name=name[:_LONGEST_NAME],
        failed=status == 401,
        throttled=status == 429,
        flash=flash.take(request, desk),
    )
    page.set_cookie(_form_cookie(desk), token, path="/", secure=desk.https, httponly=True, samesite="strict")
    flash.clear(request, page, desk)
    if status == 401:
        page.headers["www-authenticate"] = 'Form realm="mailguard"'
    if status == 429:
        page.headers["retry-after"] = "300"
    return page


def _form_cookie(desk: Desk) -> str:
    return "__Host-mailguard-login" if desk.https else "mailguard-login"
