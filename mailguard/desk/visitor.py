"""Who is asking: the login behind a cookie or a token, and whether a form came from our own page."""

import hmac
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Form, Header, HTTPException, Request, Response

from mailguard.core.person import Person
from mailguard.desk.desk import Desk, TheDesk
from mailguard.store.people import NewSession, person_of_session, person_of_token


class LoginNeeded(Exception):
    """Nobody is logged in; pages lead to the login."""


class CrossSite(Exception):
    """The request was not sent from a page of this desk."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """A person that is logged in, and the token that their forms carry (None with an API token)."""

    person: Person
    csrf_token: str | None


def cookie_name(desk: Desk) -> str:
    """`__Host-` binds the cookie to this host, path / and TLS (RFC 6265bis, section 4.1.3.2)."""
    return "__Host-mailguard" if desk.https else "mailguard"


def set_session(response: Response, desk: Desk, session: NewSession) -> None:
    """Give the browser its cookie: for this browser session, out of reach of scripts and other sites."""
    response.set_cookie(
        cookie_name(desk), session.cookie_value, path="/", secure=desk.https, httponly=True, samesite="strict"
    )


def forget_session(response: Response, desk: Desk) -> None:
    """Take the cookie away."""
    response.delete_cookie(cookie_name(desk), path="/", secure=desk.https, httponly=True, samesite="strict")


def visitor_of_cookie(request: Request, desk: Desk) -> Visitor | None:
    """The visitor that the session cookie belongs to."""
    cookie = request.cookies.get(cookie_name(desk))
    view = person_of_session(desk.store, cookie, desk.settings.desk.session_minutes) if cookie else None
    return Visitor(view.person, view.csrf_token) if view else None


def check_origin(request: Request, desk: Desk) -> None:
    """Refuse a request that another site's page made. Raises CrossSite.

    Under our own `Referrer-Policy: no-referrer` browsers write `Origin: null` on our own forms (Fetch standard, section
    3.2), so null proves nothing either way: Sec-Fetch-Site decides where there is one, the form's token always.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None and site != "same-origin":
        raise CrossSite
    origin = request.headers.get("origin", "null").lower()
    if site is None and origin not in {"null", desk.origin}:
        raise CrossSite


def same_token(given: str, wanted: str) -> bool:
    """Compare in constant time; an empty token equals nothing."""
    return bool(wanted) and hmac.compare_digest(given.encode(), wanted.encode())


def peer_of(request: Request) -> str:
    """The network address that a request comes from."""
    host = request.client.host if request.client else ""
    # Behind a proxy on this machine everybody has its address, and twenty strangers' failures would lock out all. The
    # last entry is the one that the proxy itself has written.
    forwarded = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    return forwarded[:64] if host in {"127.0.0.1", "::1"} and forwarded else host


def _page_visitor(request: Request, desk: TheDesk) -> Visitor:
    visitor = visitor_of_cookie(request, desk)
    if visitor is None:
        raise LoginNeeded
    return visitor


def _form_visitor(request: Request, desk: TheDesk, csrf: Annotated[str, Form()] = "") -> Visitor:
    check_origin(request, desk)
    visitor = _page_visitor(request, desk)
    if not same_token(csrf, visitor.csrf_token or ""):
        raise CrossSite
    return visitor


def _api_visitor(request: Request, desk: TheDesk) -> Visitor:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme:
        # A request that shows a token is judged by the token alone, never by a cookie that happens to come along.
        person = person_of_token(desk.store, token.strip()) if scheme.lower() == "bearer" else None
        visitor = Visitor(person, None) if person else None
    else:
        visitor = visitor_of_cookie(request, desk)
    if visitor is None:
        raise HTTPException(401, "log in, or send a bearer token", {"WWW-Authenticate": "Bearer"})
    return visitor


def _api_actor(
    request: Request,
    desk: TheDesk,
    visitor: Annotated[Visitor, Depends(_api_visitor)],
    x_csrf_token: Annotated[str, Header(description="Needed with the session cookie, not with a token.")] = "",
) -> Visitor:
    if visitor.csrf_token is not None:
        check_origin(request, desk)
        if not same_token(x_csrf_token, visitor.csrf_token):
            raise CrossSite
    return visitor


PageVisitor = Annotated[Visitor, Depends(_page_visitor)]
FormVisitor = Annotated[Visitor, Depends(_form_visitor)]
ApiVisitor = Annotated[Visitor, Depends(_api_visitor)]
ApiActor = Annotated[Visitor, Depends(_api_actor)]
