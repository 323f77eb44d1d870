"""Deciding: once, by words that make sense, for all or some recipients."""

import pytest
from sqlalchemy import text
from sqlmodel import select

from mailguard.cases.deadlines.expire import expire
from mailguard.cases.deadlines.terms import Terms
from mailguard.cases.deciding.decide import decide, retry
from mailguard.cases.reading import open_body, read_case
from mailguard.cases.releasing.claim import claim, forget_claims
from mailguard.cases.releasing.settle import postpone, settle
from mailguard.cases.retention import destroy_bodies
from mailguard.core.answer import Answer
from mailguard.core.case import CaseState
from mailguard.core.decision import Action, Decision
from mailguard.core.errors import AlreadyDecided, BadDecision, NoSuchCase
from mailguard.core.person import Person
from mailguard.store.store import Store
from mailguard.store.tables.outbox import NoticeRow
from tests.support.letters import SENDER, hold_letter

APPROVE = Decision(Action.APPROVE, "is the right person")
REJECT = Decision(Action.REJECT, "wrong Matti Virtanen")
A, B = "a@post.example", "b@post.example"
TAKEN = Answer(250, ("2.0.0 Ok",))
REFUSED = Answer(550, ("5.1.1 No such user",))


def test_approval_of_some_recipients_sends_to_these_alone(any_store: Store, supervisor: Person) -> None:
    """The others are told to the sender as rejected, with the reason and no content."""
    case_id = hold_letter(any_store, recipients=(A, B))
    decide(any_store, case_id, Decision(Action.APPROVE, "only a", (A,)), supervisor)
    job = claim(any_store, any_store.clock())
    assert job is not None
    assert job.envelope.recipients == (A,)
    assert settle(any_store, job, {A: TAKEN}, any_store.clock()) is CaseState.RELEASED
    with any_store.reading() as session:
        letters = session.exec(select(NoticeRow).where(NoticeRow.kind == "rejected")).all()
    assert [(n.to, n.details) for n in letters] == [
        (SENDER, {"reason": "only a", "recipients": [B], "by": supervisor.name})
    ]


def test_row_that_calls_itself_approved_is_not_sent_to(any_store: Store, supervisor: Person) -> None:
    """Somebody with a console ticks a recipient that the decision does not name: the decision counts."""
    case_id = hold_letter(any_store, recipients=(A, B))
    decide(any_store, case_id, Decision(Action.APPROVE, "only a", (A,)), supervisor)
    with any_store.writing() as session:
        session.execute(text("UPDATE recipients SET approved = (1 = 1)"))
    job = claim(any_store, any_store.clock())
    assert job is not None
    assert job.envelope.recipients == (A,)


@pytest.mark.parametrize(
    "decision",
    [
        Decision(Action.APPROVE, "", ("stranger@post.example",)),
        Decision(Action.APPROVE, "", ()),
        Decision(Action.APPROVE, "x" * 2001),
        Decision(Action.REJECT, "  "),
    ],
)
def test_decision_that_makes_no_sense(any_store: Store, supervisor: Person, decision: Decision) -> None:
    """Unknown recipient, nobody, an endless reason, a rejection without one: refused, and nothing has changed."""
    case_id = hold_letter(any_store)
    with pytest.raises(BadDecision):
        decide(any_store, case_id, decision, supervisor)
    assert read_case(any_store, case_id).summary.state is CaseState.HELD


def test_unknown_case(any_store: Store, supervisor: Person) -> None:
    """No such case is told apart from not yours."""
    with pytest.raises(NoSuchCase):
        decide(any_store, "MG-0000-0000", APPROVE, supervisor)


def test_two_workers_never_claim_the_same_case(any_store: Store, supervisor: Person) -> None:
    """A case is claimed once; when its worker has died it is free again after a while."""
    case_id = hold_letter(any_store)
    decide(any_store, case_id, APPROVE, supervisor)
    first = claim(any_store, any_store.clock())
    assert first is not None
    assert claim(any_store, any_store.clock()) is None
    any_store.clock.turn(minutes=21)  # type: ignore[attr-defined]
    again = claim(any_store, any_store.clock())
    assert again == first


