"""What teams keep getting wrong: patterns with a lesson, and people by pseudonym. A name is opened with a reason."""

from datetime import datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, HTTPException, Query, Request, Response

from mailguard.core.coaching import Coaching
from mailguard.core.one_line import one_line
from mailguard.desk import flash
from mailguard.desk.desk import Desk, TheDesk
from mailguard.desk.typed import Typed
from mailguard.desk.visitor import FormVisitor, PageVisitor, Visitor

router = APIRouter(include_in_schema=False)

SHORTEST_REASON = 20
_MOST_TYPED = 2000
_WEEKS = (1, 4, 8, 13)

Weeks = Annotated[int, Query(ge=1, le=_WEEKS[-1])]


@router.api_route("/coaching", methods=["GET", "HEAD"])
def show_coaching(request: Request, desk: TheDesk, visitor: PageVisitor, weeks: Weeks = 4) -> Response:
    """The patterns of the last full weeks."""
    return _page(request, desk, visitor, weeks)


@router.post("/coaching/open")
def post_open(
    request: Request,
    desk: TheDesk,
    visitor: FormVisitor,
    pseudonym: Annotated[str, Form(max_length=20)] = "",
    reason: Annotated[Typed, Form()] = "",
    weeks: Annotated[int, Form(ge=1, le=_WEEKS[-1])] = 4,
) -> Response:
    """Say whose a pseudonym is. The answer is this page alone: no address to be kept or sent on leads to it."""
    coaching = _coaching(desk)
    why = one_line(reason, _MOST_TYPED).strip()
    if len(why) < SHORTEST_REASON:
        return _page(request, desk, visitor, weeks, problem="Write why the name is needed.", status=422)
    since, until = _span(desk, weeks)
    address = coaching.open_pseudonym(pseudonym, since, until)
    if address is None:
        raise HTTPException(404)
    # First the entry: what cannot be written down is not shown. Without the name, which auditors do not see either.
    with desk.store.writing() as session:
        details = {"pseudonym": pseudonym, "reason": why}
        desk.store.audit.append(session, "name opened", actor=visitor.person.name, at=desk.now(), details=details)
    return _page(request, desk, visitor, weeks, opened=(pseudonym, address))


def _coaching(desk: Desk) -> Coaching:
    if desk.coaching is None:
        raise HTTPException(404)
    return desk.coaching


def _page(
    request: Request,
    desk: Desk,
    visitor: Visitor,
    weeks: int,
    *,
    opened: tuple[str, str] | None = None,
    problem: str = "",
    status: int = 200,
) -> Response:
    coaching = _coaching(desk)
    since, until = _span(desk, weeks)
    found = coaching.patterns(since, until)
    page = desk.pages.render(
        "reports/coaching.html",
        status,
        visitor=visitor,
        flash=flash.take(request, desk),
        patterns=[(one, coaching.lesson(one.topic)) for one in found],
        pseudonyms=sorted({pseudonym for one in found for pseudonym, _ in one.people}),
        weeks=weeks,
        choices=_WEEKS,
        opened=opened,
        problem=problem,
        shortest=SHORTEST_REASON,
    )
    flash.clear(request, page, desk)
    return page


def _span(desk: Desk, weeks: int) -> tuple[datetime, datetime]:
    """So many full weeks, Monday to Monday, in the report's time zone: the same figures as the reports'."""
    today = desk.now().astimezone(ZoneInfo(desk.settings.report.time_zone))
    monday = (today - timedelta(days=today.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
    return monday - timedelta(weeks=weeks), monday
