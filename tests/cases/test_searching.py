"""Searching in stretches: all pages together are what a look at every case would have found."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailguard.cases.filtering import CaseFilter, Order
from mailguard.cases.listing import list_cases
from mailguard.cases.searching import find as searching
from mailguard.core.case import CaseState
from mailguard.store.store import Store
from mailguard.store.tables.cases import CaseRow
from tests.conftest import TurnableClock
from tests.support.case_rows import add_case

STATES = ("held", "rejected", "expired", "withdrawn")


@pytest.fixture
def cases(any_store: Store, clock: TurnableClock, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, str]]:
    """Three dozen cases in four states, some at one moment, oldest first as (id, state, subject); a look sees four."""
    monkeypatch.setattr(searching, "MOST_LOOKED_AT", 4)
    made = []
    for number in range(36):
        state, subject = STATES[number * number % 11 % 4], f"order {number * 7 % 10} of {number}"
        at = clock() + timedelta(minutes=number // 3)
        address = f"reader{number % 12}@post.example"
        case_id = add_case(any_store, at, recipients={address: ["namesake"]}, state=state, subject=subject)
        made.append((at, case_id, state, subject))
    return [case[1:] for case in sorted(made)]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    wanted=st.none() | st.sets(st.sampled_from(STATES), min_size=1),
    query=st.sampled_from(["", "order", "order 3", "of 5", "nowhere", "READER7@post"]),
    limit=st.integers(2, 12),
)
def test_pages_are_the_whole(
    any_store: Store, cases: list[tuple[str, str, str]], wanted: set[str] | None, query: str, limit: int
) -> None:
    """For any states, words and length of a page: every case that fits, once, in order; no empty page leads on."""
    states = None if wanted is None else frozenset(map(CaseState, wanted))
    found: list[str] = []
    after = None
    while True:
        page = list_cases(any_store, states=states, query=query, limit=limit, after=after)
        assert len(page.cases) <= limit
        assert page.cases or page.next is None
        found += [case.id for case in page.cases]
        if (after := page.next) is None:
            break
    everything = [case.id for case in _all(any_store, states, query)]
    assert found == everything
    if "READER" not in query:
        fitting = [i for i, state, subject in cases if (wanted is None or state in wanted) and query in subject]
        assert found == (fitting if wanted == {"held"} else fitting[::-1])


def _all(store: Store, states: frozenset[CaseState] | None, query: str) -> list[CaseRow]:
    with store.reading() as session, pytest.MonkeyPatch.context() as patch:
        patch.setattr(searching, "MOST_LOOKED_AT", 1000)
        order = Order.OLDEST if states == frozenset({CaseState.HELD}) else Order.NEWEST
        wanted = CaseFilter(states, query)
        found = searching.find_cases(session, wanted, order=order, limit=1000, after=None, now=store.clock())
        return list(found.rows)


def test_whole_address_is_found_at_once(any_store: Store, cases: list[tuple[str, str, str]]) -> None:
    """A reader's or sender's whole address, in any state and however far back, on the first page."""
    of_reader = [case.id for case in list_cases(any_store, query="Reader7@post.example").cases]
    assert len(of_reader) == 3
    assert list_cases(any_store, query="Reader7@post.example").next is None
    assert len(list_cases(any_store, query="seller@operator.example", limit=100).cases) == 36
    expired = frozenset({CaseState.EXPIRED})
    ids = {case_id for case_id, state, _ in cases if state == "expired"}
    found = [list_cases(any_store, states=expired, query=f"reader{n}@post.example").cases for n in range(12)]
    assert {case.id for page in found for case in page} == ids


def test_case_id_is_found_at_once(any_store: Store, cases: list[tuple[str, str, str]]) -> None:
    """In small letters too; not in a list of other states."""
    case_id, state, _ = cases[0]
    assert [case.id for case in list_cases(any_store, query=case_id.lower()).cases] == [case_id]
    others = frozenset(CaseState(other) for other in STATES if other != state)
    assert list_cases(any_store, query=case_id, states=others).cases == ()
