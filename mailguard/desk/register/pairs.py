"""Remembered pairs: who decided what on one address for one customer, until when, and taking it back."""

from typing import Annotated

from fastapi import APIRouter, Form, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from mailguard.cases.four_eyes import is_sender
from mailguard.core.errors import BadDecision, NotYours
from mailguard.core.person import Person
from mailguard.customers.lists import list_pairs
from mailguard.customers.pairs import Pair, forget
from mailguard.desk import flash
from mailguard.desk.desk import Desk, TheDesk
from mailguard.desk.register.tabs import (
    LONGEST_QUERY,
    LONGEST_REASON,
    PAGE,
    Sight,
    may_revoke,
    pager,
    require,
    shown,
)
from mailguard.desk.typed import Typed
from mailguard.desk.visitor import FormVisitor, PageVisitor, Visitor

router = APIRouter(include_in_schema=False)


@router.api_route("/register/pairs", methods=["GET", "HEAD"])
def show_pairs(
    request: Request,
    desk: TheDesk,
    visitor: PageVisitor,
    q: Typed = "",
    after: Annotated[int, Query(ge=0, le=1 << 53)] = 0,
) -> Response:
    """Decisions that count today, newest first."""
    return _page(request, desk, visitor, q[:LONGEST_QUERY], after)


@router.post("/register/pairs/{pair_id}/revoke")
def post_revocation(
    request: Request,
    pair_id: Annotated[int, Path(ge=1, le=1 << 53)],
    desk: TheDesk,
    visitor: FormVisitor,
    reason: Annotated[Typed, Form()] = "",
) -> Response:
    """Take a decision back; from now on letters to that address are judged as if it had not been taken."""
    require(may_revoke(visitor.person))
    try:
        revoke_pair(desk, pair_id, visitor.person, reason)
    except BadDecision as error:
        return _page(request, desk, visitor, "", 0, status=422, problem=str(error))
    response = RedirectResponse("/register/pairs", 303)
    flash.leave(response, desk, "pair_revoked")
    return response


def revoke_pair(desk: Desk, pair_id: int, person: Person, reason: str) -> Pair:
    """Take one decision back, audited with its reason. Raises NoSuchPair, BadDecision, NotYours.

    Whose letter was rejected does not take the rejection back: that would be a decision on one's own letter.
    """
    checked = check_reason(reason)
    with desk.store.writing() as session:
        pair = forget(session, pair_id, person.name, desk.now())
        if pair.case_id is not None and not pair.approved and is_sender(session, pair.case_id, person):
            raise NotYours("a second person must take back the rejection of one's own letter")
        details = {"pair": pair.id, "customer": pair.customer_id, "approved": pair.approved, "reason": checked}
        desk.store.audit.append(
            session, "pair revoked", actor=person.name, at=desk.now(), case_id=pair.case_id, details=details
        )
    return pair


def check_reason(reason: str) -> str:
    """The reason; raises BadDecision where there is none, or far too much of one."""
    if not reason.strip():
        raise BadDecision("say why: the reason is kept in the audit trail")
    if len(reason) > LONGEST_REASON:
        raise BadDecision(f"the reason has {len(reason)} characters; at most {LONGEST_REASON} are kept")
    return reason


def _page(
    request: Request, desk: Desk, visitor: Visitor, query: str, after: int, *, status: int = 200, problem: str = ""
) -> Response:
    with desk.store.reading() as session:
        found = list_pairs(session, desk.now().date(), query=query, before=after, limit=PAGE + 1)
    following = found[PAGE - 1].id if len(found) > PAGE else None
    return shown(
        request,
        desk,
        visitor,
        "pairs",
        status,
        pairs=found[:PAGE],
        query=query,
        problem=problem,
        sight=Sight(may_revoke(visitor.person)),
        may_revoke=may_revoke(visitor.person),
        pager=pager(query, after, following),
    )
