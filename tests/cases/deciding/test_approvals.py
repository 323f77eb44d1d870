"""Cases that need two approvals: two different people, what both of them named, and nothing before that."""

import threading

import pytest
from sqlalchemy import text
from sqlmodel import col, select, update

from mailguard.cases.deadlines.expire import expire
from mailguard.cases.deadlines.terms import Terms
from mailguard.cases.deciding.approvals import may_approve
from mailguard.cases.deciding.decide import decide, withdraw
from mailguard.cases.describe_case import describe_case
from mailguard.cases.reading import read_case
from mailguard.cases.releasing.claim import claim
from mailguard.core.case import CaseState
from mailguard.core.decision import Action, Decision
from mailguard.core.errors import AlreadyDecided, BadDecision, DecisionError, NotYours, StoreError
from mailguard.core.person import Person, Role
from mailguard.store import people
from mailguard.store.store import Store
from mailguard.store.tables.decisions import DecisionRow
from mailguard.store.tables.outbox import NoticeRow
from mailguard.store.tables.people import UserRow
from tests.cases.conftest import add
from tests.support.letters import SENDER, hold_letter

A, B, C = "a@post.example", "b@post.example", "c@post.example"
APPROVE = Decision(Action.APPROVE, "is the right person")
REJECT = Decision(Action.REJECT, "she is hidden")


@pytest.fixture
def second(any_store: Store) -> Person:
    """Another supervisor."""
    return add(any_store, "vera", Role.SUPERVISOR)


def hold_for_two(store: Store, *recipients: str) -> str:
    """A letter that two people must approve."""
    return hold_letter(store, recipients=recipients or (A, B), approvals=2)


def test_the_first_approval_changes_nothing_yet(any_store: Store, supervisor: Person) -> None:
    """It is on record and in the audit trail; the case is held, nothing is sent, nobody is written to."""
    case_id = hold_for_two(any_store)
    assert decide(any_store, case_id, APPROVE, supervisor) is CaseState.HELD
    case = read_case(any_store, case_id)
    assert (case.summary.state, case.decided_by) == (CaseState.HELD, None)
    assert [(a.by, a.recipients) for a in case.approvals_given] == [("sofia", (A, B))]
    assert describe_case(case)["approvals"] == {"given": 1, "needed": 2, "by": ["sofia"]}
    assert case.history[-1].details["approvals"] == "1 of 2"
    assert claim(any_store, any_store.clock()) is None
    with any_store.reading() as session:
        assert session.exec(select(NoticeRow).where(col(NoticeRow.kind).not_in(["held", "to_review"]))).all() == []
    # And it can expire or be withdrawn as before.
    any_store.clock.turn(days=8)  # type: ignore[attr-defined]
    assert expire(any_store, Terms()) == [case_id]


def test_the_second_persons_approval_sends(any_store: Store, supervisor: Person, second: Person) -> None:
    """Two different people: then it leaves."""
    case_id = hold_for_two(any_store)
    decide(any_store, case_id, APPROVE, supervisor)
    assert not may_approve(any_store, case_id, supervisor)
    assert may_approve(any_store, case_id, second)
    assert decide(any_store, case_id, APPROVE, second) is CaseState.APPROVED
    job = claim(any_store, any_store.clock())
    assert job is not None
    assert job.envelope.recipients == (A, B)
    assert read_case(any_store, case_id).history[-1].details["approvals"] == "2 of 2"
    with pytest.raises(AlreadyDecided):
        decide(any_store, case_id, APPROVE, add(any_store, "adam", Role.ADMIN))


def test_one_person_is_one_approval(any_store: Store, supervisor: Person) -> None:
    """Not twice by one login, nor by a second login of the same mail address."""
    case_id = hold_for_two(any_store)
    decide(any_store, case_id, APPROVE, supervisor)
    twin = people.add_user(any_store, "sofia2", email="Sofia+2@operator.example", role=Role.ADMIN, password=None)
    for person in (supervisor, twin):
        with pytest.raises(NotYours, match="approved this message already"):
            decide(any_store, case_id, APPROVE, person)
    assert len(read_case(any_store, case_id).approvals_given) == 1


