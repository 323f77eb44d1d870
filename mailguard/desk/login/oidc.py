"""Login by the company's provider: the way there, and the way back with a code (OpenID Connect Core 1.0, 3.1)."""

import secrets
from datetime import timedelta
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.responses import RedirectResponse

from mailguard.core.errors import LoginRefused, ProviderError
from mailguard.core.ids import new_token
from mailguard.desk.desk import Desk, TheDesk
from mailguard.desk.login.again import again_page
from mailguard.desk.login.claims import read_claims
from mailguard.desk.login.entering import complete, enter, own_page
from mailguard.desk.login.form import login_page
from mailguard.desk.login.provider import LEEWAY, Provider
from mailguard.desk.login.tickets import open_ticket, seal_ticket
from mailguard.desk.visitor import LoginNeeded, Visitor, peer_of, same_token, visitor_of_cookie
from mailguard.store.people.challenges import spend_challenge
from mailguard.store.people.federated import admit, note_failure, subject_of, verify_anew

router = APIRouter(include_in_schema=False)
_log = structlog.get_logger("mailguard.desk")

LASTS = timedelta(minutes=15)
"""How long somebody may take at the provider."""
_KIND = "oidc"
_PROBLEMS = {"no_role": "no_role", "no_address": "no_address", "name_taken": "taken", "address_taken": "taken"}
"""Codes of refusals that somebody is told of; the others say only that they were not let in."""
_BACK = "/login/oidc/back"
Parameter = Annotated[str, Query(max_length=4000)]


@router.get("/login/oidc")
def go(
    request: Request,
    desk: TheDesk,
    next: Parameter = "",  # noqa: A002 - the word in the URL
    again: Parameter = "",
) -> Response:
    """Send the browser to the provider. State, nonce and verifier stay with it, sealed; here nothing is kept."""
    provider = _provider(desk)
    visitor = visitor_of_cookie(request, desk) if again else None
    if again and visitor is None:
        raise LoginNeeded
    flow = {"state": new_token(), "nonce": new_token(), "verifier": secrets.token_urlsafe(48)}
    try:
        way = provider.way_there(redirect_uri=desk.base_url + _BACK, anew=bool(again), **flow)
    except ProviderError as error:
        return _silent(request, desk, error, visitor)
    response = RedirectResponse(way, 303)
    kept = flow | {"next": own_page(next) if next else "", "again": bool(again), "at": int(desk.now().timestamp())}
    # Lax: the way back begins at the provider's site. In no other request does it give anything.
    response.set_cookie(
        _cookie(desk),
        seal_ticket(desk, _KIND, kept),
        max_age=int(LASTS.total_seconds()),
        path="/",
        secure=desk.https,
        httponly=True,
        samesite="lax",
    )
    return response


@router.get(_BACK)
def come_back(
    request: Request,
    desk: TheDesk,
    state: Parameter = "",
    code: Parameter = "",
    iss: Parameter = "",
    error: Parameter = "",
) -> Response:
    """Exchange the code for who somebody is, in the browser that was sent, once."""
    provider = _provider(desk)
    if request.headers.get("sec-fetch-site") in {"cross-site", "same-site"}:
        # The session's cookie is strict, and stays at home on a way that began elsewhere.
        return desk.pages.render("onward.html", headers={"refresh": "0"})
    flow = open_ticket(desk, _KIND, request.cookies.get(_cookie(desk), ""), LASTS)
    response = _answer(request, desk, provider, flow, state, code, iss, error)
    response.delete_cookie(_cookie(desk), path="/", secure=desk.https, httponly=True, samesite="lax")
    return response


def _answer(
    request: Request,
    desk: Desk,
    provider: Provider,
    flow: dict[str, Any] | None,
    state: str,
    code: str,
    iss: str,
    error: str,
) -> Response:
    peer = peer_of(request, desk)
    if not desk.throttle.is_open(peer):
        return login_page(request, desk, "", status=429)
    # A second answer with the same state is a replay, or somebody's Back button: the code is spent either way.
    if flow is None or not same_token(state, flow["state"]) or not spend_challenge(desk.store, state, LASTS):
        return _refused(request, desk, peer, "stale", 400)
    if error or not code or (iss and iss != desk.settings.desk.oidc.issuer):  # type: ignore[union-attr]
        # `iss` (RFC 9207): the answer of another provider, mixed up with this one's.
        return _refused(request, desk, peer, "refused", 403, wanted=flow["next"])
    visitor = visitor_of_cookie(request, desk) if flow["again"] else None
    try:
        claims = provider.claims_for(
            code, redirect_uri=desk.base_url + _BACK, nonce=flow["nonce"], verifier=flow["verifier"]
        )
    except ProviderError as trouble:
        desk.throttle.count(peer)
        return _silent(request, desk, trouble, visitor)
    if flow["again"]:
        return _verified(request, desk, visitor, claims, flow["at"])
    try:
        person = admit(desk.store, read_claims(claims, desk.settings.desk.oidc))  # type: ignore[arg-type]
    except LoginRefused as refusal:
        return _refused(request, desk, peer, _PROBLEMS.get(refusal.code, "refused"), 403, why=refusal.code)
    return enter(request, desk, person, "oidc", flow["next"])


def _verified(request: Request, desk: Desk, visitor: Visitor | None, claims: dict[str, Any], asked_at: int) -> Response:
    """The person whose login this is has shown anew who they are; that it was anew, the provider must say."""
    if visitor is None:
        raise LoginNeeded
    shown_at = claims.get("auth_time")
    anew = isinstance(shown_at, (int, float)) and shown_at >= asked_at - LEEWAY
    subject = f"{desk.settings.desk.oidc.issuer} {claims['sub']}"  # type: ignore[union-attr]
    if not anew or subject_of(desk.store, visitor.person) != subject:
        _log.warning("not verified anew", why="not anew" if not anew else "somebody else")
        note_failure(desk.store, visitor.person.name, "not_anew" if not anew else "other_subject")
        return again_page(request, desk, visitor, "provider", 403)
    verify_anew(desk.store, visitor.person)
    return complete(request, desk, None, "/login/onward")


def _refused(
    request: Request, desk: Desk, peer: str, problem: str, status: int, *, why: str = "", wanted: str = ""
) -> Response:
    desk.throttle.count(peer)
    if not why:
        note_failure(desk.store, "(unknown)", problem)
    _log.warning("login by the provider refused", why=why or problem)
    return login_page(request, desk, wanted, status=status, problem=problem)


def _silent(request: Request, desk: Desk, error: ProviderError, visitor: Visitor | None) -> Response:
    _log.error("the provider of logins does not answer as it must", why=str(error))
    if visitor is not None:
        return again_page(request, desk, visitor, "silent", 502)
    return login_page(request, desk, "", status=502, problem="silent")


def _provider(desk: Desk) -> Provider:
    if desk.provider is None:
        raise HTTPException(404)
    return desk.provider


def _cookie(desk: Desk) -> str:
    return "__Host-mailguard-oidc" if desk.https else "mailguard-oidc"
