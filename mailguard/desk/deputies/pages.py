"""Deputies: who decides in whose place, on which days. Everybody sees and makes their own, admins all."""

from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Path, Request, Response

from mailguard.cases.deciding.delegations import LONGEST_REASON, delegate, end_delegation, list_delegations
from mailguard.cases.deciding.rights import READING_ROLES
from mailguard.core.errors import BadDecision, InputError
from mailguard.core.person import DECIDING_ROLES, Person, Role
from mailguard.desk import flash
from mailguard.desk.desk import Desk, TheDesk
from mailguard.desk.language.catalogue import told
from mailguard.desk.typed import Typed
from mailguard.desk.visitor import FormVisitor, PageVisitor, Visitor
from mailguard.store.people import people

router = APIRouter(include_in_schema=False)


@router.api_route("/delegations", methods=["GET", "HEAD"])
def show_delegations(request: Request, desk: TheDesk, visitor: PageVisitor) -> Response:
    """What the visitor has given or was given; an admin sees everybody's."""
    return _page(request, desk, visitor)


@router.post("/delegations")
def post_delegation(
    request: Request,
    desk: TheDesk,
    visitor: FormVisitor,
    giver: Annotated[Typed, Form()] = "",
    deputy: Annotated[Typed, Form()] = "",
    first_day: Annotated[Typed, Form()] = "",
    last_day: Annotated[Typed, Form()] = "",
    reason: Annotated[Typed, Form()] = "",
) -> Response:
    """Make one. What is missing or cannot be is said beside the form."""
    try:
        days = _day(first_day), _day(last_day)
        zone = desk.settings.calendar.time_zone
        owner = giver or visitor.person.name
        delegate(desk.store, owner, deputy, *days, reason[: 2 * LONGEST_REASON], zone=zone, by=visitor.person)
    except (BadDecision, InputError) as error:
        draft = {"giver": giver, "deputy": deputy, "first_day": first_day, "last_day": last_day, "reason": reason}
        return _page(request, desk, visitor, status=422, problem=told(error), draft=draft)
    return flash.redirect(desk, "/delegations", "delegated")


@router.post("/delegations/{number}/end")
def post_end(number: Annotated[int, Path(ge=1, le=1 << 53)], desk: TheDesk, visitor: FormVisitor) -> Response:
    """End one at once."""
    end_delegation(desk.store, number, by=visitor.person)
    return flash.redirect(desk, "/delegations", "delegation_ended")


def visible_to(person: Person) -> Person | None:
    """Whose delegations a person may read: their own, or everybody's (None)."""
    return None if person.role in {Role.ADMIN, Role.AUDITOR} else person


def _page(
    request: Request,
    desk: Desk,
    visitor: Visitor,
    *,
    status: int = 200,
    problem: str = "",
    draft: dict[str, str] | None = None,
) -> Response:
    person, everybody = visitor.person, people(desk.store)
    admin = person.role is Role.ADMIN
    page = desk.pages.render(
        "deputies/delegations.html",
        status,
        visitor=visitor,
        flash=flash.take(request, desk),
        delegations=list_delegations(desk.store, visible_to(person)),
        may_end=lambda one: admin or person.user_id in {one.giver.user_id, one.deputy.user_id},
        may_give=person.role in DECIDING_ROLES,
        givers=[p.name for p in everybody if p.role in DECIDING_ROLES] if admin else [],
        deputies=[p.name for p in everybody if p.role not in READING_ROLES and (admin or p.user_id != person.user_id)],
        problem=problem,
        draft=draft or {},
        today=desk.now().astimezone(ZoneInfo(desk.settings.calendar.time_zone)).date(),
        zone=desk.settings.calendar.time_zone,
        now=desk.now(),
    )
    flash.clear(request, page, desk)
    return page


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadDecision("write first and last day as 2026-12-21") from None
