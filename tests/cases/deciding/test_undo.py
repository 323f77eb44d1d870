"""Taking a decision back: until when, by whom, and that nothing of it is left."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from mailguard.cases.deadlines.expire import expire
from mailguard.cases.deadlines.terms import Terms
from mailguard.cases.deciding.break_glass import BROKEN
from mailguard.cases.deciding.decide import decide
from mailguard.cases.deciding.undo import undo, undo_until
from mailguard.cases.reading import read_case
from mailguard.cases.releasing.claim import claim
from mailguard.cases.remarks import add_remark
from mailguard.core.case import CaseState
from mailguard.core.decision import Action, Decision
from mailguard.core.errors import AlreadyDecided, NotYours, StoreError
from mailguard.core.person import Person, Role
from mailguard.core.reason import ReasonCode
from mailguard.core.remark import RemarkKind
from mailguard.core.verdict import HeldPair
from mailguard.customers.pairs import list_pairs
from mailguard.store.store import Store
from mailguard.store.tables.cases import CaseRow
from mailguard.store.tables.outbox import NoticeRow
from tests.cases.conftest import add
from tests.conftest import TurnableClock
from tests.support.letters import SENDER, hold_letter

A, B = "a@post.example", "b@post.example"
PAIRS = {A: (HeldPair("1001", (ReasonCode.NAMESAKE,)),), B: (HeldPair("1001", (ReasonCode.UNRELATED,)),)}
APPROVE = Decision(Action.APPROVE, "is the right person")
REJECT = Decision(Action.REJECT, "wrong person")
BREAK = Decision(Action.APPROVE, "The ambulance service waits for these papers.", break_glass=True)


def hold_two(store: Store, approvals: int = 1) -> str:
    """A letter to two recipients of whom something would be remembered."""
    return hold_letter(store, recipients=(A, B), pairs=PAIRS, approvals=approvals)


def state(store: Store, case_id: str) -> CaseState:
    """Where the case stands."""
    return read_case(store, case_id).summary.state


def remembered(store: Store) -> set[tuple[str, bool]]:
    """What is remembered today."""
    with store.reading() as session:
        return {(pair.address, pair.approved) for pair in list_pairs(session, store.clock().date())}


def letters(store: Store, case_id: str) -> list[tuple[str, bool]]:
    """The case's letters by kind, and whether each is on its way."""
    with store.reading() as session:
        query = select(NoticeRow).where(NoticeRow.case_id == case_id, NoticeRow.kind != "to_review")
        rows = session.exec(query.order_by(col(NoticeRow.id))).all()
    return [(row.kind, row.due_at is not None) for row in rows if row.kind != "held"]


def test_an_approval_waits_and_is_taken_back(any_store: Store, supervisor: Person, clock: TurnableClock) -> None:
    """Nothing leaves before; afterwards the case is as it was, and the same person may approve it again."""
    case_id = hold_two(any_store)
    assert decide(any_store, case_id, APPROVE, supervisor, undo_seconds=10) is CaseState.APPROVED
    assert claim(any_store, clock()) is None
    assert remembered(any_store) == set()
    assert undo_until(any_store, case_id, supervisor) == clock() + timedelta(seconds=10)
    clock.turn(seconds=9)
    undo(any_store, case_id, supervisor)
    case = read_case(any_store, case_id)
    assert case.summary.state is CaseState.HELD
    assert (case.decided_at, case.decided_by, case.release_at, case.approvals_given) == (None, None, None, ())
    assert [recipient.approved for recipient in case.recipients] == [None, None]
    assert case.history[-1].act == "undo"
    clock.turn(days=1)
    assert claim(any_store, clock()) is None
    assert decide(any_store, case_id, APPROVE, supervisor) is CaseState.APPROVED
    job = claim(any_store, clock())
    assert job is not None
    assert job.envelope.recipients == (A, B)


def test_in_time_nothing_is_too_late(any_store: Store, supervisor: Person, clock: TurnableClock) -> None:
    """When the time is over it is final, released or not yet; and then what was approved is remembered."""
    case_id = hold_two(any_store)
    decide(any_store, case_id, APPROVE, supervisor, undo_seconds=10)
    clock.turn(seconds=10)
    assert undo_until(any_store, case_id, supervisor) is None
    with pytest.raises(AlreadyDecided):
        undo(any_store, case_id, supervisor)
    assert claim(any_store, clock()) is not None
    assert remembered(any_store) == {(A, True), (B, True)}


def test_what_a_worker_has_had_stays_decided(any_store: Store, supervisor: Person, clock: TurnableClock) -> None:
    """Also one of an older version, which leaves no other trace than that it was there."""
    claimed, touched = hold_two(any_store), hold_two(any_store)
    decide(any_store, claimed, APPROVE, supervisor, undo_seconds=10)
    assert claim(any_store, clock() + timedelta(seconds=10)) is not None
    decide(any_store, touched, APPROVE, supervisor, undo_seconds=10)
    with any_store.writing() as session:
        session.execute(text("UPDATE cases SET claimed_until = received_at WHERE id = :id"), {"id": touched})
    for case_id in (claimed, touched):
        with pytest.raises(AlreadyDecided):
            undo(any_store, case_id, supervisor)
        assert state(any_store, case_id) is CaseState.APPROVED


