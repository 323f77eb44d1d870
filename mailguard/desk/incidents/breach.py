"""One breach: its clocks, its facts as a form, what was done to it, and the two persons who close it."""

from typing import Annotated

from fastapi import APIRouter, Form, Path, Request, Response

from mailguard.core.errors import AlreadyDecided, BadDecision, ChangedMeanwhile, NotYours
from mailguard.desk import flash
from mailguard.desk.desk import Desk, TheDesk
from mailguard.desk.incidents.acts import ShownBreach, change, require_number, settle, show
from mailguard.desk.incidents.fields import ACTS, CLOCK_STATES, DATA_CLASSES, GROUPS, ORIGINS, STATES
from mailguard.desk.incidents.form import fill, read_changes, read_sent, touched
from mailguard.desk.incidents.opening import SentForm
from mailguard.desk.incidents.shown import ask, house_zone, in_words, lacks, tell_changes, tell_facts
from mailguard.desk.typed import Typed
from mailguard.desk.visitor import FormVisitor, PageVisitor, Visitor
from mailguard.incidents.breaches.breach import BreachState
from mailguard.incidents.breaches.history import entries_since, facts_at

router = APIRouter(include_in_schema=False)

BreachId = Annotated[str, Path(max_length=20)]
Version = Annotated[int, Form(ge=1, le=1 << 31)]
Note = Annotated[Typed, Form()]

_DONE = {"closing": "breach_closing", "close": "breach_closed", "reopen": "breach_reopened"}


@router.api_route("/breaches/{breach_id}", methods=["GET", "HEAD"])
def show_breach(request: Request, breach_id: BreachId, desk: TheDesk, visitor: PageVisitor) -> Response:
    """One breach."""
    page = _page(request, desk, visitor, show(desk, breach_id, visitor.person))
    flash.clear(request, page, desk)
    return page


@router.post("/breaches/{breach_id}")
def post_changes(
    request: Request,
    breach_id: BreachId,
    desk: TheDesk,
    visitor: FormVisitor,
    form: SentForm,
    version: Version,
    note: Note = "",
) -> Response:
    """Write down what the person has changed of what they had read."""
    require_number(breach_id)
    shown, zone = show(desk, breach_id, visitor.person), house_zone(desk)
    breach = shown.watched.breach
    typed = touched(read_sent(form), facts_at(breach, shown.entries, version), zone)
    try:
        changed = change(desk, breach_id, read_changes(typed, zone), visitor.person, version=version, note=note)
    except ChangedMeanwhile:
        # Read again: what was changed is newer than what we have just shown.
        shown = show(desk, breach_id, visitor.person)
        return _page(request, desk, visitor, shown, typed=typed, note=note, read=version, status=409)
    except (BadDecision, AlreadyDecided) as error:
        status = 422 if isinstance(error, BadDecision) else 409
        return _page(request, desk, visitor, shown, typed=typed, note=note, problem=error, status=status)
    return _back(desk, breach_id, "breach_changed" if changed.version > version else "breach_same")


@router.post("/breaches/{breach_id}/{act}")
def post_act(
    request: Request,
    breach_id: BreachId,
    act: Annotated[str, Path(pattern="^(closing|close|reopen)$")],
    desk: TheDesk,
    visitor: FormVisitor,
    version: Version,
    note: Note = "",
) -> Response:
    """Ask for closing, close what another person has asked to close, or take it up again with a reason."""
    require_number(breach_id)
    try:
        settle(desk, breach_id, act, visitor.person, version=version, note=note)
    except ChangedMeanwhile:
        shown = show(desk, breach_id, visitor.person)
        return _page(request, desk, visitor, shown, note=note, read=version, status=409)
    except (BadDecision, AlreadyDecided, NotYours) as error:
        status = 422 if isinstance(error, BadDecision) else 403 if isinstance(error, NotYours) else 409
        shown = show(desk, breach_id, visitor.person)
        return _page(request, desk, visitor, shown, note=note, problem=error, status=status)
    return _back(desk, breach_id, _DONE[act])


def _back(desk: Desk, breach_id: str, code: str) -> Response:
    return flash.redirect(desk, f"/breaches/{breach_id}", code)


def _page(
    request: Request,
    desk: Desk,
    visitor: Visitor,
    shown: ShownBreach,
    *,
    typed: dict[str, str] | None = None,
    note: str = "",
    problem: Exception | None = None,
    read: int | None = None,
    status: int = 200,
) -> Response:
    """The page; with `read` the version that the person knew, and what was done since."""
    breach, zone = shown.watched.breach, house_zone(desk)
    since = entries_since(breach, shown.entries, read) if read is not None else ()
    theirs = frozenset(name for entry in since for name in entry.changes)
    wrong, words = in_words(problem)
    filled = fill(breach.facts, zone) | (typed or {})
    return desk.pages.render(
        "incidents/breach.html",
        status,
        visitor=visitor,
        flash=flash.take(request, desk),
        one=shown.watched,
        breach=breach,
        groups=ask(GROUPS, filled, wrong=wrong, meanwhile=theirs & set(typed or {})),
        told=tell_facts(breach.facts, GROUPS, desk),
        entries=[(entry, tell_changes(entry, desk)) for entry in shown.entries],
        since=[(entry, tell_changes(entry, desk)) for entry in since],
        lacking=lacks(shown.lacking),
        may_write=shown.may_write,
        may_change=shown.may_write and breach.state is not BreachState.CLOSED,
        note=note,
        problem=words,
        zone=desk.settings.report.time_zone,
        data_classes=DATA_CLASSES,
        ACTS=ACTS,
        STATES=STATES,
        ORIGINS=ORIGINS,
        CLOCK_STATES=CLOCK_STATES,
    )
