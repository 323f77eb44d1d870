"""One's own account: second factors, open logins, language, and when letters come."""

from typing import Annotated

from fastapi import APIRouter, Form, Path, Request, Response

from mailguard.core.errors import InputError
from mailguard.core.person import DECIDING_ROLES
from mailguard.desk import flash
from mailguard.desk.desk import Desk, TheDesk
from mailguard.desk.login.fresh import require_fresh_owner
from mailguard.desk.typed import Typed
from mailguard.desk.visitor import FormVisitor, PageVisitor, Visitor, cookie_name
from mailguard.store.people.digests import chosen_hours, parse_hours, set_digest
from mailguard.store.people.passkeys import list_passkeys, remove_passkey
from mailguard.store.people.second_factors import SecondFactors, remove_totp, second_factors
from mailguard.store.people.sessions import end_sessions, list_sessions

router = APIRouter(include_in_schema=False)


@router.api_route("/account", methods=["GET", "HEAD"])
def show_account(request: Request, desk: TheDesk, visitor: PageVisitor) -> Response:
    """How one logs in, and where one is logged in."""
    return _page(request, desk, visitor)


@router.post("/account/sessions/end")
def end(request: Request, desk: TheDesk, visitor: FormVisitor, key: Annotated[str, Form()] = "") -> Response:
    """End one of one's own logins, or (without a key) all but this one."""
    ended = end_sessions(desk.store, visitor.person, request.cookies[cookie_name(desk)], key or None)
    return _done(desk, "sessions_ended" if ended else "nothing_ended")


@router.post("/account/totp/remove")
def stop_totp(request: Request, desk: TheDesk, visitor: FormVisitor) -> Response:
    """End one-time passwords."""
    require_fresh_owner(desk, visitor)
    if _is_last(desk, visitor, second_factors(desk.store, visitor.person)):
        return _page(request, desk, visitor, "last", 422)
    remove_totp(desk.store, visitor.person)
    return _done(desk, "factor_removed")


@router.post("/account/passkeys/{number}/remove")
def stop_passkey(
    request: Request, desk: TheDesk, visitor: FormVisitor, number: Annotated[int, Path(ge=0, lt=2**31)]
) -> Response:
    """Forget one of one's own passkeys."""
    require_fresh_owner(desk, visitor)
    if _is_last(desk, visitor, second_factors(desk.store, visitor.person)):
        return _page(request, desk, visitor, "last", 422)
    removed = remove_passkey(desk.store, visitor.person, number)
    return _done(desk, "factor_removed" if removed else "nothing_ended")


@router.post("/account/digest")
def choose_hours(
    request: Request, desk: TheDesk, visitor: FormVisitor, hours: Annotated[Typed, Form()] = ""
) -> Response:
    """When letters about new cases come: at these hours together, each at once (`now`), or as is usual here."""
    try:
        set_digest(desk.store, visitor.person.name, parse_hours(hours or "default"), by=visitor.person.name)
    except InputError:
        return _page(request, desk, visitor, "hours", 422)
    return _done(desk, "hours_set")


def _is_last(desk: Desk, visitor: Visitor, factors: SecondFactors) -> bool:
    """Whether it is the one factor of somebody who must have one."""
    required = desk.settings.desk.second_factor == "required" and visitor.person.role in DECIDING_ROLES
    return required and int(factors.totp) + factors.passkeys == 1


def _page(request: Request, desk: Desk, visitor: Visitor, problem: str = "", status: int = 200) -> Response:
    cookie, minutes = request.cookies[cookie_name(desk)], desk.settings.desk.session_minutes
    page = desk.pages.render(
        "login/account.html",
        status,
        visitor=visitor,
        flash=flash.take(request, desk),
        factors=second_factors(desk.store, visitor.person),
        passkeys=list_passkeys(desk.store, visitor.person),
        sessions=list_sessions(desk.store, visitor.person, cookie, minutes),
        hours=chosen_hours(desk.store, visitor.person),
        problem=problem,
    )
    flash.clear(request, page, desk)
    return page


def _done(desk: Desk, told: str) -> Response:
    return flash.redirect(desk, "/account", told)