def test_a_rejection_is_taken_back_with_its_letter(any_store: Store, supervisor: Person, clock: TurnableClock) -> None:
    """The sender is told nothing of it, and the address is held no longer for it."""
    case_id = hold_two(any_store)
    decide(any_store, case_id, REJECT, supervisor, undo_seconds=10)
    with any_store.reading() as session:
        due = session.exec(select(NoticeRow.due_at).where(NoticeRow.kind == "rejected")).one()
    assert due == clock() + timedelta(seconds=10)
    assert remembered(any_store) == {(A, False), (B, False)}
    undo(any_store, case_id, supervisor)
    assert state(any_store, case_id) is CaseState.HELD
    assert letters(any_store, case_id) == [("rejected", False)]
    assert remembered(any_store) == set()
    decide(any_store, case_id, REJECT, supervisor, undo_seconds=10)
    assert letters(any_store, case_id) == [("rejected", False), ("rejected", True)]
    clock.turn(seconds=10)
    with pytest.raises(AlreadyDecided):
        undo(any_store, case_id, supervisor)


def test_those_who_are_left_out_hear_nothing_either(any_store: Store, supervisor: Person) -> None:
    """Of an approval for some, the letter about the others is taken back too."""
    case_id = hold_two(any_store)
    decide(any_store, case_id, Decision(Action.APPROVE, "a", (A,)), supervisor, undo_seconds=10)
    undo(any_store, case_id, supervisor)
    assert letters(any_store, case_id) == [("rejected", False)]


def test_one_of_two_approvals_is_taken_back(any_store: Store, supervisor: Person) -> None:
    """One's own where there is one; and the case that was complete is so no more."""
    vera, adam = add(any_store, "vera", Role.SUPERVISOR), add(any_store, "adam", Role.ADMIN)
    case_id = hold_two(any_store, approvals=2)
    decide(any_store, case_id, APPROVE, supervisor, undo_seconds=10)
    undo(any_store, case_id, supervisor)
    assert read_case(any_store, case_id).approvals_given == ()
    decide(any_store, case_id, APPROVE, supervisor, undo_seconds=10)
    assert decide(any_store, case_id, APPROVE, vera, undo_seconds=10) is CaseState.APPROVED
    undo(any_store, case_id, supervisor)
    assert [given.by for given in read_case(any_store, case_id).approvals_given] == ["vera"]
    assert decide(any_store, case_id, APPROVE, adam, undo_seconds=10) is CaseState.APPROVED
    undo(any_store, case_id, supervisor)
    assert [given.by for given in read_case(any_store, case_id).approvals_given] == ["vera"]
    assert state(any_store, case_id) is CaseState.HELD


def test_what_was_asked_between_two_approvals_is_asked(
    any_store: Store, supervisor: Person, clock: TurnableClock
) -> None:
    """Who takes back the first of two approvals takes back what the second has written, and no letter from before."""
    vera = add(any_store, "vera", Role.SUPERVISOR)
    case_id = hold_two(any_store, approvals=2)
    decide(any_store, case_id, APPROVE, supervisor, undo_seconds=10)
    clock.turn(seconds=1)
    add_remark(any_store, case_id, vera, RemarkKind.QUESTION, "Is this the right order?")
    clock.turn(seconds=1)
    decide(any_store, case_id, Decision(Action.APPROVE, "a", (A,)), vera, undo_seconds=10)
    undo(any_store, case_id, supervisor)
    assert letters(any_store, case_id) == [("question", True), ("rejected", False)]


def test_taken_back_after_the_deadline(any_store: Store, supervisor: Person, clock: TurnableClock) -> None:
    """The time to decide is over while an approval can be taken back: then the letter goes back to its sender."""
    case_id = hold_two(any_store)
    clock.turn(days=6, hours=23, minutes=59, seconds=55)
    decide(any_store, case_id, APPROVE, supervisor, undo_seconds=60)
    clock.turn(seconds=30)
    assert expire(any_store, Terms()) == []
    undo(any_store, case_id, supervisor)
    assert expire(any_store, Terms()) == [case_id]
    clock.turn(minutes=2)
    assert claim(any_store, clock()) is None
    assert letters(any_store, case_id) == [("expired", True)]


def test_a_rejection_after_an_approval(any_store: Store, supervisor: Person) -> None:
    """Who takes the rejection back leaves the approval before it alone."""
    vera = add(any_store, "vera", Role.SUPERVISOR)
    case_id = hold_two(any_store, approvals=2)
    decide(any_store, case_id, APPROVE, supervisor, undo_seconds=10)
    decide(any_store, case_id, REJECT, vera, undo_seconds=10)
    undo(any_store, case_id, supervisor)
    assert [given.by for given in read_case(any_store, case_id).approvals_given] == ["sofia"]