def test_logins_of_one_person_are_one_approval(store: Store) -> None:
    """A second login under one's own alias adds nothing; two members of one shared mailbox are two persons."""
    one = add(store, "berta", Role.SUPERVISOR, "b.private@operator.example", "desk@operator.example")
    again = people.add_user(store, "berta2", email="B.Private@operator.example", role=Role.SUPERVISOR, password=None)
    other = add(store, "vera", Role.SUPERVISOR, "desk@operator.example")
    for first, second in ((one, again), (again, one)):
        case_id = hold_letter(store, approvals=2)
        assert decide(store, case_id, Decision(Action.APPROVE, "fine"), first) is CaseState.HELD
        with pytest.raises(NotYours):
            decide(store, case_id, Decision(Action.APPROVE, "fine"), second)
        assert decide(store, case_id, Decision(Action.APPROVE, "fine"), other) is CaseState.APPROVED


def test_only_what_both_named_leaves(any_store: Store, supervisor: Person, second: Person) -> None:
    """The first lets a and b through, the second b and c: b gets it, the others are rejected."""
    case_id = hold_for_two(any_store, A, B, C)
    decide(any_store, case_id, Decision(Action.APPROVE, "", (A, B)), supervisor)
    with pytest.raises(BadDecision, match="for others"):
        decide(any_store, case_id, Decision(Action.APPROVE, "", (C,)), second)
    assert decide(any_store, case_id, Decision(Action.APPROVE, "", (B, C)), second) is CaseState.APPROVED
    job = claim(any_store, any_store.clock())
    assert job is not None
    assert job.envelope.recipients == (B,)
    with any_store.reading() as session:
        (letter,) = session.exec(select(NoticeRow).where(NoticeRow.kind == "rejected")).all()
    assert letter.details["recipients"] == [A, C]


def test_rows_that_call_themselves_approved_are_not_sent_to(
    any_store: Store, supervisor: Person, second: Person
) -> None:
    """Somebody with a console ticks a recipient whom one person approved and the other did not."""
    case_id = hold_for_two(any_store)
    decide(any_store, case_id, APPROVE, supervisor)
    decide(any_store, case_id, Decision(Action.APPROVE, "", (A,)), second)
    with any_store.writing() as session:
        session.execute(text("UPDATE recipients SET approved = (1 = 1)"))
    job = claim(any_store, any_store.clock())
    assert job is not None
    assert job.envelope.recipients == (A,)


@pytest.mark.parametrize("by_the_first", [True, False])
def test_a_rejection_by_anybody_ends_it(
    any_store: Store, supervisor: Person, second: Person, by_the_first: bool
) -> None:
    """By another person, or by the first one after a second thought."""
    case_id = hold_for_two(any_store)
    decide(any_store, case_id, APPROVE, supervisor)
    assert decide(any_store, case_id, REJECT, supervisor if by_the_first else second) is CaseState.REJECTED
    with pytest.raises(AlreadyDecided):
        decide(any_store, case_id, APPROVE, second)
    assert claim(any_store, any_store.clock()) is None


def test_the_sender_withdraws_after_an_approval(any_store: Store, supervisor: Person, second: Person) -> None:
    """And then the second approval comes too late."""
    otto = add(any_store, "otto", Role.OPS, SENDER)
    case_id = hold_for_two(any_store)
    decide(any_store, case_id, APPROVE, supervisor)
    withdraw(any_store, case_id, otto)
    with pytest.raises(AlreadyDecided):
        decide(any_store, case_id, APPROVE, second)


def test_neither_approval_is_the_senders(any_store: Store, supervisor: Person) -> None:
    """Four eyes are for each of them."""
    otto = add(any_store, "otto", Role.ADMIN, SENDER)
    case_id = hold_for_two(any_store)
    with pytest.raises(NotYours):
        decide(any_store, case_id, APPROVE, otto)
    decide(any_store, case_id, APPROVE, supervisor)
    with pytest.raises(NotYours):
        decide(any_store, case_id, APPROVE, otto)


