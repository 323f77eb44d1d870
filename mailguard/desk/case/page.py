"""The case page: why a message is held, whom it is about, who would get it, and what it says."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from mailguard.cases.addresses.remembering import LONGEST
from mailguard.cases.deciding.approvals import may_approve
from mailguard.cases.deciding.break_glass import could_break
from mailguard.cases.deciding.decide import may_withdraw
from mailguard.cases.deciding.glass_reviews import can_review
from mailguard.cases.deciding.rights import Right, rights_of
from mailguard.cases.reading import CaseDetail, HistoryEntry, open_letter, read_case
from mailguard.cases.reveal import view
from mailguard.core.case import CaseState
from mailguard.core.person import DECIDING_ROLES
from mailguard.desk import flash
from mailguard.desk.case.background import look_up
from mailguard.desk.case.comparing import Comparison, compare
from mailguard.desk.case.earlier import FATES
from mailguard.desk.case.instead import ways_instead
from mailguard.desk.case.past import read_past
from mailguard.desk.case_id import CaseId
from mailguard.desk.deciding.countdown import own_countdown
from mailguard.desk.deciding.rejecting import usual_reasons
from mailguard.desk.desk import Desk, TheDesk
from mailguard.desk.headers import POLICY
from mailguard.desk.language.reasons import say_reasons
from mailguard.desk.letter.files import FILE_KINDS, ShownFile, list_files
from mailguard.desk.letter.mailboxes import Named, compare_envelope
from mailguard.desk.letter.marking import Marker, ShownLetter, show_letter
from mailguard.desk.rights import may
from mailguard.desk.talking.attention import asking
from mailguard.desk.talking.thread import read_thread
from mailguard.desk.visitor import PageVisitor, Visitor
from mailguard.incidents.breaches.register import Breach, list_breaches

router = APIRouter(include_in_schema=False)

_MOST_COMPARED = 20
_MOST_HISTORY = 100
_LOOKS = frozenset({"view", "view part"})
_FRAMING = {"content-security-policy": f"{POLICY}; frame-src 'self'"}
"""For the page that holds the letter's HTML in a frame."""


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
    rights: tuple[Right, ...] = ()
    """By what right they decide: their own, or as whose deputy."""
    glass: bool = False
    """May break the glass, and has no other way to let it out."""
    review: bool = False
    """May say whether it was right to break the glass."""


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
    instead: frozenset[str] = frozenset()
    """Values of the addresses on record that were chosen."""
    template: str = ""
    """Code of the usual reason."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The letter as the page shows it."""

    letter: ShownLetter
    files: tuple[ShownFile, ...]
    named: Named


@router.api_route("/cases/{case_id}", methods=["GET", "HEAD"])
def show_case(
    request: Request, case_id: CaseId, desk: TheDesk, visitor: PageVisitor, letter: Annotated[str, Query()] = ""
) -> Response:
    """One case. Opening it, or a part of its letter, leaves a trace: an entry in the audit trail."""
    if request.method == "GET":
        view(desk.store, case_id, visitor.person)
    page = case_page(request, desk, visitor, case_id, as_html=letter == "html")
    flash.clear(request, page, desk)
    return page


