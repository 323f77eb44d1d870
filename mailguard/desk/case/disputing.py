"""Saying on the case page, or by script, that a recipient's address is not the customer's."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from mailguard.cases.addresses.disputing import dispute_recipient
from mailguard.cases.reading import read_case
from mailguard.core.errors import BadDecision
from mailguard.desk import flash
from mailguard.desk.answers import DECIDING
from mailguard.desk.case.page import Draft, case_page
from mailguard.desk.case.shapes import DisputeIn, StateOut
from mailguard.desk.case_id import CaseId
from mailguard.desk.desk import TheDesk
from mailguard.desk.language.catalogue import told
from mailguard.desk.typed import MOST_TYPED, Typed, position_of
from mailguard.desk.visitor import ApiActor, FormVisitor

router = APIRouter()


@router.post("/cases/{case_id}/dispute", include_in_schema=False)
def post_dispute(
    request: Request,
    case_id: CaseId,
    desk: TheDesk,
    visitor: FormVisitor,
    recipient: Annotated[str, Form()] = "",
    reason: Annotated[Typed, Form()] = "",
) -> Response:
    """Have every later letter about the customer to the address held."""
    number = position_of(recipient)
    try:
        dispute_recipient(desk.store, case_id, number, visitor.person, reason[:MOST_TYPED], desk.read)
    except BadDecision as error:
        draft = Draft(told(error), "dispute", reason[:MOST_TYPED])
        return case_page(request, desk, visitor, case_id, draft, status=422)
    return flash.redirect(desk, f"/cases/{case_id}", "disputed", case_id)


@router.post(
    "/api/v1/cases/{case_id}/dispute",
    summary="Dispute a recipient's address",
    tags=["cases"],
    responses=DECIDING,
    response_model_exclude_none=True,
)
def post_api_dispute(case_id: CaseId, said: DisputeIn, desk: TheDesk, visitor: ApiActor) -> StateOut:
    """It is not the address of the customer whom the letter is about: later letters to it are held. The case stays."""
    case = read_case(desk.store, case_id)
    positions = [n for n, recipient in enumerate(case.recipients) if recipient.address == said.recipient]
    number = positions[0] if positions else -1
    dispute_recipient(desk.store, case_id, number, visitor.person, said.reason, desk.read)
    return StateOut(id=case_id, state=case.summary.state)
