"""What a decision says of an address and a customer is remembered: for whom, for which reasons, until when."""

from datetime import date, timedelta
from typing import Any

import pytest

from mailguard.cases.addresses.remembering import forget_pair
from mailguard.cases.deciding.decide import decide
from mailguard.cases.reading import read_case
from mailguard.cases.releasing.claim import claim
from mailguard.cases.releasing.settle import settle
from mailguard.core.answer import Answer
from mailguard.core.case import CaseState
from mailguard.core.customer import Customer
from mailguard.core.decision import Action, Decision
from mailguard.core.errors import BadDecision, NoSuchPair
from mailguard.core.person import Person, Role
from mailguard.core.reason import ReasonCode
from mailguard.core.relation import Identified
from mailguard.core.verdict import HeldPair
from mailguard.customers.pairs import Pair, list_pairs
from mailguard.store.store import Store
from tests.cases.conftest import add
from tests.support.letters import hold_letter

A, B = "a@post.example", "b@post.example"
TODAY = date(2026, 11, 16)
NAMESAKE = (HeldPair("1001", (ReasonCode.NAMESAKE,)),)
DOUBT = (HeldPair("1001", (ReasonCode.UNCONFIRMED,)), HeldPair("2002", (ReasonCode.UNRELATED,)))
APPROVE = Decision(Action.APPROVE, "is the right person")


def hold_pairs(store: Store, **more: Any) -> str:
    """A letter to a, a namesake, and b, who is in doubt for two customers."""
    return hold_letter(store, recipients=(A, B), pairs={A: NAMESAKE, B: DOUBT}, **more)


def standing(store: Store, day: date = TODAY) -> list[Pair]:
    """What is remembered on that day, by address."""
    with store.reading() as session:
        return sorted(list_pairs(session, day), key=lambda pair: (pair.address, pair.customer_id))


def test_an_approval_is_remembered_for_each_pair(any_store: Store, supervisor: Person) -> None:
    """With its reasons, its case and its person, for as long as is configured."""
    case_id = hold_pairs(any_store)
    decide(any_store, case_id, APPROVE, supervisor, remember_days=30)
    found = standing(any_store)
    assert [(p.address, p.customer_id, p.approved, p.reasons) for p in found] == [
        (A, "1001", True, ("namesake",)),
        (B, "1001", True, ("unconfirmed",)),
        (B, "2002", True, ("unrelated",)),
    ]
    assert {(p.until, p.case_id, p.by) for p in found} == {(TODAY + timedelta(days=30), case_id, "sofia")}
    assert read_case(any_store, case_id).history[-1].details["remembered_until"] == "2026-12-16"
    assert standing(any_store, TODAY + timedelta(days=31)) == []


@pytest.mark.parametrize(
    ("until", "days", "last"),
    [
        (date(2026, 12, 24), 365, date(2026, 12, 24)),
        (date(2026, 12, 24), 0, date(2026, 12, 24)),
        (None, 0, None),
        (date(2036, 11, 16), 30, date(2036, 11, 16)),
    ],
)
def test_the_reviewer_says_until_when(
    any_store: Store, supervisor: Person, until: date | None, days: int, last: date | None
) -> None:
    """A day of their own goes before the configured number; where that is 0, only a day is remembered."""
    decision = Decision(Action.APPROVE, remember_until=until)
    decide(any_store, hold_pairs(any_store), decision, supervisor, remember_days=days)
    assert {pair.until for pair in standing(any_store)} == ({last} if last else set())


@pytest.mark.parametrize("until", [date(2026, 11, 16), date(2025, 1, 1), date(2036, 11, 18), date(9999, 12, 31)])
def test_a_day_that_cannot_be_is_refused(any_store: Store, supervisor: Person, until: date) -> None:
    """Today, the past, and more than ten years: nothing is decided."""
    case_id = hold_pairs(any_store)
    with pytest.raises(BadDecision, match="ten years"):
        decide(any_store, case_id, Decision(Action.APPROVE, remember_until=until), supervisor)
    assert read_case(any_store, case_id).summary.state is CaseState.HELD


@pytest.mark.parametrize("action", list(Action))
def test_nothing_is_remembered_when_the_reviewer_says_so(any_store: Store, supervisor: Person, action: Action) -> None:
    """This once, either way."""
    decide(any_store, hold_pairs(any_store), Decision(action, "this once", remember=False), supervisor)
    assert standing(any_store) == []


def test_a_rejection_is_remembered_without_end(any_store: Store, supervisor: Person) -> None:
    """Each pair that was held for the address; whatever number of days is configured."""
    decide(any_store, hold_pairs(any_store), Decision(Action.REJECT, "wrong"), supervisor, remember_days=0)
    found = standing(any_store, date(2126, 1, 1))
    assert {(p.address, p.customer_id, p.approved, p.until) for p in found} == {
        (A, "1001", False, None),
        (B, "1001", False, None),
        (B, "2002", False, None),
    }


