"""The HTTP API of the contract: the same steps for scripts, with a bearer token or the session cookie."""

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from mailguard.cases.attention.check import read_asking
from mailguard.cases.deciding.after_review import review
from mailguard.cases.deciding.decide import decide, retry, withdraw
from mailguard.cases.describe_case import describe_case
from mailguard.cases.reading import read_case
from mailguard.cases.reveal import view
from mailguard.core.case import CaseState
from mailguard.core.decision import Decision
from mailguard.core.errors import AttentionNeeded
from mailguard.desk.answers import DECIDING, NO_SUCH_CASE, problem
from mailguard.desk.case.shapes import (
    AfterReviewIn,
    ApprovalsOut,
    CaseOut,
    DecisionIn,
    StateOut,
)
from mailguard.desk.case_id import CaseId
from mailguard.desk.desk import TheDesk
from mailguard.desk.language.catalogue import told
from mailguard.desk.login.fresh import require_fresh
from mailguard.desk.talking.attention import asked_at_api
from mailguard.desk.talking.shapes import DecisionProblem, describe_asking
from mailguard.desk.visitor import ApiActor, ApiVisitor

router = APIRouter(prefix="/api/v1", tags=["cases"])


@router.get("/cases/{case_id}", summary="Read a case", responses=NO_SUCH_CASE)
def get_case(case_id: CaseId, desk: TheDesk, visitor: ApiVisitor) -> CaseOut:
    """One case with its recipients and history. Reading it is an entry in the audit trail."""
    view(desk.store, case_id, visitor.person)
    return CaseOut(**describe_case(read_case(desk.store, case_id)))


@router.post(
    "/cases/{case_id}/decision",
    summary="Approve or reject",
    responses=DECIDING | {422: problem("Something lacks or is wrong", DecisionProblem)},
    response_model=StateOut,
    response_model_exclude_none=True,
)
def post_decision(case_id: CaseId, decision: DecisionIn, desk: TheDesk, visitor: ApiActor) -> StateOut | Response:
    """Decide on a held message. Only a second person can: nobody of the sender's identity set.

    A deputy decides in the place of whoever they stand in for, under both names. `break_glass` lets it out on one
    person's word, is told to everybody and reviewed afterwards. Where two must approve, the first one's answer says
    `held` and how many approvals are given and needed. With `undo_seconds` it can be taken back for so long, and
    nothing leaves before; without, it is final at once. A wrong `attention` is refused; whether one is demanded
    of scripts is in the configuration (`desk.attention`).
    """
    require_fresh(desk, visitor, case_id)
    recipients = None if decision.recipients is None else tuple(decision.recipients)
    taken = Decision(
        decision.action,
        decision.reason,
        recipients,
        decision.attention,
        remember_until=decision.remember_until,
        remember=decision.remember,
        on_behalf_of=decision.on_behalf_of,
        send_to_record=tuple(decision.send_to_record.items()),
        break_glass=decision.break_glass,
        for_correction=decision.for_correction,
    )
    days = desk.settings.register_.remember_days
    undo = decision.undo_seconds
    try:
        state = decide(
            desk.store,
            case_id,
            taken,
            visitor.person,
            desk.read,
            remember_days=days,
            undo_seconds=undo,
            asked=asked_at_api(desk, visitor),
        )
    except AttentionNeeded as error:
        asking = describe_asking(read_asking(desk.store, case_id, visitor.person))
        problem = DecisionProblem(detail=told(error), attention=asking)
        return JSONResponse(problem.model_dump(mode="json"), 422)
    if state is not CaseState.HELD:
        return StateOut(id=case_id, state=state)
    case = read_case(desk.store, case_id)
    waiting = ApprovalsOut(given=len(case.approvals_given), needed=case.approvals_needed)
    return StateOut(id=case_id, state=state, approvals=waiting)


@router.post(
    "/cases/{case_id}/after-review",
    summary="Review an approval that broke the glass",
    responses=DECIDING,
    response_model_exclude_none=True,
)
def post_review(case_id: CaseId, said: AfterReviewIn, desk: TheDesk, visitor: ApiActor) -> StateOut:
    """Say whether it was right: another second person does, once."""
    require_fresh(desk, visitor, case_id)
    review(desk.store, case_id, said.was_right, said.reason, visitor.person, desk.read)
    return StateOut(id=case_id, state=read_case(desk.store, case_id).summary.state)


@router.post(
    "/cases/{case_id}/withdraw",
    summary="Withdraw one's own message",
    responses=DECIDING,
    response_model_exclude_none=True,
)
def post_withdrawal(case_id: CaseId, desk: TheDesk, visitor: ApiActor) -> StateOut:
    """The sender takes a held message back."""
    withdraw(desk.store, case_id, visitor.person)
    return StateOut(id=case_id, state=CaseState.WITHDRAWN)


@router.post(
    "/cases/{case_id}/retry",
    summary="Try an undeliverable message again",
    responses=DECIDING,
    response_model_exclude_none=True,
)
def post_retry(case_id: CaseId, desk: TheDesk, visitor: ApiActor) -> StateOut:
    """Hand the message to the next hop again, on the approval that it has."""
    require_fresh(desk, visitor, case_id)
    retry(desk.store, case_id, visitor.person)
    return StateOut(id=case_id, state=CaseState.APPROVED)
