"""Disputed addresses: of whom somebody said "this is not me", and taking it back."""

from typing import Annotated

from fastapi import APIRouter, Form, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from mailguard.core.errors import BadDecision
from mailguard.core.person import Person
from mailguard.customers.disputes import revoke
from mailguard.customers.lists import find_dispute, list_disputes
from mailguard.desk import flash
from mailguard.desk.desk import Desk, TheDesk
from mailguard.desk.register.pairs import check_reason
from mailguard.desk.register.tabs import LONGEST_QUERY, PAGE, Sight, may_revoke, pager, require, shown
from mailguard.desk.typed import Typed
from mailguard.desk.visitor import FormVisitor, PageVisitor, Visitor

router = APIRouter(include_in_schema=False)


@router.api_route("/register/disputes", methods=["GET", "HEAD"])
def show_disputes(
    request: Request,
    desk: TheDesk,
    visitor: PageVisitor,
    q: Typed = "",
    after: Annotated[int, Query(ge=0, le=1 << 53)] = 0,
) -> Response:
    """Disputes that stand, newest first."""
    return _page(request, desk, visitor, q[:LONGEST_QUERY], after)


@router.post("/register/disputes/{dispute_id}/revoke")
def post_revocation(
    request: Request,
    dispute_id: Annotated[int, Path(ge=1, le=1 << 53)],
    desk: TheDesk,
    visitor: FormVisitor,
    reason: Annotated[Typed, Form()] = "",
) -> Response:
    """Take a dispute back: the address counts again as its record has it."""
    require(may_revoke(visitor.person))
    try:
        revoke_dispute(desk, dispute_id, visitor.person, reason)
    except BadDecision as error:
        return _page(request, desk, visitor, "", 0, status=422, problem=str(error))
    response = RedirectResponse("/register/disputes", 303)
    flash.leave(response, desk, "dispute_revoked")
    return response


def revoke_dispute(desk: Desk, dispute_id: int, person: Person, reason: str) -> None:
    """Take back a dispute, with every other one of that address and customer, audited. Raises NoSuchPair, BadDecision.

    Two readers may have said the same; a row that is left over would hold the letters all the same.
    """
    checked = check_reason(reason)
    with desk.store.writing() as session:
        dispute = find_dispute(session, dispute_id)
        revoke(session, dispute.address, dispute.customer_id, person.name, desk.now())
        details = {"address": dispute.address, "customer": dispute.customer_id, "reason": checked}
        desk.store.audit.append(session, "dispute revoked", actor=person.name, at=desk.now(), details=details)


def _page(
    request: Request, desk: Desk, visitor: Visitor, query: str, after: int, *, status: int = 200, problem: str = ""
) -> Response:
    with desk.store.reading() as session:
        found = list_disputes(session, query=query, before=after, limit=PAGE + 1)
    following = found[PAGE - 1].id if len(found) > PAGE else None
    return shown(
        request,
        desk,
        visitor,
        "disputes",
        status,
        disputes=found[:PAGE],
        query=query,
        problem=problem,
        sight=Sight(may_revoke(visitor.person)),
        may_revoke=may_revoke(visitor.person),
        pager=pager(query, after, following),
    )
