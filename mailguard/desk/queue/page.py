"""The queue: what waits, worst and oldest first, and what became of the rest."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from mailguard.cases.deciding.glass_reviews import unreviewed
from mailguard.cases.filtering import Order
from mailguard.cases.listing import (
    MOST_COUNTED,
    CasePage,
    count_cases,
    latest_act,
    list_wanted,
    read_summaries,
)
from mailguard.core.case import CaseState
from mailguard.core.person import DECIDING_ROLES, Person, Role
from mailguard.core.reason import ReasonCode
from mailguard.core.severity import Severity
from mailguard.core.teams import Teams
from mailguard.desk import flash
from mailguard.desk.case_id import CASE_ID
from mailguard.desk.desk import Desk, TheDesk
from mailguard.desk.language.catalogue import N_
from mailguard.desk.language.reasons import say_cases
from mailguard.desk.queue.asking import LONGEST_QUERY, STATES, TABS, Asked, Asking, gather, understand
from mailguard.desk.queue.bulk import MOST_AT_ONCE
from mailguard.desk.queue.views import LONGEST_NAME, views_of
from mailguard.desk.visitor import PageVisitor
from mailguard.store.store import Store

router = APIRouter(include_in_schema=False)

PAGE = 50
UNREVIEWED = "unreviewed"
"""The tab of messages that left by breaking the glass, until somebody has reviewed that."""
_TITLES = {
    "held": N_("Waiting"),
    "approved": N_("Sending"),
    "undeliverable": N_("Undeliverable"),
    "decided": N_("Decided"),
    "all": N_("All"),
}
_COUNTED = ("held", "undeliverable")
"""Tabs in which somebody has to act."""


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab of the queue; its count is None where nobody has to act."""

    key: str
    title: str
    href: str
    current: bool
    count: str | None


@dataclass(frozen=True, slots=True)
class Choices:
    """What the filter's fields can be chosen from."""

    severities: tuple[Severity, ...]
    reasons: tuple[ReasonCode, ...]
    teams: tuple[str, ...]


@router.api_route("/", methods=["GET", "HEAD"])
def show_start(desk: TheDesk, visitor: PageVisitor) -> Response:
    """The queue is the start page, and one's own mail that of who sees nothing else."""
    return RedirectResponse("/mine" if visitor.person.role is Role.SENDER else "/cases", 303)


@router.api_route("/cases", methods=["GET", "HEAD"])
def show_queue(request: Request, desk: TheDesk, visitor: PageVisitor) -> Response:
    """One tab of the queue, filtered, searched and paged. A field that cannot be read is not asked."""
    person = visitor.person
    given = gather(request.query_params.multi_items())
    after = given.get("after", "")
    mark = after if CASE_ID.fullmatch(after) else None
    reviews = given.get("state") == UNREVIEWED
    if given.get("state") not in TABS and not set(given.get("state", "held").split(",")) <= STATES:
        given["state"] = "held"
    given.setdefault("state", "held")
    asked = understand(given, Asking(person, desk.now(), desk.settings.report.time_zone))
    with desk.store.reading() as session:
        # Before the list: what comes in between is told twice rather than not at all.
        seen_until = latest_act(session)
        broken = [glass.case_id for glass in unreviewed(session)]
    broken_cases = read_summaries(desk.store, broken[:MOST_COUNTED], person)
    if reviews:
        found = CasePage(broken_cases, None)
    else:
        found = list_wanted(desk.store, asked.wanted, order=asked.order, limit=PAGE, after=mark, person=person)
    views = views_of(desk.store, person)
    current = UNREVIEWED if reviews else asked.values["state"]
    page = desk.pages.render(
        "queue/page.html",
        visitor=visitor,
        flash=flash.take(request, desk),
        tabs=_tabs(desk.store, person, asked, current) + _open_tab(current, len(broken_cases)),
        views=views,
        view=next((view for view in views if view.query == asked.query), None),
        unreviewed=len(broken_cases),
        state=current,
        asked=asked,
        said=defaultdict(str, asked.values),
        choices=Choices(tuple(Severity), tuple(ReasonCode), _teams(desk, person)),
        chips=_chips(asked),
        cases=say_cases(desk.settings, found.cases),
        orders=_orders(asked),
        first=asked.href() if mark else None,
        next=asked.href(after=found.next) if found.next else None,
        news=f"/cases/news?{urlencode({**asked.values, 'since': str(seen_until)})}" if not reviews else None,
        bulk=person.role in DECIDING_ROLES and asked.wanted.states == TABS["held"] and not reviews,
        most_at_once=MOST_AT_ONCE,
        longest=LONGEST_QUERY,
        longest_name=LONGEST_NAME,
        now=desk.now(),
    )
    flash.clear(request, page, desk)
    return page


def _tabs(store: Store, person: Person, asked: Asked, current: str) -> list[Tab]:
    with store.reading() as session:
        counts = {key: count_cases(session, TABS[key] or frozenset(), person) for key in _COUNTED}
    return [
        Tab(
            key,
            title,
            Asked({**asked.filters, "state": key}, asked.wanted, asked.order).href(),
            key == current or current in _states(key),
            _told(counts[key]) if key in counts else None,
        )
        for key, title in _TITLES.items()
    ]


def _states(key: str) -> frozenset[CaseState]:
    return TABS[key] or frozenset()


def _open_tab(current: str, count: int) -> list[Tab]:
    """The tab of broken glass that nobody has reviewed; none where there is none."""
    shown = count or current == UNREVIEWED
    tab = Tab(UNREVIEWED, N_("To review"), f"/cases?state={UNREVIEWED}", current == UNREVIEWED, str(count))
    return [tab] if shown else []


def _told(count: int) -> str:
    return f"{MOST_COUNTED - 1}+" if count >= MOST_COUNTED else str(count)


def _teams(desk: Desk, person: Person) -> tuple[str, ...]:
    """The teams whose cases the person can see; none where there is no choice."""
    names = tuple(sorted(person.teams)) or Teams.of(desk.settings).names
    return names if len(names) > 1 or not person.teams else ()


def _chips(asked: Asked) -> list[tuple[str, str, str]]:
    """Field, value and the address without it, of each filter in force."""
    return [(name, value, asked.href(**{name: None})) for name, value in asked.filters.items()]


def _orders(asked: Asked) -> Mapping[str, tuple[bool, str]]:
    """By order: whether it is in force, and the address that has it."""
    waits = asked.wanted.states == TABS["held"]
    offered = (Order.WORST, Order.OLDEST, Order.NEWEST) if waits else (Order.NEWEST, Order.OLDEST)
    usual = offered[0]
    return {
        order.value: (order is asked.order, asked.href(sort=None if order is usual else order.value))
        for order in offered
    }
