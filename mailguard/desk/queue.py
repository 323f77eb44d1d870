"""The queue: what waits, and what became of the rest."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import col, func, select

from mailguard.cases.reading import list_cases
from mailguard.core.case import CaseState
from mailguard.desk import flash
from mailguard.desk.desk import TheDesk
from mailguard.desk.flash import CASE_ID
from mailguard.desk.typed import Typed
from mailguard.desk.visitor import PageVisitor
from mailguard.store.store import Store
from mailguard.store.tables import CaseRow

router = APIRouter(include_in_schema=False)

PAGE = 50
_MOST_COUNTED = 1000
LONGEST_QUERY = 200

STATES = frozenset(state.value for state in CaseState)

TABS: dict[str, tuple[str, frozenset[CaseState] | None]] = {
    "held": ("Waiting", frozenset({CaseState.HELD})),
    "approved": ("Sending", frozenset({CaseState.APPROVED})),
    "undeliverable": ("Undeliverable", frozenset({CaseState.UNDELIVERABLE})),
    "decided": (
        "Decided",
        frozenset({CaseState.RELEASED, CaseState.REJECTED, CaseState.WITHDRAWN, CaseState.EXPIRED}),
    ),
    "all": ("All", None),
}


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab of the queue; its count is None where nobody has to act."""

    key: str
    title: str
    href: str
    current: bool
    count: str | None


@router.api_route("/", methods=["GET", "HEAD"])
def show_start(desk: TheDesk, visitor: PageVisitor) -> Response:
    """The queue is the start page."""
    return RedirectResponse("/cases", 303)


@router.api_route("/cases", methods=["GET", "HEAD"])
def show_queue(
    request: Request,
    desk: TheDesk,
    visitor: PageVisitor,
    state: str = "held",
    q: Typed = "",
    after: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """One tab of the queue, searched and paged. A tab that does not exist shows what waits."""
    state = state if state in TABS or state in STATES else "held"
    query = q[:LONGEST_QUERY]
    states = TABS[state][1] if state in TABS else frozenset({CaseState(state)})
    mark = after if CASE_ID.fullmatch(after) else None
    found = list_cases(desk.store, states=states, query=query, limit=PAGE, after=mark)
    page = desk.pages.render(
        "queue.html",
        visitor=visitor,
        flash=flash.take(request, desk),
        tabs=[_tab(desk.store, key, state, query) for key in TABS],
        state=state,
        query=query,
        cases=found.cases,
        expire_days=desk.settings.cases.expire_days,
        first=f"?{urlencode({'state': state, 'q': query})}" if mark else None,
        next=f"?{urlencode({'state': state, 'q': query, 'after': found.next})}" if found.next else None,
        now=desk.now(),
    )
    flash.clear(request, page, desk)
    return page


def _tab(store: Store, key: str, current: str, query: str) -> Tab:
    title, states = TABS[key]
    count = _count(store, states) if key in {"held", "undeliverable"} and states else None
    href = f"/cases?{urlencode({'state': key} | ({'q': query} if query else {}))}"
    return Tab(key, title, href, key == current or (states is not None and current in states), count)


def _count(store: Store, states: frozenset[CaseState]) -> str:
    # Never counted further than a person cares, so that the page stays fast when a million wait.
    some = select(CaseRow.id).where(col(CaseRow.state).in_(sorted(states))).limit(_MOST_COUNTED).subquery()
    with store.reading() as session:
        found = session.exec(select(func.count()).select_from(some)).one()
    return f"{_MOST_COUNTED - 1}+" if found >= _MOST_COUNTED else str(found)
