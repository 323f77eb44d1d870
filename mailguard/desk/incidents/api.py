"""The breach register for scripts."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Query
from fastapi.responses import JSONResponse

from mailguard.cases.reading import read_case
from mailguard.core.errors import AlreadyDecided, ChangedMeanwhile, NotYours
from mailguard.desk.answers import NO_SUCH_CASE, TOO_LARGE, Answers, problem
from mailguard.desk.case_id import require_case_id
from mailguard.desk.desk import Desk, TheDesk
from mailguard.desk.incidents.acts import BREACH_ID, change, open_one, require_number, settle, show
from mailguard.desk.incidents.shapes import (
    BreachEntry,
    BreachIn,
    BreachList,
    BreachOut,
    ChangesIn,
    Conflict,
    EntryOut,
    ReopeningIn,
    VersionIn,
)
from mailguard.desk.register.tabs import LONGEST_QUERY
from mailguard.desk.typed import Typed
from mailguard.desk.visitor import ApiActor, ApiVisitor, Visitor
from mailguard.incidents.breaches.breach import BreachState, Origin
from mailguard.incidents.breaches.describe import describe_breach, describe_entry, describe_summary
from mailguard.incidents.breaches.history import entries_since
from mailguard.incidents.breaches.register import list_breaches
from mailguard.incidents.breaches.running import watch

_READING: Answers = {404: problem("No such breach")}
_OPENING = (
    NO_SUCH_CASE
    | TOO_LARGE
    | {
        403: problem("Your role only reads, or another person must do it"),
        422: problem("A value that cannot be written down, or something is lacking"),
    }
)
_WRITING = _OPENING | _READING | {409: problem("Changed by somebody else meanwhile, or not in that state", Conflict)}

router = APIRouter(prefix="/api/v1/breaches", tags=["incidents"])

BreachId = Annotated[str, Path(max_length=20, examples=["2026-0007"])]


@router.get("", summary="List breaches")
def get_breaches(
    desk: TheDesk,
    visitor: ApiVisitor,
    state: Annotated[str, Query(description="One state or several, parted by commas; empty for all")] = "",
    q: Annotated[
        Typed, Query(max_length=LONGEST_QUERY, description="Part of number, case, title, a customer or an address")
    ] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[str | None, Query(description="`next` of the page before")] = None,
) -> BreachList:
    """The register, newest first, each with the clock that runs out next."""
    names = {name.strip() for name in state.split(",") if name.strip()}
    if unknown := names - set(BreachState):
        raise HTTPException(422, f"no such state: {', '.join(sorted(unknown))[:100]}")
    if after is not None and not BREACH_ID.fullmatch(after):
        raise HTTPException(422, "after: not the number of a breach")
    states = frozenset(BreachState(name) for name in names) or None
    with desk.store.reading() as session:
        found = list_breaches(session, states=states, query=q, before=after, limit=limit + 1)
    settings, now = desk.settings.incidents, desk.now()
    listed = [BreachEntry(**describe_summary(watch(one, settings, now))) for one in found[:limit]]
    return BreachList(breaches=listed, next=listed[-1].id if len(found) > limit else None)


@router.post("", summary="Open a breach", status_code=201, responses=_OPENING)
def post_breach(wanted: BreachIn, desk: TheDesk, visitor: ApiActor) -> BreachOut:
    """Put a breach into the register. With a case, it is opened from that held message."""
    if wanted.case is not None:
        require_case_id(wanted.case)
        read_case(desk.store, wanted.case)
    origin = Origin.HAND if wanted.case is None else Origin.HOLD
    facts = wanted.facts.model_dump(exclude_unset=True)
    return _out(desk, visitor, open_one(desk, facts, visitor.person, origin=origin, case_id=wanted.case))


@router.get("/{breach_id}", summary="Read a breach", responses=_READING)
def get_breach(breach_id: BreachId, desk: TheDesk, visitor: ApiVisitor) -> BreachOut:
    """One breach with its clocks, its entries, and what must be written down before it can be closed."""
    return _out(desk, visitor, breach_id)


@router.post("/{breach_id}/changes", summary="Change facts", response_model=BreachOut, responses=_WRITING)
def post_changes(breach_id: BreachId, wanted: ChangesIn, desk: TheDesk, visitor: ApiActor) -> Any:
    """Change some facts, or write a note. A change of what somebody has asked to close opens it anew."""
    changes = wanted.changes.model_dump(exclude_unset=True)

    def act() -> object:
        return change(desk, breach_id, changes, visitor.person, version=wanted.version, note=wanted.note)

    return _carry_out(desk, visitor, breach_id, wanted.version, act)


@router.post("/{breach_id}/closing", summary="Ask for closing", response_model=BreachOut, responses=_WRITING)
def post_closing(breach_id: BreachId, read: VersionIn, desk: TheDesk, visitor: ApiActor) -> Any:
    """Say that it can be closed. 422 names what is lacking."""
    return _settle(desk, visitor, breach_id, "closing", read.version)


@router.post("/{breach_id}/close", summary="Close a breach", response_model=BreachOut, responses=_WRITING)
def post_close(breach_id: BreachId, read: VersionIn, desk: TheDesk, visitor: ApiActor) -> Any:
    """Close what another person has asked to close."""
    return _settle(desk, visitor, breach_id, "close", read.version)


@router.post("/{breach_id}/reopen", summary="Take a breach up again", response_model=BreachOut, responses=_WRITING)
def post_reopening(breach_id: BreachId, wanted: ReopeningIn, desk: TheDesk, visitor: ApiActor) -> Any:
    """Take up a closed breach again, or refuse to close one, with a reason."""
    return _settle(desk, visitor, breach_id, "reopen", wanted.version, wanted.note)


def _settle(desk: Desk, visitor: Visitor, breach_id: str, step: str, version: int, note: str = "") -> Any:
    def act() -> object:
        return settle(desk, breach_id, step, visitor.person, version=version, note=note)

    return _carry_out(desk, visitor, breach_id, version, act)


def _carry_out(
    desk: Desk, visitor: Visitor, breach_id: str, version: int, act: Callable[[], object]
) -> BreachOut | JSONResponse:
    require_number(breach_id)
    try:
        act()
    except ChangedMeanwhile as error:
        shown = show(desk, breach_id, visitor.person)
        since = entries_since(shown.watched.breach, shown.entries, version)
        meanwhile = [EntryOut(**describe_entry(entry)) for entry in since]
        conflict = Conflict(detail=str(error), version=shown.watched.breach.version, meanwhile=meanwhile)
        return JSONResponse(conflict.model_dump(mode="json"), 409)
    except AlreadyDecided as error:
        return JSONResponse(Conflict(detail=str(error)).model_dump(mode="json"), 409)
    except NotYours as error:
        raise HTTPException(403, str(error)) from None
    return _out(desk, visitor, breach_id)


def _out(desk: Desk, visitor: Visitor, breach_id: str) -> BreachOut:
    shown = show(desk, breach_id, visitor.person)
    return BreachOut(**describe_breach(shown.watched, shown.entries, shown.lacking))
