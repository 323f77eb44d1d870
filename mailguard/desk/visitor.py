"""Who is asking: the login behind a cookie or a token, and whether a form came from our own page."""

import hmac
from dataclasses import dataclass, replace
from datetime import datetime
from ipaddress import ip_address
from typing import Annotated

from fastapi import Depends, Form, Header, HTTPException, Request, Response

from mailguard.cases.scope import require_own, require_seen, with_givers
from mailguard.core.person import Person
from mailguard.desk.case_id import require_case_id
from mailguard.desk.desk import Desk, TheDesk
from mailguard.desk.language.choice import prefer
from mailguard.desk.rights import Right, require_right
from mailguard.store.people import NewSession, SessionView, person_of_session, person_of_token

_UNATTENDED = frozenset({"/cases/news", "/cases/events"})
"""What an open page asks by itself: that somebody is there, it does not show."""


class LoginNeeded(Exception):
    """Nobody is logged in; pages lead to the login."""


class CrossSite(Exception):
    """The request was not sent from a page of this desk."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """A person that is logged in, and the token that their forms carry (None with an API token)."""

    person: Person
    csrf_token: str | None
    method: str = "token"
    """How they logged in (`store.people.sessions`)."""
    verified_at: datetime | None = None
    """When they last showed who they are."""


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
    """The visitor that the session cookie belongs to; nobody while their second factor is awaited."""
    view = session_of_cookie(request, desk)
    if view is None or view.awaits_second:
        return None
    return Visitor(view.person, view.csrf_token, view.method, view.verified_at)


def session_of_cookie(request: Request, desk: Desk) -> SessionView | None:
    """The login that the session cookie belongs to, whole or not."""
    cookie = request.cookies.get(cookie_name(desk))
    if not cookie:
        return None
    attended = request.url.path not in _UNATTENDED
    view = person_of_session(desk.store, cookie, desk.settings.desk.session_minutes, touch=attended)
    if view is not None:
        prefer(view.person.language)
    return view


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


def peer_of(request: Request, desk: Desk) -> str:
    """The network address that a request comes from, which a proxy of the configuration knows better than we do."""
    host = request.client.host if request.client else ""
    # Behind a proxy everybody has its address, and twenty strangers' failures would lock out all. The last entry of the
    # last line is the one that the proxy itself has written: some add to the visitor's line, others (HAProxy) add one.
    forwarded = ",".join(request.headers.getlist("x-forwarded-for")).rpartition(",")[2].strip()
    return _without_port(forwarded[:64]) if forwarded and _is_proxy(host, desk) else host


def _without_port(peer: str) -> str:
    # Some proxies write one: then each connection would be another guesser's.
    host, colon, port = peer.rpartition(":")
    has_port = colon and port.isdigit() and (":" not in host or host.endswith("]"))
    return (host if has_port else peer).strip("[]")


def _is_proxy(host: str, desk: Desk) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return any(address in network for network in desk.proxies)


def _admitted(request: Request, desk: Desk, visitor: Visitor) -> Visitor:
    """The visitor, for whom the route is (`desk.rights`) and to whom its case exists. Raises NoSuchCase.

    Here, before any route's own code: what a route forgets to ask cannot tell somebody of another team's case.
    """
    visitor = replace(visitor, person=with_givers(desk.store, visitor.person))
    right = require_right(request, visitor.person)
    if (case_id := request.path_params.get("case_id")) is not None:
        _require_case(desk, str(case_id), visitor.person, right)
    return visitor


def _require_case(desk: Desk, case_id: str, person: Person, right: Right) -> None:
    require_case_id(case_id)
    with desk.store.reading() as session:
        if right.case == "own":
            require_own(session, case_id, person)
        else:
            require_seen(session, case_id, person, or_own=right.case == "either")


def _logged_in(request: Request, desk: Desk) -> Visitor:
    visitor = visitor_of_cookie(request, desk)
    if visitor is None:
        raise LoginNeeded
    return visitor


def _page_visitor(request: Request, desk: TheDesk) -> Visitor:
    return _admitted(request, desk, _logged_in(request, desk))


def _form_visitor(request: Request, desk: TheDesk, csrf: Annotated[str, Form()] = "") -> Visitor:
    check_origin(request, desk)
    visitor = _logged_in(request, desk)
    if not same_token(csrf, visitor.csrf_token or ""):
        raise CrossSite
    return _admitted(request, desk, visitor)


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
    return _admitted(request, desk, visitor)


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