def case_page(
    request: Request,
    desk: Desk,
    visitor: Visitor,
    case_id: str,
    draft: Draft | None = None,
    status: int = 200,
    *,
    as_html: bool = False,
) -> Response:
    """The case page as this visitor may see it; `as_html` has the letter's HTML in a frame, where it has any."""
    case = read_case(desk.store, case_id)
    powers = powers_of(desk, visitor, case)
    comparisons = _comparisons(case)
    compared = [c for c in comparisons if c.sided][:_MOST_COMPARED]
    opened = _open(desk, case)
    framed = as_html and opened is not None and bool(opened.letter.html)
    return desk.pages.render(
        "case/page.html",
        status,
        headers=_FRAMING if framed else None,
        visitor=visitor,
        flash=flash.take(request, desk),
        case=case,
        reasons=say_reasons(desk.settings, case),
        powers=powers,
        compared=compared,
        listed=[c for c in comparisons if c not in compared],
        history=_history(case),
        letter=opened.letter if opened else None,
        files=opened.files if opened else (),
        files_by_path={file.path: file for file in opened.files} if opened else {},
        named=opened.named if opened else None,
        framed=framed,
        draft=draft,
        background=look_up(desk, case_id, compared, visitor.person),
        fates=FATES,
        file_kinds=FILE_KINDS,
        past=read_past(desk.store, case, compared, visitor.person),
        memory=_memory(desk, case),
        breaches=_breaches(desk, case_id) if may(visitor.person, "GET /breaches") else [],
        may_open=may(visitor.person, "POST /breaches/new"),
        now=desk.now(),
        undo=own_countdown(desk, case_id, visitor.person),
        undo_seconds=desk.settings.desk.undo_seconds,
        instead=ways_instead(desk, case) if powers.approve else {},
        usual_reasons=usual_reasons(desk.settings.notices.language) if powers.decide or powers.retry else {},
        attention=asking(desk, case_id, visitor.person) if powers.approve else None,
        thread=read_thread(desk, case_id, visitor.person),
    )


def powers_of(desk: Desk, visitor: Visitor, case: CaseDetail) -> Powers:
    """Which forms the page offers; the store checks again when one is sent."""
    person, state = visitor.person, case.summary.state
    rights = tuple(rights_of(desk.store, case.summary.id, person))
    second = bool(rights)
    held = state is CaseState.HELD
    own = may_withdraw(desk.store, case.summary.id, person)
    return Powers(
        decide=second and held,
        approve=held and second and may_approve(desk.store, case.summary.id, person),
        retry=second and state is CaseState.UNDELIVERABLE,
        withdraw=own and held,
        reveal=second,
        own=own and person.role in DECIDING_ROLES,
        rights=rights,
        glass=held and could_break(desk.store, case.summary.id, person),
        review=case.broken is not None and can_review(desk.store, case.broken, person),
    )


def _breaches(desk: Desk, case_id: str) -> list[Breach]:
    with desk.store.reading() as session:
        return [one for one in list_breaches(session, query=case_id) if one.case_id == case_id]


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


def _comparisons(case: CaseDetail) -> list[Comparison]:
    # What is held comes first; among twenty recipients the one that is wrong must not be the last.
    both = [compare(position, recipient) for position, recipient in enumerate(case.recipients)]
    return sorted(both, key=lambda c: (c.recipient.verdict == "pass", c.position))


def _history(case: CaseDetail) -> list[tuple[HistoryEntry, int]]:
    """The last entries, with looks of one person in a row told once."""
    told: list[tuple[HistoryEntry, int]] = []
    for entry in case.history:
        if told and entry.act in _LOOKS and _same(told[-1][0], entry):
            told[-1] = (entry, told[-1][1] + 1)
        else:
            told.append((entry, 1))
    return told[-_MOST_HISTORY:]


def _same(one: HistoryEntry, other: HistoryEntry) -> bool:
    return (one.act, one.actor, one.details) == (other.act, other.actor, other.details)


def _open(desk: Desk, case: CaseDetail) -> Opened | None:
    letter = open_letter(desk.store, case.summary.id, desk.read)
    if letter is None:
        return None
    marker = Marker(letter, case.findings)
    shown = show_letter(letter, marker)
    # Out of the masked header: a name may hold the password as well as any other text.
    headers = [(name, "".join(segment.text for segment in segments)) for name, segments in shown.headers]
    # All who were in the client's envelope: named in To, those who have it are no strangers.
    recipients = [*(one.address for one in case.recipients), *(one.address for one in case.passed)]
    return Opened(shown, list_files(letter, marker), compare_envelope(recipients, case.envelope.reverse_path, headers))
