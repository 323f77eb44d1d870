"""The register at a glance: what runs out next stands first, and what has run out is red."""

from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from mailguard.desk import flash
from mailguard.desk.desk import Desk, TheDesk
from mailguard.desk.incidents.acts import BREACH_ID
from mailguard.desk.incidents.fields import CLOCK_STATES, ORIGINS, STATES
from mailguard.desk.incidents.keeping import may_write
from mailguard.desk.language.catalogue import N_
from mailguard.desk.register.tabs import LONGEST_QUERY, PAGE, Pager
from mailguard.desk.typed import Typed
from mailguard.desk.visitor import PageVisitor
from mailguard.incidents.breaches.breach import BreachState
from mailguard.incidents.breaches.register import list_breaches
from mailguard.incidents.breaches.running import UNCLOSED, Watched, list_watched, watch

router = APIRouter(include_in_schema=False)

TABS = {"open": N_("Open"), "closing": N_("To be closed"), "closed": N_("Closed"), "all": N_("All")}
_MOST_URGENT = 200


@router.api_route("/breaches", methods=["GET", "HEAD"])
def show_breaches(
    request: Request, desk: TheDesk, visitor: PageVisitor, state: str = "open", q: Typed = "", after: str = ""
) -> Response:
    """Breaches of one state; not closed ones by their clocks, others newest first."""
    tab, query = state if state in TABS else "open", q[:LONGEST_QUERY]
    before = after if BREACH_ID.fullmatch(after) else None
    rows = _urgent(desk, tab, query) if tab in set(UNCLOSED) else _latest(desk, tab, query, before)
    size = _MOST_URGENT if tab in set(UNCLOSED) else PAGE
    page = desk.pages.render(
        "incidents/listing.html",
        visitor=visitor,
        flash=flash.take(request, desk),
        tabs=[(title, _link(key, query), key == tab) for key, title in TABS.items()],
        tab=tab,
        query=query,
        rows=rows[:size],
        more=len(rows) > size and tab in set(UNCLOSED),
        pager=_pager(tab, query, before, rows),
        may_write=may_write(visitor.person),
        STATES=STATES,
        ORIGINS=ORIGINS,
        CLOCK_STATES=CLOCK_STATES,
    )
    flash.clear(request, page, desk)
    return page


def _urgent(desk: Desk, tab: str, query: str) -> list[Watched]:
    with desk.store.reading() as session:
        states = frozenset({BreachState(tab)})
        return list_watched(session, desk.settings.incidents, desk.now(), states=states, query=query)


def _latest(desk: Desk, tab: str, query: str, before: str | None) -> list[Watched]:
    states = None if tab == "all" else frozenset({BreachState(tab)})
    with desk.store.reading() as session:
        found = list_breaches(session, states=states, query=query, before=before, limit=PAGE + 1)
    return [watch(one, desk.settings.incidents, desk.now()) for one in found]


def _link(tab: str, query: str, **more: str) -> str:
    return "/breaches?" + urlencode({"state": tab} | ({"q": query} if query else {}) | more)


def _pager(tab: str, query: str, before: str | None, rows: list[Watched]) -> Pager:
    if tab in set(UNCLOSED):
        return Pager(None, None)
    following = _link(tab, query, after=rows[PAGE - 1].breach.id) if len(rows) > PAGE else None
    return Pager(_link(tab, query) if before else None, following)
