"""Many cases at once, and only back to their senders.

There is no bulk approval of anything: an approval is a word about one letter that somebody has read, and fifty of them
at a click are how the wrong one leaves. A rejection sends nothing to anybody but its sender.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Response

from mailguard.cases.deciding.decide import decide, may_decide
from mailguard.cases.listing import CaseSummary, read_summaries
from mailguard.core.case import CaseState
from mailguard.core.decision import Action, Decision
from mailguard.core.errors import AlreadyDecided, BadDecision, NoSuchCase, NotYours
from mailguard.desk.case_id import CASE_ID
from mailguard.desk.desk import Desk, TheDesk
from mailguard.desk.language.catalogue import N_, told
from mailguard.desk.login.fresh import require_fresh
from mailguard.desk.typed import Typed
from mailguard.desk.visitor import FormVisitor, Visitor

router = APIRouter(include_in_schema=False)

MOST_AT_ONCE = 50
"""As many as a page of the queue shows: nobody rejects what they have not had before their eyes."""
_OWN = N_("Your own message, or not yours to decide. It stays as it is.")
_ENDED = N_("Decided already. It stays as it is.")


@dataclass(frozen=True, slots=True)
class Line:
    """A case that was ticked, and what speaks against rejecting it (empty: nothing)."""

    case: CaseSummary
    hindrance: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one case."""

    case_id: str
    done: bool
    text: str


@router.post("/cases/bulk")
def post_choice(
    desk: TheDesk,
    visitor: FormVisitor,
    case: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """Show what would happen to the ticked cases. Nothing has happened yet."""
    return _ask(desk, visitor, _chosen(case))


@router.post("/cases/bulk/reject")
def post_rejection(
    desk: TheDesk,
    visitor: FormVisitor,
    case: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI copies it
    reason: Annotated[Typed, Form()] = "",
    count: Annotated[str, Form()] = "",
    sure: Annotated[str, Form()] = "",
) -> Response:
    """Reject each of them by a decision of its own, with the person's own right, and tell what became of each."""
    ids = _chosen(case)
    if count != str(len(ids)):
        raise BadDecision(N_("The number of cases is another than the one that you confirmed."))
    if not reason:
        return _ask(desk, visitor, ids, N_("Say why: each sender is told the reason."), reason)
    if not sure:
        return _ask(desk, visitor, ids, N_("Tick that you want to reject all of them."), reason)
    for one in read_summaries(desk.store, ids, visitor.person):
        require_fresh(desk, visitor, one.id)
    results = [_reject(desk, visitor, case_id, reason) for case_id in ids]
    done = sum(result.done for result in results)
    return desk.pages.render("queue/bulk_done.html", visitor=visitor, results=results, done=done)


def _chosen(given: Sequence[str]) -> list[str]:
    ids = list(dict.fromkeys(one for one in given if CASE_ID.fullmatch(one)))
    if not ids:
        raise BadDecision(N_("Tick the cases first."))
    if len(ids) > MOST_AT_ONCE:
        raise BadDecision(N_("At most 50 cases can be rejected at once."))
    return ids


def _ask(desk: Desk, visitor: Visitor, ids: Sequence[str], problem: str = "", reason: str = "") -> Response:
    lines = [Line(case, _hindrance(desk, visitor, case)) for case in read_summaries(desk.store, ids, visitor.person)]
    possible = [line.case.id for line in lines if not line.hindrance]
    return desk.pages.render(
        "queue/bulk.html",
        422 if problem else 200,
        visitor=visitor,
        lines=lines,
        possible=possible,
        senders=len({line.case.sender for line in lines if not line.hindrance}),
        problem=problem,
        reason=reason,
    )


def _hindrance(desk: Desk, visitor: Visitor, case: CaseSummary) -> str:
    if case.state is not CaseState.HELD:
        return _ENDED
    return "" if may_decide(desk.store, case.id, visitor.person) else _OWN


def _reject(desk: Desk, visitor: Visitor, case_id: str, reason: str) -> Result:
    if not read_summaries(desk.store, [case_id], visitor.person):
        return Result(case_id, False, N_("There is no such case."))
    try:
        undo = desk.settings.desk.undo_seconds
        decide(desk.store, case_id, Decision(Action.REJECT, reason), visitor.person, desk.read, undo_seconds=undo)
    except NotYours:
        return Result(case_id, False, _OWN)
    except AlreadyDecided:
        return Result(case_id, False, _ENDED)
    except NoSuchCase:
        return Result(case_id, False, N_("There is no such case."))
    except BadDecision as error:
        # Its own letter repeats the reason's words as a secret.
        return Result(case_id, False, told(error))
    return Result(case_id, True, N_("Rejected. Its sender is told the reason."))
