"""Filters of a list of cases, at the pace of an index, on both databases."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from mailguard.cases.filtering import CaseFilter, Order
from mailguard.cases.listing import list_wanted
from mailguard.cases.searching import find as searching
from mailguard.core.case import CaseState
from mailguard.core.person import Person, Role
from mailguard.core.reason import ReasonCode
from mailguard.core.severity import Severity
from mailguard.store.store import Store
from tests.conftest import TurnableClock
from tests.support.case_rows import add_case

HELD = frozenset({CaseState.HELD})
STATES = ("held", "rejected", "expired")
TEAMS = ("", "shop", "partner")


@pytest.fixture
def cases(any_store: Store, clock: TurnableClock, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Thirty cases of three states, severities and teams, some at one moment; a look sees four."""
    monkeypatch.setattr(searching, "MOST_LOOKED_AT", 4)
    made: list[dict[str, Any]] = []
    for number in range(30):
        one: dict[str, Any] = {
            "state": STATES[number * number % 7 % 3],
            "severity": number % 4,
            "team": TEAMS[number // 2 % 3],
            "at": clock() + timedelta(minutes=number // 3),
            "sender": f"seller{number % 5}@operator.example",
            "reasons": ("recording",) if number % 9 == 4 else ("namesake",),
        }
        values = {name: one[name] for name in ("state", "severity", "team", "sender", "reasons")}
        made.append(one | {"id": add_case(any_store, one["at"], **values)})
    return made


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    states=st.none() | st.sets(st.sampled_from(STATES), min_size=1),
    severities=st.sets(st.sampled_from(Severity), max_size=3),
    team=st.sampled_from(["", "shop"]),
    sender=st.sampled_from(["", "seller3@operator.example", "ller3"]),
    reason=st.sampled_from([None, ReasonCode.RECORDING]),
    order=st.sampled_from(Order),
    of_team=st.sampled_from([None, "shop", "partner"]),
    limit=st.integers(1, 9),
)
def test_every_filter_in_every_order(
    any_store: Store,
    cases: list[dict[str, Any]],
    states: set[str] | None,
    severities: set[Severity],
    team: str,
    sender: str,
    reason: ReasonCode | None,
    order: Order,
    of_team: str | None,
    limit: int,
) -> None:
    """For any filter, order and person: page by page exactly what fits, once, in order, and no empty page leads on."""
    person = Person(0, "x", "x@y.example", Role.SUPERVISOR, teams=frozenset({of_team})) if of_team else None
    wanted = CaseFilter(
        None if states is None else frozenset(map(CaseState, states)),
        severities=frozenset(severities),
        team=team,
        sender=sender,
        reason=reason,
    )
    found: list[str] = []
    after = None
    while True:
        page = list_wanted(any_store, wanted, order=order, limit=limit, after=after, person=person)
        assert page.cases or page.next is None
        found += [case.id for case in page.cases]
        if (after := page.next) is None:
            break
    fitting = [
        one
        for one in cases
        if (states is None or one["state"] in states)
        and (not severities or one["severity"] in severities)
        and team in ("", one["team"])
        and sender in one["sender"]
        and (reason is None or reason.value in one["reasons"])
        and of_team in (None, one["team"])
    ]
    key = (lambda c: (c["severity"], c["at"], c["id"])) if order is Order.WORST else (lambda c: (c["at"], c["id"]))
    assert found == [one["id"] for one in sorted(fitting, key=key, reverse=order is Order.NEWEST)]


def test_words_are_found_wherever_they_are(
    any_store: Store, clock: TurnableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the beginning of a word, a customer's number, a reason or a rule, far behind what a look reaches; the middle
    of a word only as far as that."""
    monkeypatch.setattr(searching, "MOST_LOOKED_AT", 2)
    monkeypatch.setattr(searching, "MOST_IN_MIDDLE", 4)
    old = add_case(
        any_store,
        clock() - timedelta(days=99),
        reasons=("recording",),
        rules=("credential.puk",),
        customers="77123 åke öhman",
        subject="Parcel 4711-x",
    )
    for number in range(12):
        add_case(any_store, clock() - timedelta(days=number))
    everywhere = CaseFilter()
    for wanted in (
        replace(everywhere, query="PARCEL"),
        replace(everywhere, query="cel 4711"),
        replace(everywhere, query="parc"),
        replace(everywhere, customer="77123"),
        replace(everywhere, customer="Öhm"),
        replace(everywhere, reason=ReasonCode.RECORDING),
        replace(everywhere, rule="credential.p"),
    ):
        assert [case.id for case in list_wanted(any_store, wanted, order=Order.NEWEST).cases] == [old], wanted
    for text in ("arcel", "nowhere"):
        found = list_wanted(any_store, replace(everywhere, query=text), order=Order.NEWEST)
        assert (found.cases, found.next) == ((), None)


def test_worst_first_needs_no_sorting(store: Store, clock: TurnableClock) -> None:
    """What waits is read from the index of state and severity, however many wait; one team's from its own."""
    add_case(store, clock())
    seen: list[tuple[str, Any]] = []
    event.listen(store.engine, "before_cursor_execute", lambda c, cursor, sql, values, *_: seen.append((sql, values)))
    list_wanted(store, CaseFilter(HELD), order=Order.WORST)
    lists = [(sql, values) for sql, values in seen if "ORDER BY cases.severity" in sql]
    assert len(lists) == len(Severity)
    with store.engine.connect() as connection:
        for sql, values in lists:
            plan = " ".join(str(row[-1]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values))
            assert "ix_cases_severity" in plan
            assert "TEMP B-TREE" not in plan
