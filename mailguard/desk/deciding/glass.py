"""Breaking the glass: a page of its own that says what it does, and the word that is said of it afterwards."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from mailguard.cases.deciding.after_review import review
from mailguard.cases.deciding.break_glass import SHORTEST_REASON, could_break
from mailguard.cases.deciding.decide import decide
from mailguard.cases.reading import read_case
from mailguard.cases.seeding.outcome import outcome_of
from mailguard.core.decision import Action, Decision
from mailguard.core.errors import BadDecision, NotYours
from mailguard.desk import flash
from mailguard.desk.case.page import Draft, case_page
from mailguard.desk.case_id import CaseId
from mailguard.desk.desk import Desk, TheDesk
from mailguard.desk.language.catalogue import told
from mailguard.desk.login.fresh import require_fresh
from mailguard.desk.typed import MOST_TYPED, Typed, position_of
from mailguard.desk.visitor import FormVisitor, PageVisitor, Visitor

router = APIRouter(include_in_schema=False)


@router.api_route("/cases/{case_id}/break-glass", methods=["GET", "HEAD"])
def show_glass(request: Request, case_id: CaseId, desk: TheDesk, visitor: PageVisitor) -> Response:
    """What it does, before it is done."""
    return _page(request, desk, visitor, case_id)


@router.post("/cases/{case_id}/break-glass")
def post_glass(
    request: Request,
    case_id: CaseId,
    desk: TheDesk,
    visitor: FormVisitor,
    reason: Annotated[Typed, Form()] = "",
    recipient: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """Approve alone, for the ticked recipients."""
    require_fresh(desk, visitor, case_id)
    ticked = frozenset(map(position_of, recipient))
    known = read_case(desk.store, case_id).recipients
    addresses = tuple(r.address for position, r in enumerate(known) if position in ticked)
    decision = Decision(Action.APPROVE, reason[:MOST_TYPED], addresses, break_glass=True)
    try:
        decide(desk.store, case_id, decision, visitor.person, desk.read)
    except BadDecision as error:
        return _page(request, desk, visitor, case_id, Draft(told(error), "break", reason, ticked), status=422)
    return flash.redirect(desk, f"/cases/{case_id}", outcome_of(desk.store, case_id) or "glass_broken", case_id)


@router.post("/cases/{case_id}/after-review")
def post_review(
    request: Request,
    case_id: CaseId,
    desk: TheDesk,
    visitor: FormVisitor,
    was_right: Annotated[str, Form()] = "",
    reason: Annotated[Typed, Form()] = "",
) -> Response:
    """Say whether it was right."""
    require_fresh(desk, visitor, case_id)
    try:
        if was_right not in {"yes", "no"}:
            raise BadDecision("choose: it was right, or it was not")
        review(desk.store, case_id, was_right == "yes", reason[:MOST_TYPED], visitor.person, desk.read)
    except BadDecision as error:
        return case_page(request, desk, visitor, case_id, Draft(told(error), "review", reason), status=422)
    return flash.redirect(desk, f"/cases/{case_id}", "reviewed", case_id)


def _page(
    request: Request, desk: Desk, visitor: Visitor, case_id: str, draft: Draft | None = None, status: int = 200
) -> Response:
    case = read_case(desk.store, case_id)
    if not could_break(desk.store, case_id, visitor.person):
        raise NotYours("the glass is not yours to break, or need not be broken")
    return desk.pages.render(
        "deciding/glass.html",
        status,
        visitor=visitor,
        case=case,
        case_id=case_id,
        draft=draft,
        shortest=SHORTEST_REASON,
    )
