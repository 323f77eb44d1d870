"""What a person does with a case: every act is a POST with the form's token."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from mailguard.cases.decide import decide, retry, withdraw
from mailguard.cases.reading import read_case
from mailguard.cases.reveal import reveal
from mailguard.core.decision import Action, Decision
from mailguard.core.errors import BadDecision
from mailguard.desk import flash
from mailguard.desk.case import CaseId, Draft, case_page, require_case_id
from mailguard.desk.desk import TheDesk
from mailguard.desk.typed import Typed
from mailguard.desk.visitor import FormVisitor

router = APIRouter(include_in_schema=False)

_MOST_TYPED = 4000


@router.post("/cases/{case_id}/decision")
def post_decision(
    request: Request,
    case_id: CaseId,
    desk: TheDesk,
    visitor: FormVisitor,
    action: Annotated[str, Form()] = "",
    reason: Annotated[Typed, Form()] = "",
    recipient: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI copies it
    everyone: Annotated[str, Form()] = "",
    attention: Annotated[str | None, Form()] = None,
) -> Response:
    """Approve for the ticked recipients, or reject. What is missing is said beside the form."""
    require_case_id(case_id)
    reason = reason[:_MOST_TYPED]
    ticked = frozenset(int(position) for position in recipient if position.isascii() and position.isdigit())
    try:
        decision = _decision(desk, case_id, action, reason, None if everyone else ticked, attention)
        decide(desk.store, case_id, decision, visitor.person, desk.read)
    except BadDecision as error:
        draft = Draft(str(error), action, reason, ticked)
        return case_page(request, desk, visitor, case_id, draft, status=422)
    response = RedirectResponse("/cases", 303)
    flash.leave(response, desk, "approved" if decision.action is Action.APPROVE else "rejected", case_id)
    return response


@router.post("/cases/{case_id}/withdraw")
def post_withdrawal(case_id: CaseId, desk: TheDesk, visitor: FormVisitor) -> Response:
    """The sender takes the message back."""
    require_case_id(case_id)
    withdraw(desk.store, case_id, visitor.person)
    response = RedirectResponse("/cases", 303)
    flash.leave(response, desk, "withdrawn", case_id)
    return response


@router.post("/cases/{case_id}/retry")
def post_retry(case_id: CaseId, desk: TheDesk, visitor: FormVisitor) -> Response:
    """Try an undeliverable message again, on the approval that it has."""
    require_case_id(case_id)
    retry(desk.store, case_id, visitor.person)
    response = RedirectResponse(f"/cases/{case_id}", 303)
    flash.leave(response, desk, "retried", case_id)
    return response


@router.post("/cases/{case_id}/reveal")
def post_reveal(
    request: Request,
    case_id: CaseId,
    desk: TheDesk,
    visitor: FormVisitor,
    finding: Annotated[str, Form()] = "",
    reason: Annotated[Typed, Form()] = "",
) -> Response:
    """Show one masked value, once, in the answer to this form; who saw it and why is in the audit trail."""
    require_case_id(case_id)
    number = int(finding) if finding.isascii() and finding.isdigit() and len(finding) < 9 else -1
    try:
        secret = reveal(desk.store, case_id, number, visitor.person, reason[:_MOST_TYPED], desk.read)
    except BadDecision as error:
        return case_page(request, desk, visitor, case_id, Draft(str(error), "reveal"), status=422)
    found = read_case(desk.store, case_id).findings[number]
    return desk.pages.render("revealed.html", visitor=visitor, case_id=case_id, finding=found, secret=secret)


def _decision(
    desk: TheDesk, case_id: str, action: str, reason: str, ticked: frozenset[int] | None, attention: str | None
) -> Decision:
    if action not in {Action.APPROVE.value, Action.REJECT.value}:
        raise BadDecision("choose: approve or reject")
    if action == Action.REJECT:
        return Decision(Action.REJECT, reason, attention=attention)
    if ticked is None:
        return Decision(Action.APPROVE, reason, None, attention)
    recipients = read_case(desk.store, case_id).recipients
    if any(position >= len(recipients) for position in ticked):
        raise BadDecision("one of the ticked recipients is not a recipient of this message")
    chosen = tuple(recipient.address for position, recipient in enumerate(recipients) if position in ticked)
    return Decision(Action.APPROVE, reason, chosen, attention)
