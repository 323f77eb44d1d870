"""Taking a decision back: the button that is there for some seconds, and the same for scripts."""

from fastapi import APIRouter, Response

from mailguard.cases.deciding.undo import undo
from mailguard.cases.reading import read_case
from mailguard.core.errors import AlreadyDecided
from mailguard.desk import flash
from mailguard.desk.answers import DECIDING
from mailguard.desk.case.shapes import StateOut
from mailguard.desk.case_id import CaseId
from mailguard.desk.desk import TheDesk
from mailguard.desk.visitor import ApiActor, FormVisitor

router = APIRouter()


@router.post("/cases/{case_id}/undo", include_in_schema=False)
def post_undo(case_id: CaseId, desk: TheDesk, visitor: FormVisitor) -> Response:
    """Take the last decision back; whoever is too late is told what has become of it."""
    try:
        undo(desk.store, case_id, visitor.person)
    except AlreadyDecided:
        return flash.redirect(desk, f"/cases/{case_id}", "undo_late", case_id)
    return flash.redirect(desk, f"/cases/{case_id}", "undone", case_id)


@router.post(
    "/api/v1/cases/{case_id}/undo",
    summary="Take a decision back",
    tags=["cases"],
    responses=DECIDING,
    response_model_exclude_none=True,
)
def post_api_undo(case_id: CaseId, desk: TheDesk, visitor: ApiActor) -> StateOut:
    """Within the time that the decision gave for it (`undo_seconds`), and before the message is on its way."""
    undo(desk.store, case_id, visitor.person)
    return StateOut(id=case_id, state=read_case(desk.store, case_id).summary.state)
