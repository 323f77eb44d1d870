"""Answers to the attention check: kept, cooled down, and one after the other."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import select

from mailguard.cases.attention.check import Asked, read_asking
from mailguard.cases.deciding.decide import decide
from mailguard.cases.reading import read_case
from mailguard.core.case import CaseState
from mailguard.core.decision import Action, Decision
from mailguard.core.errors import AttentionNeeded
from mailguard.core.person import Person, Role
from mailguard.store.store import Store
from mailguard.store.tables.reviewing import AttentionRow
from tests.cases.conftest import add
from tests.conftest import TurnableClock
from tests.desk.held import hold_namesake

RIGHT, WRONG = "1001", "2044"


def approve(store: Store, case_id: str, person: Person, answer: str | None) -> CaseState:
    """As the page does."""
    return decide(store, case_id, Decision(Action.APPROVE, "", None, answer), person, asked=Asked.ALWAYS)


def refused(store: Store, case_id: str, person: Person, answer: str | None) -> int:
    """The seconds to wait after an answer that is refused; 0: none."""
    with pytest.raises(AttentionNeeded):
        approve(store, case_id, person, answer)
    asking = read_asking(store, case_id, person)
    assert asking is not None
    return int((asking.wait_until - store.clock()).total_seconds()) if asking.wait_until else 0


def test_each_wrong_answer_in_a_row_doubles_the_wait(
    any_store: Store, supervisor: Person, clock: TurnableClock
) -> None:
    """30 seconds, a minute, two; what is typed meanwhile is not looked at and costs nothing; never over 16 minutes."""
    case_id = hold_namesake(any_store)
    assert refused(any_store, case_id, supervisor, None) == 0
    waits = []
    for _ in range(7):
        waits.append(refused(any_store, case_id, supervisor, WRONG))
        assert refused(any_store, case_id, supervisor, RIGHT) == waits[-1]
        clock.turn(seconds=waits[-1])
    assert waits == [30, 60, 120, 240, 480, 960, 960]
    assert approve(any_store, case_id, supervisor, RIGHT) is CaseState.APPROVED
    with any_store.reading() as session:
        assert [row.passed for row in session.exec(select(AttentionRow))] == [False] * 7 + [True]


def test_the_wait_is_one_persons_on_one_case(any_store: Store, supervisor: Person) -> None:
    """Another person, and another case, are not kept waiting."""
    one, other = hold_namesake(any_store), hold_namesake(any_store)
    vera = add(any_store, "vera", Role.SUPERVISOR)
    assert refused(any_store, one, supervisor, WRONG) == 30
    assert approve(any_store, other, supervisor, RIGHT) is CaseState.APPROVED
    assert approve(any_store, one, vera, RIGHT) is CaseState.APPROVED


def test_of_many_guesses_at_once_one_is_looked_at(any_store: Store, supervisor: Person) -> None:
    """Eight wrong answers at the same moment are one try: the others come into its wait."""
    case_id = hold_namesake(any_store)

    def guess(number: int) -> bool:
        try:
            approve(any_store, case_id, supervisor, f"{number}")
        except AttentionNeeded:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert not any(pool.map(guess, range(2000, 2008)))
    with any_store.reading() as session:
        assert len(session.exec(select(AttentionRow)).all()) == 1
    assert read_case(any_store, case_id).summary.state is CaseState.HELD


def test_two_approvals_are_two_answers(any_store: Store, supervisor: Person) -> None:
    """Where two must approve, each is asked; the first one's answer is not the second's."""
    case_id = hold_namesake(any_store, approvals=2)
    vera = add(any_store, "vera", Role.SUPERVISOR)
    assert approve(any_store, case_id, supervisor, RIGHT) is CaseState.HELD
    assert refused(any_store, case_id, vera, None) == 0
    assert approve(any_store, case_id, vera, RIGHT) is CaseState.APPROVED
