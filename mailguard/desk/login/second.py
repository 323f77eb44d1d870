"""The second factor after a password; and a passkey alone, which is two factors by itself."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from mailguard.desk.desk import Desk, TheDesk
from mailguard.desk.login.entering import complete, enter, must_enrol, own_page
from mailguard.desk.login.form import login_page, require_login_form, takes_local_login
from mailguard.desk.login.half import HalfForm, HalfVisitor
from mailguard.desk.login.passkeys import ask_passkey, check_passkey
from mailguard.desk.typed import Typed
from mailguard.desk.visitor import Visitor, cookie_name, forget_session, peer_of
from mailguard.store.people import close_session
from mailguard.store.people.one_time_passwords import DIGITS, check_totp
from mailguard.store.people.recovery_codes import use_recovery_code
from mailguard.store.people.second_factors import second_factors

router = APIRouter(include_in_schema=False)

_LONGEST_CODE = 100


@router.post("/login/passkey")
def log_in_by_passkey(
    request: Request,
    desk: TheDesk,
    credential: Annotated[str, Form()] = "",
    ticket: Annotated[str, Form()] = "",
    csrf: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "",  # noqa: A002 - the word in the URL
) -> Response:
    """Whoever has the passkey, and has shown that to their device, is in."""
    require_login_form(request, desk, csrf)
    peer = peer_of(request, desk)
    if not takes_local_login(desk):
        return login_page(request, desk, next, status=403)
    if not desk.throttle.is_open(peer):
        return login_page(request, desk, next, status=429)
    person = check_passkey(desk, credential, ticket, csrf, "login")
    if person is None:
        desk.throttle.count(peer)
        return login_page(request, desk, next, status=401, problem="passkey")
    return enter(request, desk, person, "passkey", next)


@router.api_route("/login/second", methods=["GET", "HEAD"])
def show_second(
    request: Request,
    desk: TheDesk,
    visitor: HalfVisitor,
    next: str = "",  # noqa: A002
) -> Response:
    """Ask for the second factor, or lead to where one is set up."""
    if must_enrol(desk, visitor.person, second_factors(desk.store, visitor.person)):
        return RedirectResponse("/account/second", 303)
    return _page(desk, visitor, next)


@router.post("/login/second")
def post_second(
    request: Request,
    desk: TheDesk,
    visitor: HalfForm,
    code: Annotated[Typed, Form()] = "",
    next: Annotated[str, Form()] = "",  # noqa: A002
) -> Response:
    """Check a one-time password or a recovery code; then the login is whole, under a new cookie."""
    peer = peer_of(request, desk)
    if not desk.throttle.is_open(peer):
        return _page(desk, visitor, next, "throttled", 429)
    method = _method_of(desk, visitor, code[:_LONGEST_CODE])
    if method is None:
        desk.throttle.count(peer)
        return _page(desk, visitor, next, "wrong", 401)
    return complete(request, desk, method, own_page(next, visitor.person))


@router.post("/login/second/passkey")
def post_second_passkey(
    request: Request,
    desk: TheDesk,
    visitor: HalfForm,
    credential: Annotated[str, Form()] = "",
    ticket: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "",  # noqa: A002
) -> Response:
    """The same with one of the person's own passkeys."""
    peer = peer_of(request, desk)
    if not desk.throttle.is_open(peer):
        return _page(desk, visitor, next, "throttled", 429)
    act = "second factor passed"
    if check_passkey(desk, credential, ticket, visitor.csrf_token or "", act, visitor.person) is None:
        desk.throttle.count(peer)
        return _page(desk, visitor, next, "passkey", 401)
    return complete(request, desk, "passkey", own_page(next, visitor.person))


@router.post("/login/second/leave")
def leave_second(request: Request, desk: TheDesk, visitor: HalfForm) -> Response:
    """Begin anew, as somebody else."""
    close_session(desk.store, request.cookies[cookie_name(desk)])
    response = RedirectResponse("/login", 303)
    forget_session(response, desk)
    return response


def _method_of(desk: Desk, visitor: Visitor, code: str) -> str | None:
    """How the code makes the login whole; None when it does not."""
    factors = second_factors(desk.store, visitor.person)
    looks_like_totp = len("".join(code.split())) <= DIGITS
    if looks_like_totp:
        return "totp" if factors.totp and check_totp(desk.store, visitor.person, code) else None
    return "recovery" if factors.any and use_recovery_code(desk.store, visitor.person, code) else None


def _page(desk: Desk, visitor: Visitor, wanted: str, problem: str = "", status: int = 200) -> Response:
    factors = second_factors(desk.store, visitor.person)
    return desk.pages.render(
        "login/second.html",
        status,
        csrf=visitor.csrf_token,
        name=visitor.person.name,
        next=own_page(wanted, visitor.person),
        problem=problem,
        factors=factors,
        passkeys=ask_passkey(desk, visitor.csrf_token or "", visitor.person) if factors.passkeys else None,
    )
