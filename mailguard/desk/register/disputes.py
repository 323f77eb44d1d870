"""Disputed addresses: of whom somebody said "this is not me", and taking it back."""

from fastapi import APIRouter, Request, Response

from mailguard.core.errors import BadDecision
from mailguard.core.person import Person
from mailguard.customers.disputes import find_dispute, list_disputes, revoke
from mailguard.desk import flash
from mailguard.desk.desk import Desk, TheDesk
from mailguard.desk.language.catalogue import told
from mailguard.desk.register.tabs import PAGE, Asked, ListAsked, Number, Reason, check_reason, list_page
from mailguard.desk.visitor import FormVisitor, PageVisitor, Visitor

router = APIRouter(include_in_schema=False)


@router.api_route("/register/disputes", methods=["GET", "HEAD"])
def show_disputes(request: Request, desk: TheDesk, visitor: PageVisitor, asked: ListAsked) -> Response:
    """Disputes that stand, newest first."""
    return _page(request, desk, visitor, asked)


@router.post("/register/disputes/{dispute_id}/revoke")
def post_revocation(
    request: Request, dispute_id: Number, desk: TheDesk, visitor: FormVisitor, reason: Reason = ""
) -> Response:
    """Take a dispute back: the address counts again as its record has it."""
    try:
        revoke_dispute(desk, dispute_id, visitor.person, reason)
    except BadDecision as error:
        return _page(request, desk, visitor, Asked(), told(error))
    return flash.redirect(desk, "/register/disputes", "dispute_revoked")


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


def _page(request: Request, desk: Desk, visitor: Visitor, asked: Asked, problem: str = "") -> Response:
    with desk.store.reading() as session:
        found = list_disputes(session, query=asked.query, before=asked.after, limit=PAGE + 1)
    return list_page(request, desk, visitor, "disputes", found, asked, problem)
