"""Who waits for another's transaction acts at the moment at which the wait is over, not at that of their click."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Connection

from mailguard.cases.deciding.decide import decide, retry
from mailguard.cases.deciding.delegations import delegate
from mailguard.cases.deciding.undo import undo
from mailguard.cases.reading import read_case
from mailguard.cases.releasing.claim import claim
from mailguard.cases.releasing.settle import settle
from mailguard.core.answer import Answer
from mailguard.core.case import CaseState
from mailguard.core.decision import Action, Decision
from mailguard.core.errors import AlreadyDecided, NotYours
from mailguard.core.person import Person, Role
from mailguard.notices.claim import claim as claim_letter
from mailguard.store.database.engine import WRITES
from mailguard.store.store import Store
from tests.cases.conftest import add
from tests.conftest import TurnableClock
from tests.support.letters import CUSTOMER, hold_letter

APPROVE = Decision(Action.APPROVE, "is the right person")
REJECT = Decision(Action.REJECT, "wrong person")
TODAY = date(2026, 11, 16)


@contextmanager
def waiting(store: Store, clock: TurnableClock, **delta: float) -> Iterator[None]:
    """So long does the next transaction that writes wait for its lock."""
    left = [delta]

    def wait(connection: Connection) -> None:
        if left and WRITES.items() <= connection.get_execution_options().items():
            clock.turn(**left.pop())

    event.listen(store.engine, "begin", wait)
    try:
        yield
    finally:
        event.remove(store.engine, "begin", wait)


def is_held(store: Store, case_id: str) -> bool:
    """Whether nothing was decided."""
    return read_case(store, case_id).summary.state is CaseState.HELD


def test_a_delegation_that_ended_meanwhile(any_store: Store, clock: TurnableClock) -> None:
    """The deputy's decision comes too late, though the form was sent in time."""
    anna, berta = add(any_store, "anna", Role.SUPERVISOR), add(any_store, "berta", Role.OPS)
    case_id = hold_letter(any_store)
    delegate(any_store, anna.name, berta.name, TODAY, TODAY, "holidays", zone="UTC")
    with waiting(any_store, clock, hours=16), pytest.raises(NotYours):
        decide(any_store, case_id, APPROVE, berta)
    assert is_held(any_store, case_id)


def test_a_delegation_that_ended_before_a_retry(any_store: Store, clock: TurnableClock, supervisor: Person) -> None:
    """Sending again takes a right, too."""
    anna, berta = add(any_store, "anna", Role.SUPERVISOR), add(any_store, "berta", Role.OPS)
    case_id = hold_letter(any_store)
    delegate(any_store, anna.name, berta.name, TODAY, TODAY, "holidays", zone="UTC")
    decide(any_store, case_id, APPROVE, supervisor)
    job = claim(any_store, clock())
    assert job is not None
    settle(any_store, job, {CUSTOMER: Answer(550, ("no",))}, clock())
    with waiting(any_store, clock, hours=16), pytest.raises(NotYours):
        retry(any_store, case_id, berta)
    retry(any_store, case_id, supervisor)


def test_a_decision_that_became_final_meanwhile(any_store: Store, clock: TurnableClock, supervisor: Person) -> None:
    """By then the letter about it may be on its way."""
    case_id = hold_letter(any_store)
    decide(any_store, case_id, REJECT, supervisor, undo_seconds=10)
    clock.turn(seconds=9)
    with waiting(any_store, clock, seconds=2), pytest.raises(AlreadyDecided):
        undo(any_store, case_id, supervisor)
    assert not is_held(any_store, case_id)


@pytest.mark.parametrize("decision", [REJECT, Decision(Action.APPROVE, "one of them", (CUSTOMER,))])
def test_a_decision_of_which_the_sender_is_told_already(
    any_store: Store, clock: TurnableClock, supervisor: Person, decision: Decision
) -> None:
    """A letter that somebody has begun to send is not called back: what it says stands."""
    case_id = hold_letter(any_store, recipients=(CUSTOMER, "b@post.example"))
    clock.turn(seconds=1)
    decide(any_store, case_id, decision, supervisor, undo_seconds=10)
    kinds = []
    while (letter := claim_letter(any_store, clock.now.replace(second=11))) is not None:
        kinds.append(letter.notice.kind)
    assert "rejected" in kinds
    with pytest.raises(AlreadyDecided):
        undo(any_store, case_id, supervisor)
    assert not is_held(any_store, case_id)


def test_the_undo_window_begins_when_the_decision_is_written(
    any_store: Store, clock: TurnableClock, supervisor: Person
) -> None:
    """Whoever had to wait has all of it all the same."""
    case_id = hold_letter(any_store)
    with waiting(any_store, clock, seconds=9):
        decide(any_store, case_id, APPROVE, supervisor, undo_seconds=10)
    clock.turn(seconds=9)
    assert claim(any_store, clock()) is None
    undo(any_store, case_id, supervisor)
    assert is_held(any_store, case_id)
