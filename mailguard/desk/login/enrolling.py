"""Setting up a second factor: one-time passwords, passkeys, recovery codes. What is secret is shown once."""

from io import BytesIO
from typing import Annotated

import pyotp
import segno
from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from mailguard.core.errors import InputError
from mailguard.core.one_line import one_line
from mailguard.core.secret import Secret
from mailguard.desk.desk import Desk, TheDesk
from mailguard.desk.login.entering import must_enrol
from mailguard.desk.login.half import Enroller, EnrollerForm, is_half
from mailguard.desk.login.passkeys import ask_new_passkey, check_new_passkey
from mailguard.desk.typed import Typed
from mailguard.desk.visitor import Visitor, cookie_name, peer_of, set_session
from mailguard.store.people.one_time_passwords import begin_totp, confirm_totp, unconfirmed_totp
from mailguard.store.people.passkeys import add_passkey
from mailguard.store.people.recovery_codes import new_recovery_codes
from mailguard.store.people.second_factors import second_factors
from mailguard.store.people.sessions import verify_session

router = APIRouter(include_in_schema=False)

_LONGEST_NAME = 60


@router.api_route("/account/second", methods=["GET", "HEAD"])
def show_enrolment(request: Request, desk: TheDesk, visitor: Enroller) -> Response:
    """What can be set up, and the secret that waits for its first password."""
    return enrolment_page(request, desk, visitor)


@router.post("/account/second/totp")
def begin(request: Request, desk: TheDesk, visitor: EnrollerForm) -> Response:
    """Make a new secret; it counts from its first right password on."""
    try:
        begin_totp(desk.store, visitor.person)
    except InputError:
        return RedirectResponse("/account", 303)
    return RedirectResponse("/account/second", 303)


@router.api_route("/account/second/code.svg", methods=["GET", "HEAD"])
def show_code(desk: TheDesk, visitor: Enroller) -> Response:
    """The secret that waits, as a picture for a telephone's camera. It is kept nowhere (`no-store`)."""
    secret = unconfirmed_totp(desk.store, visitor.person)
    if secret is None:
        raise HTTPException(404)
    address = pyotp.TOTP(secret.reveal()).provisioning_uri(name=visitor.person.name, issuer_name="mailguard")
    picture = BytesIO()
    # Black on white whatever the colours of the page: cameras need the contrast.
    segno.make(address, micro=False).save(picture, kind="svg", scale=5, border=4, light="#fff", omitsize=True)
    return Response(picture.getvalue(), media_type="image/svg+xml", headers={"cache-control": "no-store"})


@router.post("/account/second/confirm")
def confirm(request: Request, desk: TheDesk, visitor: EnrollerForm, code: Annotated[Typed, Form()] = "") -> Response:
    """Take the first password of the new secret; recovery codes are shown in the answer, this once."""
    peer = peer_of(request, desk)
    if not desk.throttle.is_open(peer):
        return enrolment_page(request, desk, visitor, "throttled", 429)
    if not confirm_totp(desk.store, visitor.person, code[:100]):
        desk.throttle.count(peer)
        return enrolment_page(request, desk, visitor, "wrong", 401)
    return enrolled(request, desk, visitor, "totp")


@router.post("/account/second/passkey")
def add(
    request: Request,
    desk: TheDesk,
    visitor: EnrollerForm,
    credential: Annotated[str, Form()] = "",
    ticket: Annotated[str, Form()] = "",
    name: Annotated[Typed, Form()] = "",
) -> Response:
    """Keep the public half of a passkey that the device has just made."""
    made = check_new_passkey(desk, credential, ticket, visitor.csrf_token or "", visitor.person)
    if made is None:
        return enrolment_page(request, desk, visitor, "passkey", 422)
    called = one_line(name, _LONGEST_NAME) or one_line(desk.now().strftime("%Y-%m-%d"))
    try:
        add_passkey(
            desk.store,
            visitor.person,
            called,
            credential_id=made.credential_id,
            public_key=made.public_key,
            count=made.count,
        )
    except InputError:
        return enrolment_page(request, desk, visitor, "passkey", 422)
    return enrolled(request, desk, visitor, "passkey")


@router.post("/account/second/recovery")
def renew_codes(request: Request, desk: TheDesk, visitor: EnrollerForm) -> Response:
    """Ten new codes in the place of the old, shown in the answer, this once."""
    if not second_factors(desk.store, visitor.person).any:
        return RedirectResponse("/account/second", 303)
    return _codes_page(request, desk, visitor, new_recovery_codes(desk.store, visitor.person), again=True)


def enrolled(request: Request, desk: Desk, visitor: Visitor, method: str) -> Response:
    """The first factor brings recovery codes, and makes a login whole that waited for it."""
    if second_factors(desk.store, visitor.person).recovery_codes == 0:
        response = _codes_page(request, desk, visitor, new_recovery_codes(desk.store, visitor.person))
    else:
        response = RedirectResponse("/account", 303)
    if is_half(request, desk):
        session = verify_session(desk.store, request.cookies[cookie_name(desk)], method)
        if session is not None:
            set_session(response, desk, session)
    return response


def enrolment_page(request: Request, desk: Desk, visitor: Visitor, problem: str = "", status: int = 200) -> Response:
    """The page of what can be set up. `problem` is the code of what went wrong."""
    half = is_half(request, desk)
    secret: Secret | None = unconfirmed_totp(desk.store, visitor.person)
    factors = second_factors(desk.store, visitor.person)
    return desk.pages.render(
        "login/account_second.html",
        status,
        visitor=None if half else visitor,
        csrf=visitor.csrf_token,
        required=must_enrol(desk, visitor.person, factors),
        factors=factors,
        secret=_in_fours(secret) if secret else None,
        passkeys=ask_new_passkey(desk, visitor.csrf_token or "", visitor.person),
        problem=problem,
    )


def _codes_page(
    request: Request, desk: Desk, visitor: Visitor, codes: tuple[str, ...], *, again: bool = False
) -> Response:
    shown = None if is_half(request, desk) else visitor
    return desk.pages.render("login/account_codes.html", visitor=shown, codes=codes, again=again)


def _in_fours(secret: Secret) -> str:
    text = secret.reveal()
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))
