"""Finding cases again: by whom they are about, and over several states at the pace of an index."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, text

from mailguard.cases.listing import list_cases
from mailguard.core.case import CaseState
from mailguard.core.customer import Customer
from mailguard.core.envelope import Envelope
from mailguard.core.relation import Identified, Relation, RelationKind
from mailguard.core.verdict import Judgement, RecipientVerdict, Verdict
from mailguard.store.store import Store
from tests.conftest import TurnableClock
from tests.support.case_rows import add_case, decide_case, end_case
from tests.support.holding import hold
from tests.support.letters import CUSTOMER, SENDER, hold_letter, judgement_of, write_letter

ABOUT = Identified(Customer("FI-1001", "Åke", "Öhman"), ("customer_id_label",))
OWNER = Customer("FI-2044", "Åke", "Öhman", city="Tampere")


def _hold_namesake_case(store: Store) -> str:
    raw = write_letter("Papers")
    plain = judgement_of(raw, (CUSTOMER,))
    relation = Relation(CUSTOMER, RelationKind.NAMESAKE, ABOUT, OWNER)
    recipient = RecipientVerdict(CUSTOMER, Verdict.HOLD, relation, plain.reasons)
    judgement = Judgement(Verdict.HOLD, (recipient,), (ABOUT,), (), plain.reasons, plain.letter)
    return hold(store, Envelope(SENDER, (CUSTOMER,)), raw, judgement)


@pytest.mark.parametrize("query", ["FI-1001", "fi-1001", "åke öhman", "ÖHMAN", "1001", "FI-2044"])
def test_case_is_found_by_its_customer(any_store: Store, query: str) -> None:
    """By number and name of the customer it is about, and by the number of the one who would have got it."""
    hold_letter(any_store)
    case_id = _hold_namesake_case(any_store)
    assert [case.id for case in list_cases(any_store, query=query).cases] == [case_id]


def test_several_states_are_one_list(any_store: Store, clock: TurnableClock) -> None:
    """Released and rejected cases in the order of time, page by page, and nothing twice."""
    states = ("released", "rejected", "held", "expired")
    ids = [add_case(any_store, clock() + timedelta(minutes=n // 3), state="held") for n in range(24)]
    for number, case_id in enumerate(ids):
        match states[number % 4]:
            case "released":
                decide_case(any_store, case_id, "approve", timedelta(hours=1), "released")
            case "rejected":
                decide_case(any_store, case_id, "reject", timedelta(hours=1))
            case "expired":
                end_case(any_store, case_id, "expired", clock() + timedelta(days=7))
    wanted = frozenset({CaseState.RELEASED, CaseState.REJECTED, CaseState.EXPIRED})
    everything = list_cases(any_store, states=wanted, limit=100)
    assert {case.id for case in everything.cases} == {i for n, i in enumerate(ids) if n % 4 != 2}
    paged: list[str] = []
    after = None
    while True:
        page = list_cases(any_store, states=wanted, limit=5, after=after)
        paged += [case.id for case in page.cases]
        if (after := page.next) is None:
            break
    assert paged == [case.id for case in everything.cases]
    moments = [case.received_at for case in everything.cases]
    assert moments == sorted(moments, reverse=True)


def test_several_states_need_no_sorting(store: Store, clock: TurnableClock) -> None:
    """Each query follows the index of state and time, so the newest fifty of a million cost fifty rows."""
    add_case(store, clock())
    seen: list[tuple[str, Any]] = []
    event.listen(store.engine, "before_cursor_execute", lambda c, cursor, sql, values, *_: seen.append((sql, values)))
    list_cases(store, states=frozenset({CaseState.RELEASED, CaseState.REJECTED}))
    lists = [(sql, values) for sql, values in seen if "ORDER BY cases" in sql]
    assert len(lists) == 2
    with store.engine.connect() as connection:
        for sql, values in lists:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values).all()
            steps = " ".join(str(row[-1]) for row in plan)
            assert "ix_cases_state_received" in steps
            assert "TEMP B-TREE" not in steps
        assert connection.execute(text("SELECT count(*) FROM cases")).scalar_one() == 1
