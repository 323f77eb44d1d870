"""What a person does with a case: every act is a POST with the form's token."""

from dataclasses import replace
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from mailguard.cases.addresses.confirming import ask_confirmation
from mailguard.cases.deciding.decide import decide, may_decide, retry, withdraw
from mailguard.cases.reading import read_case
from mailguard.cases.reveal import reveal
from mailguard.cases.seeding.outcome import outcome_of
from mailguard.core.case import CaseState
from mailguard.core.decision import Action, Decision
from mailguard.core.errors import BadDecision, NotYours
from mailguard.desk import flash
from mailguard.desk.case.instead import read_instead
from mailguard.desk.case.page import Draft, case_page
from mailguard.desk.case_id import CaseId
from mailguard.desk.deciding.countdown import countdown
from mailguard.desk.deciding.rejecting import whole_reason
from mailguard.desk.desk import TheDesk
from mailguard.desk.language.catalogue import told
from mailguard.desk.login.fresh import require_fresh
from mailguard.desk.rights import may
from mailguard.desk.talking.attention import asked_at_pages
from mailguard.desk.typed import MOST_TYPED, Typed, position_of
from mailguard.desk.visitor import FormVisitor

router = APIRouter(include_in_schema=False)


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
    on_behalf_of: Annotated[Typed, Form()] = "",
    instead: Annotated[list[Typed], Form()] = [],  # noqa: B006 - FastAPI copies it
    template: Annotated[Typed, Form()] = "",
) -> Response:
    """Approve for the ticked recipients, or reject. What is missing is said beside the form."""
    require_fresh(desk, visitor, case_id)
    reason = reason[:MOST_TYPED]
    ticked = frozenset(map(position_of, recipient))
    try:
        whole = reason if action == Action.APPROVE else whole_reason(template, reason, desk.settings.notices.language)
        decision = _decision(desk, case_id, action, whole, None if everyone else ticked, attention)
        decision = replace(
            decision,
            send_to_record=_instead(desk, case_id, decision, instead),
            remember=bool(remember),
            remember_until=_day(remember and remember_until),
            on_behalf_of=on_behalf_of[:100] or None,
        )
        state = _take(desk, case_id, decision, visitor)
    except BadDecision as error:
        draft = Draft(
            told(error),
            action,
            reason,
            ticked,
            bool(remember),
            remember_until[:20],
            frozenset(instead),
            template[:40],
        )
        return case_page(request, desk, visitor, case_id, draft, status=422)
    path = "/cases" if state is not CaseState.HELD else f"/cases/{case_id}"
    told_of = outcome_of(desk.store, case_id) or _told(state, undoable=countdown(desk, case_id) is not None)
    return flash.redirect(desk, path, told_of, case_id)


@router.post("/cases/{case_id}/ask")
def post_question(
    request: Request,
    case_id: CaseId,
    desk: TheDesk,
    visitor: FormVisitor,
    recipient: Annotated[str, Form()] = "",
) -> Response:
    """Ask a recipient, by a letter without personal data, whether the address is the customer's."""
    if not may_decide(desk.store, case_id, visitor.person):
        raise NotYours("a second person has the address asked: not the sender, and a supervisor or admin")
    try:
        address, customer_id = _pair(desk, case_id, recipient)
        ask_confirmation(desk.store, desk.settings, address, customer_id, visitor.person.name, case_id=case_id)
    except BadDecision as error:
        return case_page(request, desk, visitor, case_id, Draft(told(error), "ask"), status=422)
    return flash.redirect(desk, f"/cases/{case_id}", "asked", case_id)


@router.post("/cases/{case_id}/withdraw")
def post_withdrawal(case_id: CaseId, desk: TheDesk, visitor: FormVisitor) -> Response:
    """The sender takes the message back."""
    withdraw(desk.store, case_id, visitor.person)
    return flash.redirect(desk, "/cases" if may(visitor.person, "GET /cases") else "/mine", "withdrawn", case_id)


@router.post("/cases/{case_id}/retry")
def post_retry(case_id: CaseId, desk: TheDesk, visitor: FormVisitor) -> Response:
    """Try an undeliverable message again, on the approval that it has."""
    require_fresh(desk, visitor, case_id)
    retry(desk.store, case_id, visitor.person)
    return flash.redirect(desk, f"/cases/{case_id}", "retried", case_id)


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
    number = position_of(finding)
    try:
        secret = reveal(desk.store, case_id, number, visitor.person, reason[:MOST_TYPED], desk.read)
    except BadDecision as error:
        return case_page(request, desk, visitor, case_id, Draft(told(error), "reveal"), status=422)
    found = read_case(desk.store, case_id).findings[number]
    return desk.pages.render("deciding/revealed.html", visitor=visitor, case_id=case_id, finding=found, secret=secret)


def _instead(desk: TheDesk, case_id: str, decision: Decision, chosen: list[str]) -> tuple[tuple[str, str], ...]:
    if not chosen or decision.action is not Action.APPROVE:
        return ()
    ways = read_instead(read_case(desk.store, case_id), chosen)
    if decision.recipients is None or {wrong for wrong, _ in ways} & set(decision.recipients):
        raise BadDecision("one recipient is ticked, and an address on record is chosen in its place: choose one")
    return ways


def _told(state: CaseState, *, undoable: bool) -> str:
    if state is CaseState.HELD:
        return "first_approval"
    return f"{state.value}_soon" if undoable else state.value


def _take(desk: TheDesk, case_id: str, decision: Decision, visitor: FormVisitor) -> CaseState:
    days = desk.settings.register_.remember_days
    undo = desk.settings.desk.undo_seconds
    return decide(
        desk.store,
        case_id,
        decision,
        visitor.person,
        desk.read,
        remember_days=days,
        undo_seconds=undo,
        asked=asked_at_pages(desk),
    )


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadDecision("write the day until which it is remembered as 2027-12-31") from None


def _pair(desk: TheDesk, case_id: str, position: str) -> tuple[str, str]:
    recipients = read_case(desk.store, case_id).recipients
    number = position_of(position)
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
    if any(not 0 <= position < len(recipients) for position in ticked):
        raise BadDecision("one of the ticked recipients is not a recipient of this message")
    chosen = tuple(recipient.address for position, recipient in enumerate(recipients) if position in ticked)
    return Decision(Action.APPROVE, reason, chosen, attention)
