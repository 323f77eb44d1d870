"""Sending it to the customer's address on record instead: what leaves, to whom, and what is refused."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import text

from mailguard.cases.deciding.correcting import addresses_on_record, correction_of, original
from mailguard.cases.deciding.decide import decide, retry
from mailguard.cases.deciding.undo import undo
from mailguard.cases.reading import read_case
from mailguard.cases.releasing.claim import claim, start
from mailguard.cases.releasing.job import ReleaseJob
from mailguard.cases.releasing.settle import settle
from mailguard.core.answer import Answer
from mailguard.core.case import CaseState
from mailguard.core.customer import Customer
from mailguard.core.decision import Action, Decision
from mailguard.core.errors import BadDecision, CannotCorrect, ClaimLost, NotYours, StoreError
from mailguard.core.person import Person, Role
from mailguard.core.reason import ReasonCode
from mailguard.core.relation import Identified
from mailguard.core.verdict import HeldPair
from mailguard.customers.disputes import dispute, revoke
from mailguard.customers.pairs import list_pairs, remember
from mailguard.store.store import Store
from tests.cases.conftest import add
from tests.conftest import TurnableClock
from tests.desk.small_register import bring_in
from tests.support.letters import SENDER, hold_letter, write_letter

WRONG, OTHER = "mikko.virtanen@mail.example", "b@post.example"
RIGHT, SECOND = "virtanen.mikko@post.example", "mikko@home.example"
MIKKO = Customer("1001", "Mikko", "Virtanen")
NAMESAKE = {WRONG: (HeldPair("1001", (ReasonCode.NAMESAKE,)),)}
TEXT = "Your PIN is 4826."
OK = Answer(250, ("Ok",))


@pytest.fixture
def shop(any_store: Store, tmp_path: Path) -> Store:
    """A store with customers on record: 1001 has two confirmed addresses."""
    bring_in(any_store, tmp_path)
    return any_store


def hold_wrong(store: Store, *recipients: str, approvals: int = 1, customers: tuple[str, ...] = ("1001",)) -> str:
    """A letter about 1001 on its way to his namesake, and to others."""
    about = tuple(Identified(Customer(number, "Mikko", "Virtanen"), ("customer_id_label",)) for number in customers)
    return hold_letter(
        store, TEXT, recipients=recipients or (WRONG,), approvals=approvals, customers=about, pairs=NAMESAKE
    )


def instead(ways: Mapping[str, str], *recipients: str) -> Decision:
    """An approval that sends it to other addresses than the letter has."""
    return Decision(Action.APPROVE, "his own", recipients, send_to_record=tuple(ways.items()))


def claimed(store: Store) -> ReleaseJob:
    """What a release worker has in hand, at the moment before it leaves."""
    job = claim(store, store.clock())
    assert job is not None
    start(store, job, store.clock())
    return job


def refused(store: Store, case_id: str, decision: Decision, person: Person) -> str:
    """Why it was; the case is held as before."""
    with pytest.raises(BadDecision) as error:
        decide(store, case_id, decision, person)
    assert read_case(store, case_id).summary.state is CaseState.HELD
    return str(error.value)


def test_envelope_and_header_have_the_right_address(shop: Store, supervisor: Person) -> None:
    """Every other octet leaves as it was judged, the sealed original stays, the trail has both and the digest."""
    case_id = hold_wrong(shop)
    shown = correction_of(original(shop, case_id), {WRONG: RIGHT})
    assert [(line.before, line.after) for line in shown.lines] == [(f"To: {WRONG}", f"To: {RIGHT}")]
    decide(shop, case_id, instead({WRONG: RIGHT}), supervisor)
    job = claimed(shop)
    judged = write_letter(TEXT, to=WRONG)
    assert job.raw == judged.replace(f"To: {WRONG}".encode(), f"To: {RIGHT}".encode())
    assert job.envelope.recipients == (RIGHT,)
    entry = read_case(shop, case_id).history[-1].details
    assert entry["send_to_record"] == [{"from": WRONG, "to": RIGHT}]
    assert entry["leaves_sha256"] == sha256(job.raw).hexdigest() == shown.digest
    assert settle(shop, job, {RIGHT: OK}, shop.clock()) is CaseState.RELEASED
    case = read_case(shop, case_id)
    assert [(r.address, r.send_to, r.approved, r.delivered_at is not None) for r in case.recipients] == [
        (WRONG, RIGHT, True, True)
    ]


def test_the_wrong_address_is_remembered_as_wrong(shop: Store, supervisor: Person) -> None:
    """The approval was not for it: the next such letter is held."""
    decide(shop, hold_wrong(shop), instead({WRONG: RIGHT}), supervisor)
    with shop.reading() as session:
        pairs = list_pairs(session, shop.clock().date())
    assert [(pair.address, pair.approved) for pair in pairs] == [(WRONG, False)]


def test_beside_others(shop: Store, supervisor: Person) -> None:
    """Who is ticked gets it too; the right address is written to once, though it stands for two and is a recipient."""
    tagged = "Mikko.Virtanen+old@mail.example"
    case_id = hold_wrong(shop, WRONG, OTHER, tagged, RIGHT)
    decide(shop, case_id, instead({WRONG: RIGHT, tagged: RIGHT}, OTHER), supervisor)
    job = claimed(shop)
    assert job.envelope.recipients == (RIGHT, OTHER)
    settle(shop, job, {RIGHT: OK, OTHER: OK}, shop.clock())
    case = read_case(shop, case_id)
    assert case.summary.state is CaseState.RELEASED
    assert all(recipient.delivered_at for recipient in case.recipients)


def test_two_who_correct_differently_have_not_agreed(shop: Store, supervisor: Person) -> None:
    """Neither way leaves; only what both have named in the same way."""
    vera = add(shop, "vera", Role.SUPERVISOR)
    for second in (instead({WRONG: SECOND}), Decision(Action.APPROVE, "as it is", (WRONG,))):
        case_id = hold_wrong(shop, WRONG, OTHER, approvals=2)
        decide(shop, case_id, instead({WRONG: RIGHT}), supervisor)
        assert "choose the same" in refused(shop, case_id, second, vera)
    case_id = hold_wrong(shop, WRONG, OTHER, approvals=2)
    decide(shop, case_id, instead({WRONG: RIGHT}, OTHER), supervisor)
    decide(shop, case_id, instead({WRONG: SECOND}, OTHER), vera)
    job = claimed(shop)
    assert (job.envelope.recipients, job.raw) == ((OTHER,), write_letter(TEXT, to=f"{WRONG}, {OTHER}"))


def test_two_who_agree(shop: Store, supervisor: Person) -> None:
    """Quorum and four eyes apply as to any approval."""
    case_id, vera = hold_wrong(shop, approvals=2), add(shop, "vera", Role.SUPERVISOR)
    assert decide(shop, case_id, instead({WRONG: RIGHT}), supervisor) is CaseState.HELD
    assert claim(shop, shop.clock()) is None
    assert decide(shop, case_id, instead({WRONG: RIGHT}), vera) is CaseState.APPROVED
    assert claimed(shop).envelope.recipients == (RIGHT,)


@pytest.mark.parametrize(
    "target",
    [
        "mikko@nowhere.example",
        "mikko.v1rtanen@gmail.com",
        "MIKKO.VIRTANEN@mail.example",
        "a;b@post.example",
        "",
        "virtanen.mikko+eve@post.example",
        "virtanen.mikko@post.example.",
        "virtanen.mikko@post.example\r\nRCPT TO:<eve@evil.example>",
        "virtanen.mikko\u200b@post.example",
        "virtanen.mikk\u043e@post.example",
    ],
)
def test_only_an_address_on_record(shop: Store, supervisor: Person, target: str) -> None:
    """Not a stranger's, another customer's or the wrong one again, none that is spelt otherwise, and nothing odd."""
    refused(shop, hold_wrong(shop), instead({WRONG: target}), supervisor)


def test_nobody_else_learns_what_is_on_record(shop: Store) -> None:
    """The sender, an auditor, an operator: right or wrong, the answer is the same."""
    case_id = hold_wrong(shop)
    people = (
        add(shop, "otto", Role.SUPERVISOR, SENDER),
        add(shop, "rita", Role.AUDITOR),
        add(shop, "ida", Role.OPS),
    )
    for person in people:
        for target in (RIGHT, "eve@evil.example"):
            with pytest.raises(NotYours):
                decide(shop, case_id, instead({WRONG: target}), person)


def test_only_a_confirmed_one_of_every_customer(shop: Store, supervisor: Person) -> None:
    """Not where the letter is about others too, or about nobody, or the address was never confirmed."""
    for customers in (("1001", "2046"), (), ("9999",), ("2044",)):
        case_id = hold_wrong(shop, OTHER, customers=customers)
        for target in (RIGHT, WRONG):
            refused(shop, case_id, instead({OTHER: target}), supervisor)
    assert addresses_on_record(shop, ["1001"], WRONG) == (RIGHT, SECOND)
    with shop.writing() as session:
        dispute(session, RIGHT, "1001", "reader", shop.clock())
        remember(session, SECOND, "1001", False, ["unrelated"], None, None, "sofia", shop.clock())
    assert addresses_on_record(shop, ["1001"], WRONG) == ()
    refused(shop, hold_wrong(shop), instead({WRONG: RIGHT}), supervisor)


def test_disputed_between_decision_and_release(shop: Store, supervisor: Person, clock: TurnableClock) -> None:
    """Looked at when it is claimed and when it leaves: nothing is sent, a person sees why, and may try again."""
    case_id = hold_wrong(shop)
    decide(shop, case_id, instead({WRONG: RIGHT}), supervisor)
    with shop.writing() as session:
        dispute(session, RIGHT, "1001", "reader", shop.clock())
    assert claim(shop, shop.clock()) is None
    case = read_case(shop, case_id)
    assert (case.summary.state, case.recipients[0].delivered_at) == (CaseState.UNDELIVERABLE, None)
    assert "not on record" in (case.last_answer or "")
    with shop.writing() as session:
        revoke(session, RIGHT, "1001", "sofia", shop.clock())
    retry(shop, case_id, supervisor)
    job = claim(shop, shop.clock())
    assert job is not None
    with shop.writing() as session:
        dispute(session, RIGHT, "1001", "reader", shop.clock())
    with pytest.raises(ClaimLost):
        start(shop, job, shop.clock())
    assert read_case(shop, case_id).summary.state is CaseState.UNDELIVERABLE


def test_a_letter_that_hides_the_address(shop: Store, supervisor: Person) -> None:
    """A header that cannot be corrected whole is refused in words; one that does not name it is left alone."""
    about = (Identified(MIKKO, ("customer_id_label",)),)
    hidden = hold_letter(shop, TEXT, recipients=(WRONG,), customers=about, Cc=WRONG.replace("@", "(him)@"))
    assert "cannot be corrected" in refused(shop, hidden, instead({WRONG: RIGHT}), supervisor)
    plain = hold_wrong(shop, OTHER)
    decide(shop, plain, instead({OTHER: RIGHT}), supervisor)
    assert claimed(shop).raw == write_letter(TEXT, to=RIGHT)


def test_taken_back_and_approved_as_it_is(shop: Store, supervisor: Person, clock: TurnableClock) -> None:
    """Nothing of the correction is left."""
    case_id = hold_wrong(shop)
    decide(shop, case_id, instead({WRONG: RIGHT}), supervisor, undo_seconds=10)
    undo(shop, case_id, supervisor)
    assert read_case(shop, case_id).recipients[0].send_to is None
    decide(shop, case_id, Decision(Action.APPROVE, "it is him"), supervisor)
    job = claimed(shop)
    assert (job.envelope.recipients, job.raw) == ((WRONG,), write_letter(TEXT, to=WRONG))


def test_what_was_not_approved_does_not_leave(shop: Store, supervisor: Person) -> None:
    """At the database's console neither the row nor the decision gets another address or another letter out."""
    case_id = hold_wrong(shop)
    decide(shop, case_id, instead({WRONG: RIGHT}), supervisor)
    for statement in (
        f"UPDATE recipients SET send_to = '{SECOND}'",
        "UPDATE recipients SET send_to = NULL",
        "UPDATE decisions SET send_to = '{}'",
    ):
        with pytest.raises(StoreError), shop.writing() as session:
            session.execute(text(statement))
    held = hold_wrong(shop)
    with shop.writing() as session:
        session.execute(text(f"UPDATE recipients SET send_to = '{SECOND}' WHERE case_id = '{held}'"))
    decide(shop, held, instead({WRONG: RIGHT}), supervisor)
    assert {claimed(shop).envelope.recipients, claimed(shop).envelope.recipients} == {(RIGHT,)}


def test_the_glass_is_broken_for_the_letter_as_it_is(shop: Store) -> None:
    """A correction can wait for another person."""
    why = "The ambulance service waits for these papers."
    decision = Decision(Action.APPROVE, why, send_to_record=((WRONG, RIGHT),), break_glass=True)
    refused(shop, hold_wrong(shop, approvals=2), decision, add(shop, "ida", Role.OPS))


def test_each_recipient_once(shop: Store, supervisor: Person) -> None:
    """Two addresses for one recipient, a stranger, or one that is corrected itself: refused."""
    case_id = hold_wrong(shop, WRONG, RIGHT)
    for ways in (((WRONG, RIGHT), (WRONG, SECOND)), ((OTHER, RIGHT),), ((WRONG, RIGHT), (RIGHT, SECOND))):
        refused(shop, case_id, Decision(Action.APPROVE, "", (), send_to_record=ways), supervisor)
    with pytest.raises(CannotCorrect):
        correction_of(original(shop, case_id), {WRONG: "a" * 980 + "@x.example"})
