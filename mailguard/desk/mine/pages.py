"""A sender's own held mail: what becomes of it and why, and what they may say or do."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from mailguard.cases.deciding.decide import withdraw
from mailguard.cases.own_mail import list_own, read_own
from mailguard.cases.remarks import add_remark, list_remarks, may_say
from mailguard.core.case import CaseState
from mailguard.core.errors import BadDecision
from mailguard.core.remark import RemarkKind
from mailguard.desk import flash
from mailguard.desk.case_id import CASE_ID, CaseId
from mailguard.desk.desk import Desk, TheDesk
from mailguard.desk.language.catalogue import told
from mailguard.desk.mine import wording
from mailguard.desk.mine.lessons import lessons
from mailguard.desk.typed import MOST_TYPED, Typed
from mailguard.desk.visitor import FormVisitor, PageVisitor, Visitor

router = APIRouter(include_in_schema=False)

PAGE = 50


@router.api_route("/mine", methods=["GET", "HEAD"])
def show_mine(
    request: Request, desk: TheDesk, visitor: PageVisitor, after: Annotated[str, Query(max_length=40)] = ""
) -> Response:
    """The visitor's own held mail, newest first."""
    found = list_own(desk.store, visitor.person, limit=PAGE, after=after if CASE_ID.fullmatch(after) else None)
    page = desk.pages.render(
        "mine/listing.html", visitor=visitor, flash=flash.take(request, desk), found=found, says=wording, after=after
    )
    flash.clear(request, page, desk)
    return page


@router.api_route("/mine/{case_id}", methods=["GET", "HEAD"])
def show_one(request: Request, case_id: CaseId, desk: TheDesk, visitor: PageVisitor) -> Response:
    """One of the visitor's messages: its state, why it is held, and what was said."""
    page = _page(request, desk, visitor, case_id)
    flash.clear(request, page, desk)
    return page


@router.post("/mine/{case_id}/answer")
def post_answer(
    request: Request, case_id: CaseId, desk: TheDesk, visitor: FormVisitor, text: Annotated[Typed, Form()] = ""
) -> Response:
    """Answer the reviewers' question."""
    return _say(request, desk, visitor, case_id, RemarkKind.ANSWER, text)


@router.post("/mine/{case_id}/business-reason")
def post_business_reason(
    request: Request, case_id: CaseId, desk: TheDesk, visitor: FormVisitor, text: Annotated[Typed, Form()] = ""
) -> Response:
    """Say why the message has to go out as it is."""
    return _say(request, desk, visitor, case_id, RemarkKind.BUSINESS_REASON, text)


@router.post("/mine/{case_id}/withdraw")
def post_withdrawal(case_id: CaseId, desk: TheDesk, visitor: FormVisitor) -> Response:
    """Take the message back."""
    withdraw(desk.store, case_id, visitor.person)
    return RedirectResponse(f"/mine/{case_id}", 303)


def _say(request: Request, desk: Desk, visitor: Visitor, case_id: str, kind: RemarkKind, text: str) -> Response:
    try:
        add_remark(desk.store, case_id, visitor.person, kind, text[:MOST_TYPED], desk.read)
    except BadDecision as error:
        return _page(request, desk, visitor, case_id, (kind.value, text, told(error)), status=422)
    return RedirectResponse(f"/mine/{case_id}#said", 303)


def _page(
    request: Request,
    desk: Desk,
    visitor: Visitor,
    case_id: str,
    draft: tuple[str, str, str] | None = None,
    status: int = 200,
) -> Response:
    """`draft`: kind and words of what was not accepted, and why."""
    mail = read_own(desk.store, case_id, visitor.person)
    return desk.pages.render(
        "mine/message.html",
        status,
        visitor=visitor,
        flash=flash.take(request, desk),
        mail=mail,
        held=mail.state is CaseState.HELD,
        says=wording,
        why=wording.why(mail.reasons),
        lessons=lessons(desk, mail.topics),
        remarks=list_remarks(desk.store, case_id, visitor.person),
        say=may_say(desk.store, case_id, visitor.person),
        draft=draft,
    )
