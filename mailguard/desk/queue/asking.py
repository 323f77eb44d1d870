"""What a list is asked for in its address: read, understood, and written again."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import re2

from mailguard.cases.filtering import CaseFilter, Order
from mailguard.core.case import CaseState
from mailguard.core.person import Person
from mailguard.core.reason import ReasonCode
from mailguard.core.severity import SEVERITIES
from mailguard.desk.typed import typed

LONGEST_QUERY = 200
"""Characters of any one field."""
STATES = frozenset(state.value for state in CaseState)
TABS: dict[str, frozenset[CaseState] | None] = {
    "held": frozenset({CaseState.HELD}),
    "approved": frozenset({CaseState.APPROVED}),
    "undeliverable": frozenset({CaseState.UNDELIVERABLE}),
    "decided": frozenset({CaseState.RELEASED, CaseState.REJECTED, CaseState.WITHDRAWN, CaseState.EXPIRED}),
    "all": None,
}
"""The queue's own names for several states."""
AT = ("mine", "taken", "free")
"""Who is at it: the person who asks, anybody, nobody."""
DUE = ("late", "soon")
SOON = timedelta(hours=24)
"""A deadline that is nearer than this is near."""
ORDERS = tuple(order.value for order in Order)

_RULE = re2.compile(r"[A-Za-z0-9._-]{1,100}")


class NotUnderstood(ValueError):
    """A value that its field cannot have; the text names the field and says what it takes."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, when, and where: dates and "mine" mean something only then."""

    person: Person
    now: datetime
    time_zone: str
    """In which a day begins and ends."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A filter as it stands in an address, and what it means."""

    values: Mapping[str, str]
    """What was understood, by field; no field is empty."""
    wanted: CaseFilter
    order: Order

    def href(self, **other: str | None) -> str:
        """The address of this list, with some fields of other values, or without them (None)."""
        values = {**self.values, **other}
        query = urlencode({name: values[name] for name in (*FIELDS, "after") if values.get(name)})
        return f"/cases?{query}"

    @property
    def query(self) -> str:
        """What stands behind the question mark."""
        return self.href().partition("?")[2]

    @property
    def filters(self) -> dict[str, str]:
        """What narrows the list down beside its tab and order."""
        return {name: value for name, value in self.values.items() if name not in {"state", "sort"}}


def understand(given: Mapping[str, str], asking: Asking, *, strict: bool = False) -> Asked:
    """Read the fields of a list. What cannot be read is left out, or with `strict` raises NotUnderstood."""
    wanted, values = CaseFilter(), {}
    for name, read in _FIELDS.items():
        value = typed(given.get(name, ""))[:LONGEST_QUERY]
        if not value:
            continue
        try:
            wanted = read(wanted, value, asking)
        except NotUnderstood:
            if strict:
                raise
        else:
            values[name] = value
    sort = given.get("sort", "")
    if sort and sort not in ORDERS and strict:
        raise NotUnderstood(f"sort: one of {', '.join(ORDERS)}")
    waits = wanted.states == TABS["held"]
    usual = Order.WORST if waits else Order.NEWEST
    order = Order(sort) if sort in ORDERS else usual
    if order is not usual:
        values["sort"] = order.value
    return Asked(values, wanted, order)


def gather(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The fields of a query string; of a field that comes several times the values are parted by commas."""
    found: dict[str, str] = {}
    for name, value in pairs:
        if value:
            found[name] = f"{found[name]},{value}" if name in found and name in {"severity", "state"} else value
    return found


def _state(wanted: CaseFilter, value: str, asking: Asking) -> CaseFilter:
    if value in TABS:
        return replace(wanted, states=TABS[value])
    names = _names(value, STATES, "state: no such state")
    return replace(wanted, states=frozenset(map(CaseState, names)))


def _severity(wanted: CaseFilter, value: str, asking: Asking) -> CaseFilter:
    names = _names(value, SEVERITIES, f"severity: some of {', '.join(SEVERITIES)}")
    return replace(wanted, severities=frozenset(SEVERITIES[name] for name in names))


def _reason(wanted: CaseFilter, value: str, asking: Asking) -> CaseFilter:
    if value not in set(ReasonCode):
        raise NotUnderstood("reason: no such reason code")
    return replace(wanted, reason=ReasonCode(value))


def _rule(wanted: CaseFilter, value: str, asking: Asking) -> CaseFilter:
    if not _RULE.fullmatch(value):
        raise NotUnderstood("rule: the id of a rule, or its beginning")
    return replace(wanted, rule=value)


def _text(field: str) -> Callable[[CaseFilter, str, Asking], CaseFilter]:
    def read(wanted: CaseFilter, value: str, asking: Asking) -> CaseFilter:
        return replace(wanted, **{field: value})  # type: ignore[arg-type]

    return read


def _since(wanted: CaseFilter, value: str, asking: Asking) -> CaseFilter:
    return replace(wanted, since=_begin(_day("since", value), asking))


def _until(wanted: CaseFilter, value: str, asking: Asking) -> CaseFilter:
    return replace(wanted, until=_begin(_day("until", value) + timedelta(days=1), asking))


def _at(wanted: CaseFilter, value: str, asking: Asking) -> CaseFilter:
    if value not in AT:
        raise NotUnderstood(f"at: one of {', '.join(AT)}")
    if value == "mine":
        return replace(wanted, at_it=asking.person.user_id)
    return replace(wanted, taken=value == "taken")


def _due(wanted: CaseFilter, value: str, asking: Asking) -> CaseFilter:
    if value not in DUE:
        raise NotUnderstood(f"due: one of {', '.join(DUE)}")
    if value == "late":
        return replace(wanted, late_at=asking.now)
    return replace(wanted, due_before=asking.now + SOON)


def _names(value: str, known: Iterable[str], problem: str) -> set[str]:
    names = {name.strip() for name in value.split(",") if name.strip()}
    if not names or names - set(known):
        raise NotUnderstood(problem)
    return names


def _day(field: str, value: str) -> date:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise NotUnderstood(f"{field}: a day, written as 2027-12-31") from None
    # Beyond these no time zone can be reckoned with.
    if not date(1970, 1, 1) <= day < date(9999, 1, 1):
        raise NotUnderstood(f"{field}: a day of our times")
    return day


def _begin(day: date, asking: Asking) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(asking.time_zone))


_FIELDS: Mapping[str, Callable[[CaseFilter, str, Asking], CaseFilter]] = {
    "state": _state,
    "q": _text("query"),
    "severity": _severity,
    "reason": _reason,
    "team": _text("team"),
    "sender": _text("sender"),
    "recipient": _text("recipient"),
    "customer": _text("customer"),
    "rule": _rule,
    "since": _since,
    "until": _until,
    "at": _at,
    "due": _due,
}
FIELDS = (*_FIELDS, "sort")
"""Every field of the address, in the order in which they stand there."""