def test_only_a_second_person(any_store: Store, supervisor: Person) -> None:
    """Not the sender, no auditor and no operator; any other second person may."""
    case_id = hold_two(any_store)
    decide(any_store, case_id, APPROVE, supervisor, undo_seconds=10)
    others = (
        add(any_store, "otto", Role.SUPERVISOR, SENDER),
        add(any_store, "rita", Role.AUDITOR),
        add(any_store, "ida", Role.OPS),
        add(any_store, "sam", Role.SENDER),
    )
    for person in others:
        assert undo_until(any_store, case_id, person) is None
        with pytest.raises(NotYours):
            undo(any_store, case_id, person)
    undo(any_store, case_id, add(any_store, "vera", Role.SUPERVISOR))
    assert state(any_store, case_id) is CaseState.HELD


def test_what_is_final_at_once(any_store: Store, supervisor: Person) -> None:
    """A broken glass, and a decision without time to take it back."""
    glass, final = hold_two(any_store), hold_two(any_store)
    decide(any_store, glass, BREAK, add(any_store, "ida", Role.OPS), undo_seconds=10)
    decide(any_store, final, APPROVE, supervisor)
    for case_id in (glass, final):
        with pytest.raises(AlreadyDecided):
            undo(any_store, case_id, supervisor)
    assert read_case(any_store, glass).history[-1].act == BROKEN


def test_the_database_knows_it_too(any_store: Store, supervisor: Person) -> None:
    """At its console an undone approval lets nothing out, and neither it nor a claim is forgotten."""
    case_id, other = hold_two(any_store), hold_two(any_store)
    decide(any_store, case_id, APPROVE, supervisor, undo_seconds=10)
    undo(any_store, case_id, supervisor)
    decide(any_store, other, APPROVE, supervisor)
    claimed = claim(any_store, any_store.clock())
    assert claimed is not None
    insert = "INSERT INTO undone_decisions (decision_id, user_id, at) SELECT id, user_id, at FROM decisions"
    refused = {
        "let out": f"UPDATE cases SET state = 'approved' WHERE id = '{case_id}'",
        "let out whole": f"UPDATE cases SET state = 'approved', decided_at = received_at WHERE id = '{case_id}'",
        "done again": "DELETE FROM undone_decisions",
        "done by another": "UPDATE undone_decisions SET user_id = user_id + 1",
        "claim forgotten": f"UPDATE cases SET claims = 0 WHERE id = '{other}'",
        "held after a claim": f"UPDATE cases SET state = 'held' WHERE id = '{other}'",
        "taken back while approved": f"{insert} WHERE case_id = '{other}'",
    }
    for what, statement in refused.items():
        with pytest.raises(StoreError, match=r"four eyes|custody"), any_store.writing() as session:
            session.execute(text(statement))
        assert state(any_store, case_id) is CaseState.HELD, what
    with any_store.reading() as session:
        assert session.get_one(CaseRow, other).claims == 1


def test_nothing_leaves_while_the_first_of_two_can_be_taken_back(
    any_store: Store, supervisor: Person, clock: TurnableClock
) -> None:
    """Though the second was given by a script, at once and for good: no message, no letter, nothing remembered."""
    case_id = hold_two(any_store, approvals=2)
    one, both = Decision(Action.APPROVE, "a", (A,)), APPROVE
    decide(any_store, case_id, both, supervisor, undo_seconds=10)
    clock.turn(seconds=5)
    vera = add(any_store, "vera", Role.SUPERVISOR)
    assert decide(any_store, case_id, one, vera) is CaseState.APPROVED
    assert claim(any_store, clock()) is None
    assert remembered(any_store) == set()
    clock.turn(seconds=4)
    undo(any_store, case_id, supervisor)
    assert state(any_store, case_id) is CaseState.HELD
    assert letters(any_store, case_id) == [("rejected", False)]
    decide(any_store, case_id, both, supervisor, undo_seconds=10)
    clock.turn(seconds=10)
    assert claim(any_store, clock()) is not None
    assert remembered(any_store) == {(A, True), (B, False)}


def test_what_is_final_is_remembered_once(any_store: Store, supervisor: Person, clock: TurnableClock) -> None:
    """By the second approval itself, where the first could be taken back once and cannot any more."""
    case_id = hold_two(any_store, approvals=2)
    decide(any_store, case_id, APPROVE, supervisor, undo_seconds=10)
    clock.turn(seconds=10)
    decide(any_store, case_id, APPROVE, add(any_store, "vera", Role.SUPERVISOR))
    pairs = {(A, True), (B, True)}
    assert remembered(any_store) == pairs
    assert claim(any_store, clock()) is not None
    with any_store.reading() as session:
        assert len(list_pairs(session, clock().date())) == len(pairs)
