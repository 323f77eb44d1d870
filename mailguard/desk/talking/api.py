"""Questions, remarks and one's own mail for scripts."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query

from mailguard.cases.attention.check import read_asking
from mailguard.cases.own_mail import list_own, read_own
from mailguard.cases.remarks import add_remark, list_remarks
from mailguard.core.remark import RemarkKind
from mailguard.desk.answers import DECIDING, NO_SUCH_CASE
from mailguard.desk.case_id import CASE_ID, CaseId
from mailguard.desk.desk import Desk, TheDesk
from mailguard.desk.talking.shapes import (
    AttentionOut,
    OwnMailList,
    OwnMailOut,
    OwnRemarkIn,
    RemarkIn,
    RemarkList,
    describe_asking,
    describe_own,
    describe_remarks,
)
from mailguard.desk.visitor import ApiActor, ApiVisitor, Visitor

router = APIRouter(prefix="/api/v1")


@router.get("/cases/{case_id}/attention", summary="Read the attention check", tags=["cases"], responses=NO_SUCH_CASE)
def get_attention(case_id: CaseId, desk: TheDesk, visitor: ApiVisitor) -> AttentionOut:
    """What is asked before an approval; the answer goes into `attention` of the decision."""
    return describe_asking(read_asking(desk.store, case_id, visitor.person))


@router.get(
    "/cases/{case_id}/remarks", summary="Read what was said about a case", tags=["cases"], responses=NO_SUCH_CASE
)
@router.get("/mine/{case_id}/remarks", summary="Read what was said", tags=["mine"], responses=NO_SUCH_CASE)
def get_remarks(case_id: CaseId, desk: TheDesk, visitor: ApiVisitor) -> RemarkList:
    """Comments, questions, answers and reasons, oldest first; the sender's side hears no comments."""
    return describe_remarks(list_remarks(desk.store, case_id, visitor.person))


@router.post(
    "/cases/{case_id}/remarks",
    summary="Comment, or ask the sender",
    tags=["cases"],
    status_code=201,
    responses=DECIDING,
)
def post_remark(case_id: CaseId, said: RemarkIn, desk: TheDesk, visitor: ApiActor) -> RemarkList:
    """A question is told to the sender by a letter without its words. No deadline waits for the answer."""
    return _say(desk, visitor, case_id, said)


@router.get("/mine", summary="List one's own held mail", tags=["mine"])
def get_mine(
    desk: TheDesk,
    visitor: ApiVisitor,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[str | None, Query(description="`next` of the page before")] = None,
) -> OwnMailList:
    """What the caller sent, or could have sent, and is held; newest first."""
    if after is not None and not CASE_ID.fullmatch(after):
        raise HTTPException(422, "after: not a case id")
    found = list_own(desk.store, visitor.person, limit=limit, after=after)
    return OwnMailList(mails=[describe_own(mail) for mail in found.mails], next=found.next)


@router.get("/mine/{case_id}", summary="Read one's own held message", tags=["mine"], responses=NO_SUCH_CASE)
def get_own(case_id: CaseId, desk: TheDesk, visitor: ApiVisitor) -> OwnMailOut:
    """State, kinds of reasons, and what became of each recipient."""
    return describe_own(read_own(desk.store, case_id, visitor.person))


@router.post(
    "/mine/{case_id}/remarks",
    summary="Answer, or give the business reason",
    tags=["mine"],
    status_code=201,
    responses=DECIDING,
)
def post_own_remark(case_id: CaseId, said: OwnRemarkIn, desk: TheDesk, visitor: ApiActor) -> RemarkList:
    """The sender's words on a held message. No deadline waits for them."""
    return _say(desk, visitor, case_id, said)


def _say(desk: Desk, visitor: Visitor, case_id: str, said: RemarkIn | OwnRemarkIn) -> RemarkList:
    add_remark(desk.store, case_id, visitor.person, RemarkKind(said.kind), said.text, desk.read)
    return describe_remarks(list_remarks(desk.store, case_id, visitor.person))