@pytest.mark.parametrize("what", ["disabled", "demoted", "the sender after all"])
def test_an_approval_counts_as_long_as_its_person_may_decide(
    any_store: Store, supervisor: Person, second: Person, what: str
) -> None:
    """Somebody who was shut out, or turns out to be the sender, is no first pair of eyes."""
    case_id = hold_for_two(any_store)
    decide(any_store, case_id, APPROVE, supervisor)
    with any_store.writing() as session:
        mine = update(UserRow).where(col(UserRow.name) == "sofia")
        if what == "disabled":
            session.execute(mine.values(disabled=True))
        elif what == "demoted":
            session.execute(mine.values(role="ops"))
    if what == "the sender after all":
        add(any_store, "sofia", Role.SUPERVISOR, SENDER)
    assert decide(any_store, case_id, APPROVE, second) is CaseState.HELD
    assert [a.by for a in read_case(any_store, case_id).approvals_given] == ["vera"]
    assert decide(any_store, case_id, APPROVE, add(any_store, "adam", Role.ADMIN)) is CaseState.APPROVED


def test_racing_approvals_are_counted_by_person(any_store: Store) -> None:
    """Eight people, each twice, at the same moment: two approvals of two people stand, the rest come too late."""
    case_id = hold_for_two(any_store)
    persons = [add(any_store, f"person{n}", Role.SUPERVISOR) for n in range(8)]
    outcomes: list[str] = []
    barrier = threading.Barrier(2 * len(persons))

    def race(person: Person) -> None:
        barrier.wait()
        try:
            outcomes.append(decide(any_store, case_id, APPROVE, person).value)
        except DecisionError as error:
            outcomes.append(type(error).__name__)

    threads = [threading.Thread(target=race, args=(person,)) for person in (*persons, *persons)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (outcomes.count("held"), outcomes.count("approved")) == (1, 1)
    assert set(outcomes) <= {"held", "approved", "NotYours", "AlreadyDecided"}
    with any_store.reading() as session:
        decided = session.exec(select(DecisionRow.user_id).where(DecisionRow.case_id == case_id)).all()
    assert len(decided) == len(set(decided)) == 2


@pytest.mark.parametrize("attempt", range(4))
def test_approval_and_rejection_race(any_store: Store, supervisor: Person, second: Person, attempt: int) -> None:
    """The completing approval and a rejection at the same moment: one of them stands."""
    case_id = hold_for_two(any_store)
    decide(any_store, case_id, APPROVE, supervisor)
    outcomes: list[str] = []
    barrier = threading.Barrier(2)

    def race(decision: Decision, person: Person) -> None:
        barrier.wait()
        try:
            outcomes.append(decide(any_store, case_id, decision, person).value)
        except AlreadyDecided:
            outcomes.append("late")

    threads = [threading.Thread(target=race, args=pair) for pair in ((APPROVE, second), (REJECT, supervisor))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) in (["approved", "late"], ["late", "rejected"])
    assert read_case(any_store, case_id).summary.state.value in outcomes


def test_the_database_counts_too(any_store: Store, supervisor: Person, second: Person) -> None:
    """A program with a bug, or a person with a console, meets the rule in the data."""
    case_id = hold_for_two(any_store)
    decide(any_store, case_id, APPROVE, supervisor)
    again = (
        "INSERT INTO decisions (case_id, user_id, action, reason, recipients, at) "
        f"VALUES ('{case_id}', {supervisor.user_id}, 'approve', '', '[\"{A}\", \"{B}\"]', '2026-11-16 09:00:00')"
    )
    with any_store.writing() as session:
        session.execute(text(again))
    for statement in (
        f"UPDATE cases SET state = 'approved' WHERE id = '{case_id}'",
        f"UPDATE cases SET state = 'released' WHERE id = '{case_id}'",
        f"UPDATE cases SET approvals_needed = 1 WHERE id = '{case_id}'",
        f"UPDATE cases SET approvals_needed = 0, state = 'approved' WHERE id = '{case_id}'",
    ):
        with pytest.raises(StoreError, match="four eyes"), any_store.writing() as session:
            session.execute(text(statement))
    assert decide(any_store, case_id, APPROVE, second) is CaseState.APPROVED
