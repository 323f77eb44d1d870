"""Being at a case: take it, give it back, take it over. Always a POST; it keeps nobody from deciding."""

from typing import Annotated

from fastapi import APIRouter, Form, Response

from mailguard.cases.assigning import give_back, take
from mailguard.core.errors import Taken
from mailguard.desk import flash
from mailguard.desk.case_id import CaseId
from mailguard.desk.desk import TheDesk
from mailguard.desk.visitor import FormVisitor

router = APIRouter(include_in_schema=False)


@router.post("/cases/{case_id}/take")
def post_take(case_id: CaseId, desk: TheDesk, visitor: FormVisitor, over: Annotated[str, Form()] = "") -> Response:
    """Be at the case from now on, and see it."""
    try:
        take(desk.store, case_id, visitor.person, minutes=desk.settings.desk.assign_minutes, over=bool(over))
    except Taken:
        # The page that follows says who is at it, and offers to take it over.
        return flash.redirect(desk, f"/cases/{case_id}", "taken_already", case_id)
    return flash.redirect(desk, f"/cases/{case_id}", "taken", case_id)


@router.post("/cases/{case_id}/give-back")
def post_give_back(case_id: CaseId, desk: TheDesk, visitor: FormVisitor) -> Response:
    """Be at it no longer."""
    give_back(desk.store, case_id, visitor.person)
    return flash.redirect(desk, "/cases", "given_back", case_id)
