"""Step-up: what matters most is done by somebody who has shown lately who they are.

A form that comes too late is not lost: it is parked, sealed, with the login, and goes on when its person has shown who
they are (`desk.login.again`).
"""

from datetime import datetime, timedelta

from fastapi import Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool

from mailguard.cases.reading import read_case
from mailguard.core.severity import Severity
from mailguard.desk.desk import Desk
from mailguard.desk.login.tickets import open_ticket, seal_ticket
from mailguard.desk.visitor import Visitor, cookie_name, session_of_cookie
from mailguard.store.people.sessions import park_form, parked_form

LASTS = timedelta(minutes=15)
"""How long a form waits for its person."""
_OWN_MINUTES = 15
"""One's own second factors are changed by somebody as fresh as this, whatever is asked for decisions."""
_MOST_PARKED = 128 * 1024
_KIND = "form"
Fields = list[tuple[str, str]]


class ProofNeeded(Exception):
    """The person has to show anew who they are before this is done."""


def require_fresh(desk: Desk, visitor: Visitor, case_id: str) -> None:
    """Raises ProofNeeded for a case of the highest class when the visitor's login is not fresh.

    That class is what opens an account (severity critical), and what policy has two persons approve. An API token is
    not asked: nobody stands behind it who could answer.
    """
    minutes = desk.settings.desk.step_up_minutes
    if not minutes or visitor.csrf_token is None or is_fresh(desk, visitor, minutes):
        return
    case = read_case(desk.store, case_id)
    if case.summary.severity is Severity.CRITICAL or case.approvals_needed > 1:
        raise ProofNeeded


def require_fresh_owner(desk: Desk, visitor: Visitor) -> None:
    """Raises ProofNeeded when the login is not fresh enough to change how one logs in."""
    if not is_fresh(desk, visitor, _OWN_MINUTES):
        raise ProofNeeded


def is_fresh(desk: Desk, visitor: Visitor, minutes: int) -> bool:
    """Whether the visitor has shown so lately who they are."""
    at: datetime | None = visitor.verified_at
    return at is not None and desk.now() - at <= timedelta(minutes=minutes)


async def ask_again(request: Request, error: Exception) -> Response:
    """Answers ProofNeeded: the form is parked, and its person led to where they show who they are."""
    if request.url.path.startswith("/api/"):
        return JSONResponse({"detail": "Show again at the desk, under /login/again, who you are."}, 403)
    form = await request.form()
    fields = [(name, value) for name, value in form.multi_items() if isinstance(value, str) and name != "csrf"]
    desk: Desk = request.app.state.desk
    await run_in_threadpool(_park, request, desk, fields)
    return RedirectResponse("/login/again", 303)


def parked(request: Request, desk: Desk) -> tuple[str, Fields] | None:
    """Path and fields of the form that waits with this login."""
    kept = parked_form(desk.store, request.cookies.get(cookie_name(desk), ""))
    values = open_ticket(desk, _KIND, kept, LASTS) if kept else None
    session = session_of_cookie(request, desk)
    if values is None or session is None or values["user"] != session.person.user_id:
        return None
    return values["path"], [(name, value) for name, value in values["fields"]]


def _park(request: Request, desk: Desk, fields: Fields) -> None:
    session = session_of_cookie(request, desk)
    size = sum(len(name) + len(value) for name, value in fields)
    if session is None or size > _MOST_PARKED:
        return
    values = {"user": session.person.user_id, "path": request.url.path, "fields": fields}
    park_form(desk.store, request.cookies[cookie_name(desk)], seal_ticket(desk, _KIND, values))
