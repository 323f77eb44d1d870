"""The forms of a case's thread: a comment, a question to the sender, a return for correction."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from mailguard.cases.deciding.decide import decide
from mailguard.cases.remarks import add_remark
from mailguard.cases.seeding.outcome import outcome_of
from mailguard.core.decision import Action, Decision
from mailguard.core.errors import BadDecision
from mailguard.core.remark import RemarkKind
from mailguard.desk import flash
from mailguard.desk.case.page import Draft, case_page
from mailguard.desk.case_id import CaseId
from mailguard.desk.desk import TheDesk
from mailguard.desk.language.catalogue import told
from mailguard.desk.login.fresh import require_fresh
from mailguard.desk.typed import MOST_TYPED, Typed
from mailguard.desk.visitor import FormVisitor

router = APIRouter(include_in_schema=False)

_SAID_HERE = {one.value: one for one in (RemarkKind.COMMENT, RemarkKind.QUESTION)}


@router.post("/cases/{case_id}/remarks")
def post_remark(
    request: Request,
    case_id: CaseId,
    desk: TheDesk,
    visitor: FormVisitor,
    kind: Annotated[str, Form()] = "",
    text: Annotated[Typed, Form()] = "",
) -> Response:
    """Comment among reviewers, or ask the sender."""
    try:
        if kind not in _SAID_HERE:
            raise BadDecision("choose whom it is for")
        add_remark(desk.store, case_id, visitor.person, _SAID_HERE[kind], text[:MOST_TYPED], desk.read)
    except BadDecision as error:
        draft = Draft(told(error), f"remark-{kind}", text[:MOST_TYPED])
        return case_page(request, desk, visitor, case_id, draft, status=422)
    said = "sender_asked" if kind == RemarkKind.QUESTION else "commented"
    return flash.redirect(desk, f"/cases/{case_id}#thread", said, case_id)


@router.post("/cases/{case_id}/return")
def post_return(
    request: Request, case_id: CaseId, desk: TheDesk, visitor: FormVisitor, text: Annotated[Typed, Form()] = ""
) -> Response:
    """Give the message back with what is to be mended: a rejection of a kind of its own."""
    require_fresh(desk, visitor, case_id)
    decision = Decision(Action.REJECT, text[:MOST_TYPED], for_correction=True, remember=False)
    undo = desk.settings.desk.undo_seconds
    try:
        decide(desk.store, case_id, decision, visitor.person, desk.read, undo_seconds=undo)
    except BadDecision as error:
        draft = Draft(told(error), "return", text[:MOST_TYPED])
        return case_page(request, desk, visitor, case_id, draft, status=422)
    return flash.redirect(desk, "/cases", outcome_of(desk.store, case_id) or "returned", case_id)
