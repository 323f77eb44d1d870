"""The case page: why a message is held, whom it is about, who would get it, and what it says."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from mailguard.cases.approvals import may_approve
from mailguard.cases.decide import may_decide, may_withdraw
from mailguard.cases.reading import CaseDetail, HistoryEntry, open_letter, read_case
from mailguard.cases.remembering import LONGEST
from mailguard.cases.reveal import view
from mailguard.core.case import CaseState
from mailguard.core.errors import NoSuchCase
from mailguard.core.person import DECIDING_ROLES
from mailguard.desk import flash
from mailguard.desk.background import look_up
from mailguard.desk.comparing import Comparison, compare
from mailguard.desk.desk import Desk, TheDesk
from mailguard.desk.flash import CASE_ID
from mailguard.desk.marking import ShownLetter, mark_letter
from mailguard.desk.visitor import PageVisitor, Visitor

router = APIRouter(include_in_schema=False)

CaseId = Annotated[str, Path(max_length=40)]
_MOST_COMPARED = 20
_MOST_HISTORY = 100


@dataclass(frozen=True, slots=True)
class Powers:
    """What the visitor may do with the case now."""

    decide: bool
    approve: bool
    """May decide, and has not approved it already."""
    retry: bool
    withdraw: bool
    reveal: bool
    own: bool
    """It is the visitor's own message, though their role could decide on others."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What may be remembered of the recipients, and until when."""

    pairs: tuple[tuple[int, str, tuple[str, ...]], ...]
    """Recipient's position, customer number, codes of the reasons."""
    days: int
    """As long as is usual here (`register.remember_days`); 0: not at all."""
    earliest: date
    usual: date
    latest: date


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person typed into the decision form that was not accepted, and why it was not."""

    problem: str
    action: str = ""
    reason: str = ""
    chosen: frozenset[int] = frozenset()
    remember: bool = True
    until: str = ""


@router.api_route("/cases/{case_id}", methods=["GET", "HEAD"])
def show_case(request: Request, case_id: CaseId, desk: TheDesk, visitor: PageVisitor) -> Response:
    """One case. Opening it is the one GET that leaves a trace: an entry in the audit trail."""
    require_case_id(case_id)
    if request.method == "GET":
        view(desk.store, case_id, visitor.person)
    page = case_page(request, desk, visitor, case_id)
    flash.clear(request, page, desk)
    return page


def case_page(
    request: Request, desk: Desk, visitor: Visitor, case_id: str, draft: Draft | None = None, status: int = 200
) -> Response:
    """The case page as this visitor may see it."""
    case = read_case(desk.store, case_id)
    powers = powers_of(desk, visitor, case)
    comparisons = _comparisons(case)
    compared = [c for c in comparisons if c.sided][:_MOST_COMPARED]
    return desk.pages.render(
        "case.html",
        status,
        visitor=visitor,
        flash=flash.take(request, desk),
        case=case,
        powers=powers,
        compared=compared,
        listed=[c for c in comparisons if c not in compared],
        history=_history(case),
        letter=_letter(desk, case),
        draft=draft,
        background=look_up(desk, case_id, compared),
        memory=_memory(desk, case),
        expire_days=desk.settings.cases.expire_days,
        now=desk.now(),
    )


def powers_of(desk: Desk, visitor: Visitor, case: CaseDetail) -> Powers:
    """Which forms the page offers; the store checks again when one is sent."""
    person, state = visitor.person, case.summary.state
    second = may_decide(desk.store, case.summary.id, person)
    held = state is CaseState.HELD
    own = may_withdraw(desk.store, case.summary.id, person)
    return Powers(
        decide=second and held,
        approve=held and second and may_approve(desk.store, case.summary.id, person),
        retry=second and state is CaseState.UNDELIVERABLE,
        withdraw=own and held,
        reveal=second,
        own=own and person.role in DECIDING_ROLES,
    )


def _memory(desk: Desk, case: CaseDetail) -> Memory | None:
    """What a decision would have the guard remember; None where nothing is held for what a recipient is."""
    pairs = tuple(
        (position, pair["customer"], tuple(pair["reasons"]))
        for position, recipient in enumerate(case.recipients)
        for pair in recipient.relation.get("pairs") or ()
    )
    if not pairs:
        return None
    today, days = desk.now().date(), desk.settings.register_.remember_days
    return Memory(pairs, days, today + timedelta(days=1), today + timedelta(days=max(1, days)), today + LONGEST)


def require_case_id(case_id: str) -> None:
    """Raises NoSuchCase for what cannot be a case id, before the database is asked (NUL, half characters)."""
    if not CASE_ID.fullmatch(case_id):
        raise NoSuchCase("there is no such case")


def _comparisons(case: CaseDetail) -> list[Comparison]:
    # What is held comes first; among twenty recipients the one that is wrong must not be the last.
    both = [compare(position, recipient) for position, recipient in enumerate(case.recipients)]
    return sorted(both, key=lambda c: (c.recipient.verdict == "pass", c.position))


def _history(case: CaseDetail) -> list[tuple[HistoryEntry, int]]:
    """The last entries, with looks of one person in a row told once."""
    told: list[tuple[HistoryEntry, int]] = []
    for entry in case.history:
        if told and entry.act == "view" and (told[-1][0].act, told[-1][0].actor) == (entry.act, entry.actor):
            told[-1] = (entry, told[-1][1] + 1)
        else:
            told.append((entry, 1))
    return told[-_MOST_HISTORY:]


def _letter(desk: Desk, case: CaseDetail) -> ShownLetter | None:
    letter = open_letter(desk.store, case.summary.id, desk.read)
    return mark_letter(letter, case.findings) if letter else None
