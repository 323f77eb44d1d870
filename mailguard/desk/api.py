"""The HTTP API of the contract: the same steps for scripts, with a bearer token or the session cookie."""

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Query

from mailguard.cases.decide import decide, retry, withdraw
from mailguard.cases.describe_case import describe_case, describe_summary
from mailguard.cases.reading import list_cases, read_case
from mailguard.cases.reveal import view
from mailguard.core.case import CaseState
from mailguard.core.decision import Decision
from mailguard.desk.case import require_case_id
from mailguard.desk.desk import TheDesk
from mailguard.desk.flash import CASE_ID
from mailguard.desk.queue import LONGEST_QUERY, STATES
from mailguard.desk.shapes import ApprovalsOut, CaseEntry, CaseList, CaseOut, DecisionIn, Problem, StateOut
from mailguard.desk.typed import Typed
from mailguard.desk.visitor import ApiActor, ApiVisitor

_PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"model": Problem, "description": "No session and no token"},
    404: {"model": Problem, "description": "No such case"},
}
_REFUSALS = _PROBLEMS | {
    403: {"model": Problem, "description": "Not yours to decide"},
    409: {"model": Problem, "description": "Already decided"},
    413: {"description": "The request is too large"},
}

router = APIRouter(prefix="/api/v1", tags=["cases"])


CaseId = Annotated[str, Path(max_length=40, examples=["MG-7K4M-92QT"])]


@router.get("/cases", summary="List cases", responses={401: _PROBLEMS[401]})
def get_cases(
    desk: TheDesk,
    visitor: ApiVisitor,
    state: Annotated[str, Query(description="One state or several, parted by commas; empty for all")] = "",
    q: Annotated[
        Typed,
        Query(max_length=LONGEST_QUERY, description="Part of sender, recipient, subject, or a customer's id or name"),
    ] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[str | None, Query(description="`next` of the page before")] = None,
) -> CaseList:
    """Cases of these states: held ones oldest first, others newest first."""
    names = {name.strip() for name in state.split(",") if name.strip()}
    if unknown := names - STATES:
        raise HTTPException(422, f"no such state: {', '.join(sorted(unknown))[:100]}")
    if after is not None and not CASE_ID.fullmatch(after):
        raise HTTPException(422, "after: not a case id")
    states = frozenset(CaseState(name) for name in names) or None
    found = list_cases(desk.store, states=states, query=q, limit=limit, after=after)
    return CaseList(cases=[CaseEntry(**describe_summary(case)) for case in found.cases], next=found.next)


@router.get("/cases/{case_id}", summary="Read a case", responses=_PROBLEMS)
def get_case(case_id: CaseId, desk: TheDesk, visitor: ApiVisitor) -> CaseOut:
    """One case with its recipients and history. Reading it is an entry in the audit trail."""
    require_case_id(case_id)
    view(desk.store, case_id, visitor.person)
    return CaseOut(**describe_case(read_case(desk.store, case_id)))


@router.post(
    "/cases/{case_id}/decision",
    summary="Approve or reject",
    responses=_REFUSALS,
    response_model_exclude_none=True,
)
def post_decision(case_id: CaseId, decision: DecisionIn, desk: TheDesk, visitor: ApiActor) -> StateOut:
    """Decide on a held message. Only a second person can: nobody of the sender's identity set.

    Where two must approve, the first one's answer says `held` and how many approvals are given and needed.
    """
    require_case_id(case_id)
    recipients = None if decision.recipients is None else tuple(decision.recipients)
    taken = Decision(
        decision.action,
        decision.reason,
        recipients,
        decision.attention,
        remember_until=decision.remember_until,
        remember=decision.remember,
    )
    days = desk.settings.register_.remember_days
    state = decide(desk.store, case_id, taken, visitor.person, desk.read, remember_days=days)
    if state is not CaseState.HELD:
        return StateOut(id=case_id, state=state)
    case = read_case(desk.store, case_id)
    waiting = ApprovalsOut(given=len(case.approvals_given), needed=case.approvals_needed)
    return StateOut(id=case_id, state=state, approvals=waiting)


@router.post(
    "/cases/{case_id}/withdraw",
    summary="Withdraw one's own message",
    responses=_REFUSALS,
    response_model_exclude_none=True,
)
def post_withdrawal(case_id: CaseId, desk: TheDesk, visitor: ApiActor) -> StateOut:
    """The sender takes a held message back."""
    require_case_id(case_id)
    withdraw(desk.store, case_id, visitor.person)
    return StateOut(id=case_id, state=CaseState.WITHDRAWN)


@router.post(
    "/cases/{case_id}/retry",
    summary="Try an undeliverable message again",
    responses=_REFUSALS,
    response_model_exclude_none=True,
)
def post_retry(case_id: CaseId, desk: TheDesk, visitor: ApiActor) -> StateOut:
    """Hand the message to the next hop again, on the approval that it has."""
    require_case_id(case_id)
    retry(desk.store, case_id, visitor.person)
    return StateOut(id=case_id, state=CaseState.APPROVED)
