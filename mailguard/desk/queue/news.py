"""What a page of the queue asks by itself while it is open: is there anything new, and who is at the cases it shows."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from mailguard.cases.listing import CaseSummary, count_new, read_summaries
from mailguard.desk.case_id import CASE_ID
from mailguard.desk.desk import TheDesk
from mailguard.desk.language.catalogue import gettext, ngettext
from mailguard.desk.queue.asking import Asking, gather, understand
from mailguard.desk.visitor import PageVisitor, Visitor, cookie_name
from mailguard.desk.wording import STATES
from mailguard.store.people.tokens import digest_of

router = APIRouter(include_in_schema=False)

_MOST_SHOWN = 200


@router.get("/cases/news")
def get_news(request: Request, desk: TheDesk, visitor: PageVisitor) -> Response:
    """How many cases of this list are new since that entry of the audit trail, in words, and how the shown ones are.

    Asked by a script every now and then: it does not prolong the login.
    """
    given = gather(request.query_params.multi_items())
    asked = understand(given, Asking(visitor.person, desk.now(), desk.settings.report.time_zone))
    since = given.get("since", "")
    mark = int(since) if since.isascii() and since.isdigit() and len(since) < 19 else 0
    ids = [one for one in given.get("ids", "").split(",")[:_MOST_SHOWN] if CASE_ID.fullmatch(one)]
    with desk.store.reading() as session:
        number = count_new(session, asked.wanted, mark, desk.now(), visitor.person)
    text = ngettext("%(num)s new case", "%(num)s new cases", number) % {"num": number} if number else ""
    shown = read_summaries(desk.store, ids, visitor.person) if ids else ()
    return JSONResponse({"new": number, "text": text, "rows": {case.id: _told(case, visitor) for case in shown}})


@router.get("/cases/events")
async def get_events(request: Request, desk: TheDesk, visitor: PageVisitor) -> Response:
    """A stream of server-sent events; 204 tells a browser to come no more, and its script asks instead."""
    login = digest_of(request.cookies[cookie_name(desk)])
    if not desk.live.has_room(login):
        return Response(status_code=204)
    # A proxy that gathers answers up would keep the events back.
    return StreamingResponse(
        desk.live.stream(login), media_type="text/event-stream", headers={"x-accel-buffering": "no"}
    )


def _told(case: CaseSummary, visitor: Visitor) -> dict[str, Any]:
    state = gettext(STATES[case.state][1])
    if case.assigned is None:
        return {"state": case.state.value, "named": state, "at": "", "mine": False}
    mine = case.assigned.user_id == visitor.person.user_id
    words = gettext("You are at it") if mine else gettext("%(name)s is at it") % {"name": case.assigned.name}
    return {"state": case.state.value, "named": state, "at": words, "mine": mine}
