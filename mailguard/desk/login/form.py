"""The page that logs people in, and the way out."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from mailguard.core.ids import new_token
from mailguard.core.person import Person
from mailguard.desk import flash
from mailguard.desk.desk import Desk, TheDesk
from mailguard.desk.login.entering import enter, form_cookie, own_page
from mailguard.desk.login.leaving import leave_provider
from mailguard.desk.login.passkeys import ask_passkey
from mailguard.desk.typed import Typed
from mailguard.desk.visitor import (
    CrossSite,
    FormVisitor,
    check_origin,
    cookie_name,
    forget_session,
    peer_of,
    same_token,
    session_of_cookie,
)
from mailguard.store.people import check_password, close_session

router = APIRouter(include_in_schema=False)

_LONGEST_NAME, _LONGEST_PASSWORD = 200, 1000


@router.api_route("/login", methods=["GET", "HEAD"])
def show_login(request: Request, desk: TheDesk, next: str = "") -> Response:  # noqa: A002 - the word in the URL
    """The login form, with a token of its own: a login forged by another site is refused as well."""
    session = session_of_cookie(request, desk)
    if session is not None:
        wanted = own_page(next, session.person)
        return RedirectResponse(f"/login/second?next={quote(wanted)}" if session.awaits_second else wanted, 303)
    return login_page(request, desk, next)


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
    require_login_form(request, desk, csrf)
    peer = peer_of(request, desk)
    if not takes_local_login(desk):
        return login_page(request, desk, next, status=403)
    if not desk.throttle.is_open(peer):
        return login_page(request, desk, next, name=name, status=429)
    person = _check(desk, name, password, peer)
    if person is None:
        desk.throttle.count(peer)
        return login_page(request, desk, next, name=name, status=401)
    return enter(request, desk, person, "password", next)


@router.post("/logout")
def log_out(request: Request, desk: TheDesk, visitor: FormVisitor) -> Response:
    """End the session, here and in the store; and at the provider, where the login came from there."""
    close_session(desk.store, request.cookies[cookie_name(desk)])
    response = leave_provider(desk) if visitor.method == "oidc" else None
    if response is None:
        response = RedirectResponse("/login", 303)
        flash.leave(response, desk, "logged_out")
    forget_session(response, desk)
    return response


def takes_local_login(desk: Desk) -> bool:
    """Whether passwords and passkeys of ours open the desk."""
    oidc = desk.settings.desk.oidc
    return oidc is None or oidc.local_login


def require_login_form(request: Request, desk: Desk, csrf: str) -> None:
    """The form came from our own login page, in this browser. Raises CrossSite."""
    check_origin(request, desk)
    if not same_token(csrf, request.cookies.get(form_cookie(desk), "")):
        raise CrossSite


def login_page(
    request: Request, desk: Desk, wanted: str, *, name: str = "", status: int = 200, problem: str = ""
) -> Response:
    """The ways in that there are. `problem` is the code of what went wrong with a passkey or at the provider."""
    token = request.cookies.get(form_cookie(desk)) or new_token()
    local, oidc = takes_local_login(desk), desk.settings.desk.oidc
    page = desk.pages.render(
        "login/form.html",
        status,
        csrf=token,
        next=own_page(wanted) if wanted else "",
        name=name[:_LONGEST_NAME],
        problem=problem or {401: "wrong", 429: "throttled"}.get(status, ""),
        local=local,
        passkeys=ask_passkey(desk, token) if local else None,
        provider=oidc.label if oidc else None,
        flash=flash.take(request, desk),
    )
    page.set_cookie(form_cookie(desk), token, path="/", secure=desk.https, httponly=True, samesite="strict")
    flash.clear(request, page, desk)
    if status == 401:
        page.headers["www-authenticate"] = 'Form realm="mailguard"'
    if status == 429:
        page.headers["retry-after"] = "300"
    return page


def _check(desk: Desk, name: str, password: str, peer: str) -> Person | None:
    if len(name) > _LONGEST_NAME or len(password) > _LONGEST_PASSWORD:
        return None
    with desk.throttle.hashing:
        return check_password(desk.store, name, password, peer=peer)
