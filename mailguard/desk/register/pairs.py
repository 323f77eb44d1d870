"""Remembered pairs: who decided what on one address for one customer, until when, and taking it back."""

from fastapi import APIRouter, Request, Response

from mailguard.cases.addresses.remembering import forget_pair
from mailguard.core.errors import BadDecision
from mailguard.customers.pairs import list_pairs
from mailguard.desk import flash
from mailguard.desk.desk import Desk, TheDesk
from mailguard.desk.language.catalogue import told
from mailguard.desk.register.tabs import PAGE, Asked, ListAsked, Number, Reason, check_reason, list_page
from mailguard.desk.visitor import FormVisitor, PageVisitor, Visitor

router = APIRouter(include_in_schema=False)


@router.api_route("/register/pairs", methods=["GET", "HEAD"])
def show_pairs(request: Request, desk: TheDesk, visitor: PageVisitor, asked: ListAsked) -> Response:
    """Decisions that count today, newest first."""
    return _page(request, desk, visitor, asked)


@router.post("/register/pairs/{pair_id}/revoke")
def post_revocation(
    request: Request, pair_id: Number, desk: TheDesk, visitor: FormVisitor, reason: Reason = ""
) -> Response:
    """Take a decision back; from now on letters to that address are judged as if it had not been taken."""
    try:
        forget_pair(desk.store, pair_id, visitor.person.name, person=visitor.person, reason=check_reason(reason))
    except BadDecision as error:
        return _page(request, desk, visitor, Asked(), told(error))
    return flash.redirect(desk, "/register/pairs", "pair_revoked")


def _page(request: Request, desk: Desk, visitor: Visitor, asked: Asked, problem: str = "") -> Response:
    with desk.store.reading() as session:
        found = list_pairs(session, desk.now().date(), query=asked.query, before=asked.after, limit=PAGE + 1)
    return list_page(request, desk, visitor, "pairs", found, asked, problem)
