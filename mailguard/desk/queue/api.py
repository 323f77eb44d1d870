"""Lists of cases and who is at one, for scripts."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Response

from mailguard.cases.assigning import give_back, take
from mailguard.cases.describe_case import describe_summary
from mailguard.cases.filtering import Order
from mailguard.cases.listing import list_wanted
from mailguard.core.errors import Taken
from mailguard.core.reason import ReasonCode
from mailguard.desk.answers import DECIDING, problem
from mailguard.desk.case.shapes import AssignmentIn, AssignmentOut, CaseEntry, CaseList
from mailguard.desk.case_id import CASE_ID, CaseId
from mailguard.desk.desk import TheDesk
from mailguard.desk.queue.asking import LONGEST_QUERY, TABS, Asking, NotUnderstood, understand
from mailguard.desk.typed import Typed
from mailguard.desk.visitor import ApiActor, ApiVisitor

router = APIRouter(prefix="/api/v1", tags=["cases"])

_REFUSALS = DECIDING | {409: problem("Somebody else is at it, or nothing is left to decide")}


def _text(description: str) -> Any:
    return Query(max_length=LONGEST_QUERY, description=description)


@router.get("/cases", summary="List cases")
def get_cases(
    desk: TheDesk,
    visitor: ApiVisitor,
    state: Annotated[str, Query(description="One state or several, parted by commas; empty for all")] = "",
    q: Annotated[Typed, _text("Text in sender, recipient, subject, or a customer's id or name")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[str | None, Query(description="`next` of the page before")] = None,
    severity: Annotated[str, _text("`critical`, `high`, `medium`, `low`, or several of them, parted by commas")] = "",
    reason: Annotated[ReasonCode | None, Query(description="A reason code")] = None,
    team: Annotated[Typed, _text("Whose mail it is: the team of the sender")] = "",
    sender: Annotated[Typed, _text("An envelope sender, whole or a part of it")] = "",
    recipient: Annotated[Typed, _text("An envelope recipient, whole or a part of it")] = "",
    customer: Annotated[Typed, _text("Part of a customer's id or name")] = "",
    rule: Annotated[Typed, _text("The id of a rule that found something, or its beginning")] = "",
    since: Annotated[date | None, Query(description="First day, in the desk's time zone")] = None,
    until: Annotated[date | None, Query(description="Last day, included")] = None,
    at: Annotated[str, Query(description="Who is at it: `mine`, `taken` (anybody), `free` (nobody)")] = "",
    due: Annotated[str, Query(description="`late`: overdue; `soon`: returned to its sender within 24 hours")] = "",
    sort: Annotated[Order | None, Query(description="Without it held ones oldest first, others newest first")] = None,
) -> CaseList:
    """Cases in these states that fit all that is asked: held ones oldest first, others newest first.

    A page can be shorter than `limit` and have a `next`; an empty one has none.
    """
    if state in TABS.keys() - {"held", "approved", "undeliverable"}:
        raise HTTPException(422, f"no such state: {state}")
    if after is not None and not CASE_ID.fullmatch(after):
        raise HTTPException(422, "after: not a case id")
    given = {"state": state, "q": q, "severity": severity, "reason": reason or "", "team": team, "sender": sender}
    given |= {"recipient": recipient, "customer": customer, "rule": rule, "at": at, "due": due}
    given |= {"since": since.isoformat() if since else "", "until": until.isoformat() if until else ""}
    try:
        asked = understand(given, Asking(visitor.person, desk.now(), desk.settings.report.time_zone), strict=True)
    except NotUnderstood as problem:
        raise HTTPException(422, str(problem)) from None
    usual = Order.OLDEST if asked.wanted.states == TABS["held"] else Order.NEWEST
    found = list_wanted(desk.store, asked.wanted, order=sort or usual, limit=limit, after=after, person=visitor.person)
    return CaseList(cases=[CaseEntry(**describe_summary(case)) for case in found.cases], next=found.next)


@router.put("/cases/{case_id}/assignment", summary="Be at a case", responses=_REFUSALS)
def put_assignment(case_id: CaseId, wanted: AssignmentIn, desk: TheDesk, visitor: ApiActor) -> AssignmentOut:
    """Tell the others that you are at it, for `desk.assign_minutes`; asked again, they begin anew.

    It keeps nobody from deciding. `over` takes it from whoever is at it.
    """
    minutes = desk.settings.desk.assign_minutes
    try:
        taken = take(desk.store, case_id, visitor.person, minutes=minutes, over=wanted.over)
    except Taken as error:
        raise HTTPException(409, str(error)) from None
    return AssignmentOut(name=taken.name, taken_at=taken.taken_at.isoformat(), until=taken.until.isoformat())


@router.delete("/cases/{case_id}/assignment", summary="Give a case back", status_code=204, responses=_REFUSALS)
def delete_assignment(case_id: CaseId, desk: TheDesk, visitor: ApiActor) -> Response:
    """Be at it no longer. Where you were not, nothing happens."""
    give_back(desk.store, case_id, visitor.person)
    return Response(status_code=204)
