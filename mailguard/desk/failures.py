"""Errors as answers: fixed words for people, JSON for scripts, and never an exception's text from inside."""

import traceback
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mailguard.core.errors import (
    AlreadyDecided,
    BadDecision,
    MailguardError,
    NoSuchBreach,
    NoSuchCase,
    NoSuchDelegation,
    NoSuchPair,
    NoSuchReport,
    NotYours,
    StoreError,
)
from mailguard.core.ids import new_message_id
from mailguard.desk import flash
from mailguard.desk.desk import Desk
from mailguard.desk.language.catalogue import N_, gettext, told
from mailguard.desk.login.fresh import ProofNeeded, ask_again
from mailguard.desk.visitor import CrossSite, LoginNeeded, Visitor, visitor_of_cookie

_log = structlog.get_logger("mailguard.desk")

Words = tuple[str, str]
"""Heading and explanation of an error page."""

_STATUS: dict[int, Words] = {
    400: (N_("That request cannot be read"), N_("Go back and try again.")),
    403: (N_("That is not for you to do"), N_("Nothing was changed.")),
    404: (
        N_("There is no such page"),
        N_("The address may be mistyped, or the case may be older than the retention time."),
    ),
    405: (N_("That is not how this page works"), N_("Nothing was changed.")),
    409: (N_("Somebody was quicker"), N_("The case has been decided in the meantime. Nothing was changed by you.")),
    413: (N_("That is too much"), N_("The form was larger than this desk accepts. Nothing was changed.")),
    422: (N_("Something is missing or wrong"), N_("Nothing was changed. Go back, mend it and send it again.")),
    429: (N_("Too many tries"), N_("Wait a few minutes.")),
    500: (
        N_("Something went wrong here"),
        N_("Nothing was sent. The operators find the error in the log under the number %(number)s."),
    ),
    503: (N_("The store does not answer"), N_("Nothing was changed and nothing was sent. Try again in a minute.")),
}
_NOT_YOURS = (
    N_("A second person must decide"),
    N_(
        "This is your own message or that of somebody whose deputy you are, or your role does not decide. "
        "Nothing was changed."
    ),
)
_CROSS_SITE = (
    N_("That form is stale"),
    N_("It was not sent from a page of this desk, or you have logged in anew since. Nothing was changed."),
)
_ERRORS: tuple[tuple[type[MailguardError], int, Words], ...] = (
    (NotYours, 403, _NOT_YOURS),
    (AlreadyDecided, 409, _STATUS[409]),
    (BadDecision, 422, _STATUS[422]),
    (NoSuchCase, 404, (N_("There is no such case"), N_("The number may be mistyped, or its retention time is over."))),
    (NoSuchBreach, 404, (N_("There is no such breach"), N_("The number may be mistyped."))),
    (
        NoSuchReport,
        404,
        (N_("There is no such report"), N_("The number may be mistyped, or its retention time is over.")),
    ),
    (NoSuchDelegation, 404, (N_("There is no such delegation"), N_("Nothing was changed."))),
    (NoSuchPair, 404, (N_("There is no such entry"), N_("Somebody else may have taken it back already."))),
)


_BROKEN = (503, _STATUS[503])


def answer_errors(app: FastAPI) -> None:
    """Have every error of the desk end in a page or in JSON."""
    app.add_exception_handler(LoginNeeded, _lead_to_login)
    app.add_exception_handler(ProofNeeded, ask_again)
    app.add_exception_handler(CrossSite, _refuse_cross_site)
    app.add_exception_handler(MailguardError, _explain)
    app.add_exception_handler(RequestValidationError, _name_fields)
    app.add_exception_handler(HTTPException, _name_status)


class CatchAll:
    """The last net. The log gets the error's kind and the places it passed, not its text: that may quote a letter."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        started = False

        async def send_noted(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, send_noted)
        except Exception as error:
            number = new_message_id()
            places = [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)[-8:]]
            _log.error("request failed", number=number, error=type(error).__name__, places=places)
            if scope["type"] != "http" or started:
                # Half an answer is on the wire: closing the connection is all that is left.
                raise ConnectionAbortedError("the answer had begun") from None
            title, text = _STATUS[500]
            response = _answer(Request(scope), 500, (title, text), number=number)
            await response(scope, receive, send)


async def _lead_to_login(request: Request, error: Exception) -> Response:
    desk: Desk = request.app.state.desk
    if request.method == "GET" and request.headers.get("sec-fetch-site") in {"cross-site", "same-site"}:
        # A link in a web mail program: the browser keeps the SameSite=Strict cookie back on this first request, and
        # sends it on the next one, which comes from our own page.
        return desk.pages.render("onward.html", 200, headers={"refresh": "0"})
    if request.method not in {"GET", "HEAD"}:
        return flash.redirect(desk, "/login", "ended")
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse("/login" if wanted == "/" else f"/login?next={quote(wanted)}", 303)


def _refuse_cross_site(request: Request, error: Exception) -> Response:
    return _answer(request, 403, _CROSS_SITE, _visitor(request))


def _explain(request: Request, error: Exception) -> Response:
    status, words = next(((status, words) for kind, status, words in _ERRORS if isinstance(error, kind)), _BROKEN)
    if status == 503:
        _log.error("store trouble", error=type(error).__name__, text=str(error))
    if isinstance(error, BadDecision):
        # Written for the person who decides; the templates escape it.
        words = (words[0], str(error) if request.url.path.startswith("/api/") else told(error))
    return _answer(request, status, words, _visitor(request) if status != 503 else None)


async def _name_fields(request: Request, error: Exception) -> Response:
    if not request.url.path.startswith("/api/"):
        # Forms of ours send what fits; Pydantic's English helps those who write a script.
        return _answer(request, 422, _STATUS[422])
    # Its own answer repeats what was sent; only the place and the rule are told.
    problems = error.errors() if isinstance(error, RequestValidationError) else []
    places = "; ".join(f"{'.'.join(map(str, p['loc'][1:]))[:80]}: {p['msg'][:200]}" for p in problems[:5])
    return _answer(request, 422, (_STATUS[422][0], places))


def _name_status(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    title, text = _STATUS.get(status, _STATUS[400])
    if request.url.path.startswith("/api/v1/") and isinstance(error, HTTPException):
        return JSONResponse({"detail": error.detail}, status, headers)
    return _answer(request, status, (title, text), _visitor(request), headers)


def _visitor(request: Request) -> Visitor | None:
    try:
        return visitor_of_cookie(request, request.app.state.desk)
    except StoreError:
        return None


def _answer(
    request: Request,
    status: int,
    words: Words,
    visitor: Visitor | None = None,
    headers: dict[str, str] | None = None,
    number: str = "",
) -> Response:
    title, text = words
    if request.url.path.startswith("/api/"):
        return JSONResponse({"detail": f"{title}. {_numbered(text, number)}".strip()}, status, headers)
    desk: Desk = request.app.state.desk
    return desk.pages.render(
        "error.html",
        status,
        headers=headers,
        title=gettext(title),
        text=_numbered(gettext(text), number),
        status_code=status,
        visitor=visitor,
    )


def _numbered(text: str, number: str) -> str:
    # Not with the `%` operator: other texts may hold one.
    return text.replace("%(number)s", number)
