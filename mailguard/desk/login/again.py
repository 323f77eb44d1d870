"""Where somebody who is logged in shows again who they are, and the form that waited for it goes on."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from mailguard.core.person import Person
from mailguard.desk.desk import Desk, TheDesk
from mailguard.desk.login.entering import complete, own_page
from mailguard.desk.login.fresh import parked
from mailguard.desk.login.passkeys import ask_passkey, check_passkey
from mailguard.desk.typed import Typed
from mailguard.desk.visitor import FormVisitor, PageVisitor, Visitor, peer_of
from mailguard.store.people import check_password
from mailguard.store.people.one_time_passwords import check_totp
from mailguard.store.people.second_factors import SecondFactors, second_factors

router = APIRouter(include_in_schema=False)

_LONGEST_CODE, _LONGEST_PASSWORD = 100, 1000
_ONWARD = "/login/onward"


@router.api_route("/login/again", methods=["GET", "HEAD"])
def show_again(request: Request, desk: TheDesk, visitor: PageVisitor) -> Response:
    """What this person can show. A password is asked for only where there is nothing better."""
    return again_page(request, desk, visitor)


@router.post("/login/again")
def post_again(
    request: Request,
    desk: TheDesk,
    visitor: FormVisitor,
    code: Annotated[Typed, Form()] = "",
    password: Annotated[str, Form()] = "",
) -> Response:
    """Check a one-time password, or the password of somebody who has nothing else."""
    peer = peer_of(request, desk)
    if not desk.throttle.is_open(peer):
        return again_page(request, desk, visitor, "throttled", 429)
    factors = second_factors(desk.store, visitor.person)
    if not _is_right(desk, visitor, factors, code[:_LONGEST_CODE], password[:_LONGEST_PASSWORD], peer):
        desk.throttle.count(peer)
        return again_page(request, desk, visitor, "wrong", 401)
    return complete(request, desk, None, _ONWARD)


@router.post("/login/again/passkey")
def post_passkey_again(
    request: Request,
    desk: TheDesk,
    visitor: FormVisitor,
    credential: Annotated[str, Form()] = "",
    ticket: Annotated[str, Form()] = "",
) -> Response:
    """Check one of the person's own passkeys."""
    peer = peer_of(request, desk)
    if not desk.throttle.is_open(peer):
        return again_page(request, desk, visitor, "throttled", 429)
    token = visitor.csrf_token or ""
    if check_passkey(desk, credential, ticket, token, "verified anew", visitor.person) is None:
        desk.throttle.count(peer)
        return again_page(request, desk, visitor, "passkey", 401)
    return complete(request, desk, None, _ONWARD)


@router.api_route("/login/onward", methods=["GET", "HEAD"])
def show_onward(request: Request, desk: TheDesk, visitor: PageVisitor) -> Response:
    """The form that waited, with all that was written into it, to be sent by its person."""
    waits = parked(request, desk)
    if waits is None:
        return RedirectResponse(own_page("", visitor.person), 303)
    path, fields = waits
    return desk.pages.render("login/onward.html", visitor=visitor, path=path, fields=fields)


def again_page(request: Request, desk: Desk, visitor: Visitor, problem: str = "", status: int = 200) -> Response:
    """The page that asks. `problem` is the code of what went wrong."""
    factors = second_factors(desk.store, visitor.person)
    oidc = desk.settings.desk.oidc
    return desk.pages.render(
        "login/again.html",
        status,
        visitor=visitor,
        csrf=visitor.csrf_token,
        problem=problem,
        factors=factors,
        ask_password=_takes_password(visitor, factors),
        passkeys=ask_passkey(desk, visitor.csrf_token or "", visitor.person) if factors.passkeys else None,
        provider=oidc.label if oidc and visitor.method == "oidc" else None,
        waits=parked(request, desk) is not None,
    )


def _is_right(desk: Desk, visitor: Visitor, factors: SecondFactors, code: str, password: str, peer: str) -> bool:
    person: Person = visitor.person
    if factors.totp:
        return bool(code) and check_totp(desk.store, person, code)
    if not password or not _takes_password(visitor, factors):
        return False
    with desk.throttle.hashing:
        return check_password(desk.store, person.name, password, peer=peer, act="verified anew") is not None


def _takes_password(visitor: Visitor, factors: SecondFactors) -> bool:
    # Whoever logs in elsewhere may have a password of ours too, but it is not what they showed.
    return not factors.any and visitor.method != "oidc"