def test_claims_of_a_dead_guard_are_forgotten_where_it_was_alone(any_store: Store, supervisor: Person) -> None:
    """SQLite belongs to one guard, which frees its claims at start; on PostgreSQL another node may be at work."""
    decide(any_store, hold_letter(any_store), APPROVE, supervisor)
    assert claim(any_store, any_store.clock()) is not None
    forget_claims(any_store)
    again = claim(any_store, any_store.clock())
    assert (again is not None) == (any_store.engine.dialect.name == "sqlite")


def test_refused_for_good_is_undeliverable_and_can_be_retried(any_store: Store, supervisor: Person) -> None:
    """What the next hop took is not sent twice; the rest is sent again when a second person says so."""
    case_id = hold_letter(any_store, recipients=(A, B))
    decide(any_store, case_id, APPROVE, supervisor)
    job = claim(any_store, any_store.clock())
    assert job is not None
    assert settle(any_store, job, {A: TAKEN, B: REFUSED}, any_store.clock()) is CaseState.UNDELIVERABLE
    with pytest.raises(AlreadyDecided):
        decide(any_store, case_id, APPROVE, supervisor)
    retry(any_store, case_id, supervisor)
    job = claim(any_store, any_store.clock())
    assert job is not None
    assert job.envelope.recipients == (B,)
    assert settle(any_store, job, {B: TAKEN}, any_store.clock()) is CaseState.RELEASED


def test_next_hop_that_is_down_is_asked_again_ever_more_rarely(any_store: Store, supervisor: Person) -> None:
    """Pauses double up to an hour; after five days the case is undeliverable and the sender is told."""
    clock = any_store.clock
    case_id = hold_letter(any_store)
    decide(any_store, case_id, APPROVE, supervisor)
    pauses = []
    while (job := claim(any_store, clock())) is not None:
        if postpone(any_store, job, "no answer", clock()) is CaseState.UNDELIVERABLE:
            break
        release_at = read_case(any_store, case_id).release_at
        assert release_at is not None
        pauses.append((release_at - clock()).total_seconds())
        clock.now = release_at  # type: ignore[attr-defined]
    assert pauses[:4] == [30, 60, 120, 240]
    assert pauses[-1] == 3600
    assert read_case(any_store, case_id).summary.state is CaseState.UNDELIVERABLE


def test_sent_again_by_a_person_it_has_five_days_anew(any_store: Store, supervisor: Person) -> None:
    """Else the first "try again later" (greylisting) of a next hop that was down for five days would be the end."""
    clock = any_store.clock
    case_id = hold_letter(any_store)
    decide(any_store, case_id, APPROVE, supervisor)

    def try_once() -> CaseState:
        job = claim(any_store, clock())
        assert job is not None
        return postpone(any_store, job, "450 4.7.1 greylisted", clock())

    for _ in range(2):
        assert try_once() is CaseState.APPROVED
        clock.turn(days=5, seconds=1)  # type: ignore[attr-defined]
        assert try_once() is CaseState.UNDELIVERABLE
        clock.turn(days=1)  # type: ignore[attr-defined]
        retry(any_store, case_id, supervisor)


def test_nobody_decides_and_the_letter_goes_back(any_store: Store, supervisor: Person) -> None:
    """After a week the case expires; after the retention its letter is destroyed; it was never sent."""
    case_id = hold_letter(any_store)
    assert expire(any_store, Terms()) == []
    any_store.clock.turn(days=7, minutes=1)  # type: ignore[attr-defined]
    assert expire(any_store, Terms()) == [case_id]
    with pytest.raises(AlreadyDecided):
        decide(any_store, case_id, APPROVE, supervisor)
    assert claim(any_store, any_store.clock()) is None
    assert destroy_bodies(any_store, 90) == 0
    any_store.clock.turn(days=91)  # type: ignore[attr-defined]
    assert destroy_bodies(any_store, 90) == 1
    assert open_body(any_store, case_id) is None