def test_who_is_left_out_of_an_approval_is_rejected(any_store: Store, supervisor: Person) -> None:
    """One recipient approved, the other turned away: each is remembered as it was decided."""
    decide(any_store, hold_pairs(any_store), Decision(Action.APPROVE, "", (A,)), supervisor)
    assert {(pair.address, pair.approved) for pair in standing(any_store)} == {(A, True), (B, False)}


def test_two_spellings_of_one_mailbox(any_store: Store, supervisor: Person) -> None:
    """Approved in one spelling and turned away in the other: the rejection counts."""
    tagged = "a+shop@post.example"
    case_id = hold_letter(any_store, recipients=(A, tagged), pairs={A: NAMESAKE, tagged: NAMESAKE})
    decide(any_store, case_id, Decision(Action.APPROVE, "", (tagged,)), supervisor)
    assert [pair.approved for pair in standing(any_store)] == [False]


def test_a_letter_held_for_what_it_carries_teaches_nothing(any_store: Store, supervisor: Person) -> None:
    """A PIN that was approved once is held the next time."""
    decide(any_store, hold_letter(any_store), APPROVE, supervisor)
    decide(any_store, hold_letter(any_store), Decision(Action.REJECT, "no PIN by mail"), supervisor)
    assert standing(any_store) == []


def test_bulk_letters_teach_nothing(any_store: Store, supervisor: Person) -> None:
    """Whoever approves a list has not looked at each line."""
    many = tuple(Identified(Customer(str(n), "A", "B"), ("header",)) for n in range(4))
    decide(any_store, hold_pairs(any_store, customers=many), APPROVE, supervisor)
    assert standing(any_store) == []
    decide(any_store, hold_pairs(any_store, customers=many[:3]), APPROVE, supervisor)
    assert len(standing(any_store)) == 3


def test_a_letter_given_back_after_a_bounce_is_no_rejection(any_store: Store, supervisor: Person) -> None:
    """The address was approved and has no mailbox: that says nothing of whose it is."""
    case_id = hold_pairs(any_store)
    decide(any_store, case_id, APPROVE, supervisor)
    job = claim(any_store, any_store.clock())
    assert job is not None
    settle(any_store, job, dict.fromkeys((A, B), Answer(550, ("5.1.1 No",))), any_store.clock())
    assert decide(any_store, case_id, Decision(Action.REJECT, "gone"), supervisor) is CaseState.REJECTED
    assert all(pair.approved for pair in standing(any_store))


def test_nothing_is_remembered_where_nothing_was_decided(any_store: Store) -> None:
    """A decision that is refused leaves no pair: both are in one transaction."""
    case_id = hold_pairs(any_store)
    with pytest.raises(BadDecision):
        decide(
            any_store, case_id, Decision(Action.APPROVE, "", ("x@post.example",)), add(any_store, "v", Role.SUPERVISOR)
        )
    assert standing(any_store) == []


def test_two_approvals_are_remembered_as_both_wanted(any_store: Store, supervisor: Person) -> None:
    """The earlier day of the two; and nothing when one of them did not want it."""
    vera = add(any_store, "vera", Role.SUPERVISOR)
    for first, second, last in (
        (Decision(Action.APPROVE, remember_until=date(2027, 1, 1)), APPROVE, date(2027, 1, 1)),
        (APPROVE, Decision(Action.APPROVE, remember_until=date(2026, 12, 1)), date(2026, 12, 1)),
        (Decision(Action.APPROVE, remember=False), APPROVE, None),
    ):
        case_id = hold_pairs(any_store, approvals=2)
        decide(any_store, case_id, first, supervisor)
        assert standing(any_store) == [], "not before the second approval"
        decide(any_store, case_id, second, vera)
        found = standing(any_store)
        assert {pair.until for pair in found} == ({last} if last else set())
        for pair in found:
            forget_pair(any_store, pair.id, "adam")


def test_forgetting_is_in_the_audit_trail(any_store: Store, supervisor: Person) -> None:
    """Who took what back stands in the history of the case that it came from."""
    case_id = hold_pairs(any_store)
    decide(any_store, case_id, APPROVE, supervisor)
    pair = standing(any_store)[0]
    forget_pair(any_store, pair.id, "adam")
    entry = read_case(any_store, case_id).history[-1]
    assert (entry.act, entry.actor, entry.details["pair"]) == ("pair revoked", "adam", pair.id)
    with pytest.raises(NoSuchPair):
        forget_pair(any_store, pair.id, "adam")
    with any_store.reading() as session:
        assert any_store.audit.verify(session)[1] is None
