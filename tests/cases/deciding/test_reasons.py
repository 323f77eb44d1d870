"""A reviewer's reason is mailed and stored, so it cannot carry what was found in the letter."""

import pytest

from mailguard.cases.deciding.decide import decide
from mailguard.cases.reading import read_case
from mailguard.cases.retention import destroy_bodies
from mailguard.cases.reveal import reveal
from mailguard.core.case import CaseState
from mailguard.core.decision import Action, Decision
from mailguard.core.errors import BadDecision, NotYours
from mailguard.core.person import Person, Role
from mailguard.store.store import Store
from tests.cases.conftest import add
from tests.conftest import TurnableClock
from tests.support.letters import hold_letter


@pytest.mark.parametrize(
    ("secret", "reason"),
    [
        ("4826", "The PIN 4826 must not go out"),
        ("4826", "PIN4826"),
        ("4826", "it says 48-26, or 4 8 2 6"),
        ("4826", "\uff14\uff18\uff12\uff16 is the PIN"),
        ("Marjapuuro83", "wrong: MARJAPUURO83"),
        ("Kevätaurinko", "Kevätaurinkokin oli mukana"),
        ("123", "security code 123."),
        ("koira", "the password koira is in it"),
    ],
)
def test_secret_in_a_reason_is_refused(any_store: Store, supervisor: Person, secret: str, reason: str) -> None:
    """Spelt as in the letter, in another case or width, or in groups: nothing is decided and nothing is stored."""
    case_id = hold_letter(any_store, f"The value is {secret} today.", secret=secret)
    for action in Action:
        with pytest.raises(BadDecision) as caught:
            decide(any_store, case_id, Decision(action, reason), supervisor)
        assert secret not in str(caught.value)
    with pytest.raises(BadDecision):
        reveal(any_store, case_id, 0, supervisor, reason)
    case = read_case(any_store, case_id)
    assert case.summary.state is CaseState.HELD
    assert [(entry.act, entry.details) for entry in case.history[1:]] == [("reason refused", {})] * 3


@pytest.mark.parametrize(
    ("secret", "reason"), [("4826", "order 14 of 8 March, page 26"), ("123", "order 41234"), ("koira", "koirankoppi")]
)
def test_ordinary_reason_is_taken(any_store: Store, supervisor: Person, secret: str, reason: str) -> None:
    """Other numbers and words that hold a short value within them are no secret."""
    case_id = hold_letter(any_store, f"The value is {secret} today.", secret=secret)
    assert decide(any_store, case_id, Decision(Action.REJECT, reason), supervisor) is CaseState.REJECTED


def test_reason_is_no_way_to_guess(any_store: Store) -> None:
    """Somebody who may not see the value is turned away alike for a right and a wrong guess."""
    case_id = hold_letter(any_store)
    for person in (add(any_store, "ida", Role.OPS), add(any_store, "seller", Role.SUPERVISOR)):
        for guess in ("4826", "1111"):
            with pytest.raises(NotYours):
                decide(any_store, case_id, Decision(Action.REJECT, guess), person)


def test_no_reason_is_refused_once_the_letter_is_gone(
    any_store: Store, supervisor: Person, clock: TurnableClock
) -> None:
    """After the retention time there is no value left to compare with."""
    case_id = hold_letter(any_store)
    decide(any_store, case_id, Decision(Action.REJECT, "wrong address"), supervisor)
    clock.turn(days=91)
    assert destroy_bodies(any_store, 90) == 1
    with pytest.raises(BadDecision, match="no longer kept"):
        reveal(any_store, case_id, 0, supervisor, "was it 4826?")
