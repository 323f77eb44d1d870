"""Questions "is this your address?" that were mailed, and what was answered."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from mailguard.customers.confirmations import states
from mailguard.desk.desk import TheDesk
from mailguard.desk.register.tabs import LONGEST_QUERY, PAGE, Sight, may_revoke, pager, shown
from mailguard.desk.typed import Typed
from mailguard.desk.visitor import PageVisitor

router = APIRouter(include_in_schema=False)


@router.api_route("/register/confirmations", methods=["GET", "HEAD"])
def show_confirmations(
    request: Request,
    desk: TheDesk,
    visitor: PageVisitor,
    q: Typed = "",
    after: Annotated[int, Query(ge=0, le=1 << 53)] = 0,
) -> Response:
    """Questions, latest first, with their state."""
    query = q[:LONGEST_QUERY]
    with desk.store.reading() as session:
        found = states(session, desk.now(), query=query, before=after or None, limit=PAGE + 1)
    following = found[PAGE - 1].id if len(found) > PAGE else None
    return shown(
        request,
        desk,
        visitor,
        "confirmations",
        asked=found[:PAGE],
        query=query,
        sight=Sight(may_revoke(visitor.person)),
        pager=pager(query, after, following),
    )
