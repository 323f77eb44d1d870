"""What a person does with a case: every act is a POST with the form's token."""

from dataclasses import replace
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from mailguard.cases.confirming import ask_confirmation
from mailguard.cases.decide import decide, may_decide, retry, withdraw
from mailguard.cases.reading import read_case
from mailguard.cases.reveal import reveal
from mailguard.core.case import CaseState
from mailguard.core.decision import Action, Decision
from mailguard.core.errors import BadDecision, NotYours
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
    remember: Annotated[str, Form()] = "",
    remember_until: Annotated[Typed, Form()] = "",
) -> Response:
    """Approve for the ticked recipients, or reject. What is missing is said beside the form."""
    require_case_id(case_id)
    reason = reason[:_MOST_TYPED]
    ticked = frozenset(int(position) for position in recipient if position.isascii() and position.isdigit())
    try:
        decision = _decision(desk, case_id, action, reason, None if everyone else ticked, attention)
        decision = replace(decision, remember=bool(remember), remember_until=_day(remember and remember_until))
        state = _take(desk, case_id, decision, visitor)
    except BadDecision as error:
        draft = Draft(str(error), action, reason, ticked, bool(remember), remember_until[:20])
        return case_page(request, desk, visitor, case_id, draft, status=422)
    response = RedirectResponse("/cases" if state is not CaseState.HELD else f"/cases/{case_id}", 303)
    approved = "approved" if state is not CaseState.HELD else "first_approval"
    flash.leave(response, desk, approved if decision.action is Action.APPROVE else "rejected", case_id)
    return response


@router.post("/cases/{case_id}/ask")
def post_question(
    request: Request,
    case_id: CaseId,
    desk: TheDesk,
    visitor: FormVisitor,
    recipient: Annotated[str, Form()] = "",
) -> Response:
    """Ask a recipient, by a letter without personal data, whether the address is the customer's."""
    require_case_id(case_id)
    if not may_decide(desk.store, case_id, visitor.person):
        raise NotYours("a second person has the address asked: not the sender, and a supervisor or admin")
    try:
        address, customer_id = _pair(desk, case_id, recipient)
        ask_confirmation(desk.store, desk.settings, address, customer_id, visitor.person.name, case_id=case_id)
    except BadDecision as error:
        return case_page(request, desk, visitor, case_id, Draft(str(error), "ask"), status=422)
    response = RedirectResponse(f"/cases/{case_id}", 303)
    flash.leave(response, desk, "asked", case_id)
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


def _take(desk: TheDesk, case_id: str, decision: Decision, visitor: FormVisitor) -> CaseState:
    days = desk.settings.register_.remember_days
    return decide(desk.store, case_id, decision, visitor.person, desk.read, remember_days=days)


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadDecision("write the day until which it is remembered as 2027-12-31") from None


def _pair(desk: TheDesk, case_id: str, position: str) -> tuple[str, str]:
    recipients = read_case(desk.store, case_id).recipients
    number = int(position) if position.isascii() and position.isdigit() and len(position) < 9 else -1
    about = recipients[number].relation.get("about") if 0 <= number < len(recipients) else None
    if about is None:
        raise BadDecision("choose a recipient that the letter's customer is set beside")
    return recipients[number].address, about["id"]


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
