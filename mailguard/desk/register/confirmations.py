"""Questions "is this your address?" that were mailed, and what was answered."""

from fastapi import APIRouter, Request, Response

from mailguard.customers.confirmations import states
from mailguard.desk.desk import TheDesk
from mailguard.desk.register.tabs import PAGE, ListAsked, list_page
from mailguard.desk.visitor import PageVisitor

router = APIRouter(include_in_schema=False)


@router.api_route("/register/confirmations", methods=["GET", "HEAD"])
def show_confirmations(request: Request, desk: TheDesk, visitor: PageVisitor, asked: ListAsked) -> Response:
    """Questions, latest first, with their state."""
    with desk.store.reading() as session:
        found = states(session, desk.now(), query=asked.query, before=asked.after or None, limit=PAGE + 1)
    return list_page(request, desk, visitor, "confirmations", found, asked)
