"""Those who were asked to decide learn that somebody else has, and only they."""

import pytest

from mailguard.cases.deciding.decide import decide, withdraw
from mailguard.cases.deciding.undo import undo
from mailguard.core.decision import Action, Decision
from mailguard.core.person import Person, Role
from mailguard.core.settings import Settings
from mailguard.notices.dealt_with import tell_dealt_with
from mailguard.store.people import add_user
from mailguard.store.store import Store
from tests.conftest import TurnableClock
from tests.notices.outbox import letters_of, mail_server, text_of, written
from tests.support.letters import SENDER, hold_letter

SETTINGS = Settings(notices={"from_address": "mailguard@operator.example"})
APPROVE, REJECT = Decision(Action.APPROVE, "right customer"), Decision(Action.REJECT, "wrong customer")


@pytest.fixture
def people(any_store: Store) -> dict[str, Person]:
    """Three supervisors, and the sender."""
    tell_dealt_with(any_store)  # the first call only notes where it begins
    staff = {
        name: add_user(any_store, name, email=f"{name}@operator.example", role=Role.SUPERVISOR, password=None)
        for name in ("anna", "boris", "vera")
    }
    return staff | {"seller": add_user(any_store, "seller", email=SENDER, role=Role.OPS, password=None)}


async def test_whoever_was_asked_is_told(any_store: Store, people: dict[str, Person]) -> None:
    """Once, over both databases; not the one who decided, and not one whose letter had not gone out."""
    case_id = hold_letter(any_store)
    async with mail_server(any_store, SETTINGS) as (worker, sink):
        assert await worker.run_once() == 4
        add_user(any_store, "nina", email="nina@operator.example", role=Role.SUPERVISOR, password=None)
        decide(any_store, case_id, REJECT, people["anna"])
        assert tell_dealt_with(any_store) == 1
        assert tell_dealt_with(any_store) == 0
        told = [("dealt_with", f"{name}@operator.example") for name in ("boris", "vera")]
        assert written(any_store, "dealt_with") == told
        assert await worker.run_once() == 3
        letter = letters_of(sink)[-1]
    assert "anna has rejected it: it is not sent." in text_of(letter)
    assert case_id in str(letter["Subject"])


async def test_a_request_that_is_unsent_is_withdrawn(any_store: Store, people: dict[str, Person]) -> None:
    """Nobody is asked about a decided case, and nobody who was not asked is told that it is done."""
    case_id = hold_letter(any_store)
    decide(any_store, case_id, REJECT, people["anna"])
    tell_dealt_with(any_store)
    async with mail_server(any_store, SETTINGS) as (worker, sink):
        await worker.run_once()
        assert {letter["X-Mailguard-Notice"] for letter in letters_of(sink)} == {"held", "rejected"}
    assert written(any_store, "dealt_with") == []


async def test_withdrawn_by_the_sender(any_store: Store, people: dict[str, Person]) -> None:
    """All three are told, in words of what happened."""
    case_id = hold_letter(any_store)
    async with mail_server(any_store, SETTINGS) as (worker, sink):
        await worker.run_once()
        withdraw(any_store, case_id, people["seller"])
        tell_dealt_with(any_store)
        await worker.run_once()
        told = [letter for letter in letters_of(sink) if letter["X-Mailguard-Notice"] == "dealt_with"]
    assert len(told) == 3
    assert "Its sender has withdrawn it" in text_of(told[0])


async def test_a_decision_that_is_taken_back(any_store: Store, people: dict[str, Person], clock: TurnableClock) -> None:
    """Within the time for that nobody is told, and whoever had not been asked yet is asked still."""
    case_id = hold_letter(any_store)
    decide(any_store, case_id, REJECT, people["anna"], undo_seconds=60)
    tell_dealt_with(any_store)
    async with mail_server(any_store, SETTINGS) as (worker, sink):
        await worker.run_once()
        assert {letter["X-Mailguard-Notice"] for letter in letters_of(sink)} == {"held"}
        undo(any_store, case_id, people["anna"])
        clock.turn(seconds=61)
        await worker.run_once()
        kinds = [letter["X-Mailguard-Notice"] for letter in letters_of(sink)]
    assert sorted(kinds) == ["held", "to_review", "to_review", "to_review"]


def test_the_first_of_two_approvals_ends_nothing(any_store: Store, people: dict[str, Person]) -> None:
    """The case waits still: the others' letters are right as they are."""
    case_id = hold_letter(any_store, approvals=2)
    decide(any_store, case_id, APPROVE, people["anna"])
    assert tell_dealt_with(any_store) == 1
    assert written(any_store, "dealt_with") == []


def test_the_house_may_not_want_it(any_store: Store, people: dict[str, Person], clock: TurnableClock) -> None:
    """`notices.dealt_with = false`; switched on later, what is past is not told."""
    case_id = hold_letter(any_store)
    clock.turn(minutes=5)
    decide(any_store, case_id, REJECT, people["anna"])
    assert tell_dealt_with(any_store, wanted=False) == 1
    assert tell_dealt_with(any_store) == 0
    assert written(any_store, "dealt_with") == []


def test_news_are_told_once_over_nodes(any_store: Store, people: dict[str, Person]) -> None:
    """However many acts there are, and although other acts stand between them."""
    for _ in range(7):
        decide(any_store, hold_letter(any_store), REJECT, people["anna"])
    assert sum(tell_dealt_with(any_store) for _ in range(3)) == 7
