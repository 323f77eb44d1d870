"""Breaking the glass: who may, when there is nothing else, how loudly, and who reviews it afterwards."""

import pytest
import structlog
from sqlalchemy import text
from sqlmodel import col, select

from mailguard.cases.deciding.after_review import review
from mailguard.cases.deciding.break_glass import could_break
from mailguard.cases.deciding.decide import decide
from mailguard.cases.deciding.delegations import delegate
from mailguard.cases.deciding.glass_reviews import broken_glass, unreviewed
from mailguard.cases.reading import read_case
from mailguard.cases.releasing.claim import claim
from mailguard.core.case import CaseState
from mailguard.core.decision import Action, Decision
from mailguard.core.errors import AlreadyDecided, BadDecision, NotYours, StoreError
from mailguard.core.person import Person, Role
from mailguard.core.verdict import HeldPair, ReasonCode
from mailguard.customers.pairs import list_pairs
from mailguard.notices.after_review import remind_reviewers
from mailguard.store import people
from mailguard.store.store import Store
from mailguard.store.tables.audit import AuditRow
from mailguard.store.tables.outbox import NoticeRow
from tests.cases.conftest import add
from tests.support.letters import CUSTOMER, SENDER, hold_letter

WHY = "The ambulance service waits for these papers tonight."
ON_SQLITE = pytest.mark.parametrize("any_store", ["sqlite"], indirect=True)
"""For rules of the program alone."""
BREAK = Decision(Action.APPROVE, WHY, break_glass=True)


@pytest.fixture
def ida(any_store: Store) -> Person:
    """Ops on night duty."""
    return add(any_store, "ida", Role.OPS)


def test_ops_alone_at_night(any_store: Store, ida: Person, supervisor: Person) -> None:
    """It leaves on one word; audit trail, letters and log say so at once, and it stands open until it is reviewed."""
    add(any_store, "adam", Role.ADMIN)
    add(any_store, "rita", Role.AUDITOR)
    case_id = hold_letter(any_store)
    assert could_break(any_store, case_id, ida)
    with structlog.testing.capture_logs() as logged:
        assert decide(any_store, case_id, BREAK, ida) is CaseState.APPROVED
    assert [(e["event"], e["log_level"], e["case"]) for e in logged] == [("glass broken", "error", case_id)]
    assert "ida" not in str(logged)
    assert (job := claim(any_store, any_store.clock())) is not None
    assert job.envelope.recipients == (CUSTOMER,)
    entry = read_case(any_store, case_id).history[-1]
    assert (entry.act, entry.actor, entry.details["reason"]) == ("break glass", "ida", WHY)
    with any_store.reading() as session:
        told = session.exec(select(NoticeRow).where(NoticeRow.kind == "break_glass")).all()
        assert sorted(n.to.partition("@")[0] for n in told) == ["adam", "ida", "sofia"]
        assert {n.details["reason"] for n in told} == {WHY}
        assert [g.case_id for g in unreviewed(session)] == [case_id]
    review(any_store, case_id, False, "the ambulance service never asked", supervisor)
    with any_store.reading() as session:
        assert unreviewed(session) == []
        glass = broken_glass(session, case_id)
    assert glass is not None
    assert glass.review is not None
    assert (glass.by.name, glass.review.by, glass.review.was_right) == ("ida", "sofia", False)
    with pytest.raises(AlreadyDecided):
        review(any_store, case_id, True, "after all", supervisor)


def test_one_of_two_alone(any_store: Store, supervisor: Person) -> None:
    """A supervisor may, where policy asks for two: also after an ordinary approval of their own."""
    first, second = hold_letter(any_store, approvals=2), hold_letter(any_store, approvals=2)
    assert decide(any_store, first, BREAK, supervisor) is CaseState.APPROVED
    assert decide(any_store, second, Decision(Action.APPROVE, "fine"), supervisor) is CaseState.HELD
    assert decide(any_store, second, BREAK, supervisor) is CaseState.APPROVED
    assert read_case(any_store, second).history[-1].details["approvals"] == "1 of 2"


@ON_SQLITE
def test_not_without_need(any_store: Store, supervisor: Person, ida: Person) -> None:
    """Who can let it out in the ordinary way does so; also as the second of two, and as a deputy."""
    case_id, of_two = hold_letter(any_store), hold_letter(any_store, approvals=2)
    decide(any_store, of_two, Decision(Action.APPROVE, "fine"), add(any_store, "vera", Role.SUPERVISOR))
    for one in (case_id, of_two):
        assert not could_break(any_store, one, supervisor)
        with pytest.raises(BadDecision, match="need not"):
            decide(any_store, one, BREAK, supervisor)
    today = any_store.clock().date()
    delegate(any_store, "sofia", "ida", today, today, "holidays", zone="UTC")
    with pytest.raises(BadDecision, match="need not"):
        decide(any_store, case_id, BREAK, ida)


@ON_SQLITE
@pytest.mark.parametrize(
    "decision",
    [
        Decision(Action.APPROVE, "urgent", break_glass=True),
        Decision(Action.APPROVE, "urgent" + 30 * " ", break_glass=True),
        Decision(Action.APPROVE, 30 * "\u200b", break_glass=True),
        Decision(Action.APPROVE, "go" + 30 * " " + "on", break_glass=True),
        Decision(Action.REJECT, WHY, break_glass=True),
        Decision(Action.APPROVE, WHY, break_glass=True, on_behalf_of="sofia"),
        Decision(Action.APPROVE, WHY + " PIN 4826", break_glass=True),
        Decision(Action.APPROVE, WHY, ("stranger@post.example",), break_glass=True),
    ],
)
def test_what_does_not_break_it(any_store: Store, ida: Person, decision: Decision) -> None:
    """A reason that says nothing, or a secret; a rejection; in another's place; to strangers."""
    case_id = hold_letter(any_store)
    with pytest.raises(BadDecision):
        decide(any_store, case_id, decision, ida)
    assert read_case(any_store, case_id).summary.state is CaseState.HELD


@pytest.mark.parametrize("who", ["sender", "sender's deputy", "auditor", "disabled"])
def test_never_by_the_senders_side(any_store: Store, who: str) -> None:
    """Neither by the program nor by hand; nor by an auditor, nor by somebody who is shut out."""
    role = Role.AUDITOR if who == "auditor" else Role.OPS
    otto = add(any_store, "otto", role, *([SENDER] if who == "sender" else []))
    if who == "sender's deputy":
        today = any_store.clock().date()
        add(any_store, "boss", Role.SUPERVISOR, SENDER)
        delegate(any_store, "boss", "otto", today, today, "holidays", zone="UTC")
    if who == "disabled":
        people.disable_user(any_store, "otto")
    case_id = hold_letter(any_store)
    assert not could_break(any_store, case_id, otto)
    with pytest.raises(NotYours):
        decide(any_store, case_id, BREAK, otto)
    with pytest.raises(StoreError, match="four eyes"):
        _run(any_store, _row(case_id, otto))


def test_the_database_lets_it_through_with_broken_glass_alone(any_store: Store, ida: Person) -> None:
    """By hand: an ordinary approval by ops is none, a short reason is none; broken glass by ops is one."""
    case_id = hold_letter(any_store, approvals=2)
    for bad in (
        _row(case_id, ida, glass=False),
        _row(case_id, ida, reason="urgent"),
        _row(case_id, ida, action="reject"),
    ):
        with pytest.raises(StoreError, match="four eyes"):
            _run(any_store, bad)
    step = f"UPDATE cases SET state = 'approved' WHERE id = '{case_id}'"
    with pytest.raises(StoreError, match="four eyes"):
        _run(any_store, step)
    _run(any_store, _row(case_id, ida), step)
    # But not after the person has turned out to be the sender.
    other = hold_letter(any_store)
    _run(any_store, _row(other, ida))
    add(any_store, "ida", Role.OPS, SENDER)
    with pytest.raises(StoreError, match="four eyes"):
        _run(any_store, step.replace(case_id, other))


def test_an_emergency_teaches_nothing(store: Store) -> None:
    """What was let through in haste is not remembered as right for the next letter."""
    ida = add(store, "ida", Role.OPS)
    pairs = {CUSTOMER: (HeldPair("1001", (ReasonCode.UNRELATED,)),)}
    case_id = hold_letter(store, pairs=pairs)
    decide(store, case_id, BREAK, ida)
    with store.reading() as session:
        assert list_pairs(session, store.clock().date(), query="", before=0, limit=10) == []


@pytest.mark.parametrize("who", ["breaker", "twin", "ops", "auditor", "sender", "sender's deputy"])
def test_who_does_not_review(any_store: Store, who: str) -> None:
    """Another second person does: not who broke it, under any login, not the sender's side, no other role."""
    vera = add(any_store, "vera", Role.SUPERVISOR)
    case_id = hold_letter(any_store, approvals=2)
    today = any_store.clock().date()
    person = {
        "breaker": lambda: vera,
        "twin": lambda: people.add_user(
            any_store, "vera2", email="Vera@Operator.example", role=Role.ADMIN, password=None
        ),
        "ops": lambda: add(any_store, "ida", Role.OPS),
        "auditor": lambda: add(any_store, "rita", Role.AUDITOR),
        "sender": lambda: add(any_store, "otto", Role.ADMIN, SENDER),
        "sender's deputy": lambda: add(any_store, "dora", Role.SUPERVISOR),
    }[who]()
    if who == "sender's deputy":
        add(any_store, "otto", Role.SUPERVISOR, SENDER)
        delegate(any_store, "otto", "dora", today, today, "holidays", zone="UTC")
    decide(any_store, case_id, BREAK, vera)
    with pytest.raises(NotYours):
        review(any_store, case_id, True, "it was", person)
    if who != "twin":
        with pytest.raises(StoreError, match="after-review"):
            _run(any_store, _review(1, person))


def test_what_is_not_reviewed(any_store: Store, ida: Person, supervisor: Person) -> None:
    """A message that left in the ordinary way; and a review says why, without the letter's secrets."""
    plain, broken = hold_letter(any_store), hold_letter(any_store)
    decide(any_store, plain, Decision(Action.APPROVE, "fine"), supervisor)
    decide(any_store, broken, BREAK, ida)
    for case_id, reason in ((plain, "fine"), (broken, " "), (broken, "4826 was in it")):
        with pytest.raises(BadDecision):
            review(any_store, case_id, True, reason, supervisor)
    with pytest.raises(StoreError, match="after-review"):
        _run(any_store, _review(1, supervisor))
    review(any_store, broken, True, "they did wait", supervisor)
    for statement in ("DELETE FROM after_reviews", "UPDATE after_reviews SET was_right = was_right"):
        with pytest.raises(StoreError, match="after-review"):
            _run(any_store, statement)


def test_supervisors_are_reminded_once_a_day(any_store: Store, ida: Person, supervisor: Person) -> None:
    """From the next day on, once a day whoever's schedule asks, until it is reviewed; admins where need be."""
    clock = any_store.clock
    adam = add(any_store, "adam", Role.ADMIN)
    ordinary, hers = hold_letter(any_store), hold_letter(any_store, approvals=2)
    decide(any_store, ordinary, BREAK, ida)
    decide(any_store, hers, BREAK, supervisor)
    assert remind_reviewers(any_store) == []
    for _ in range(2):
        clock.turn(days=1, minutes=1)  # type: ignore[attr-defined]
        assert remind_reviewers(any_store) == [ordinary, hers]
        assert remind_reviewers(any_store) == []
    review(any_store, ordinary, True, "they did wait", supervisor)
    review(any_store, hers, True, "they did wait", adam)
    clock.turn(days=1, minutes=1)  # type: ignore[attr-defined]
    assert remind_reviewers(any_store) == []
    with any_store.reading() as session:
        letters = session.exec(select(NoticeRow).where(NoticeRow.kind == "after_review").order_by(col(NoticeRow.id)))
        assert [(n.case_id, n.to.partition("@")[0]) for n in letters] == 2 * [(ordinary, "sofia"), (hers, "adam")]
        acts = session.exec(select(AuditRow.act).where(AuditRow.act == "after-review")).all()
    assert len(acts) == 2


def _run(store: Store, *statements: str) -> None:
    with store.writing() as session:
        for statement in statements:
            session.execute(text(statement))


def _row(case_id: str, person: Person, *, glass: bool = True, reason: str = WHY, action: str = "approve") -> str:
    return (
        "INSERT INTO decisions (case_id, user_id, break_glass, action, reason, recipients, at) "
        f"VALUES ('{case_id}', {person.user_id}, {glass}, '{action}', '{reason}', '[]', '2026-11-16 09:00:00.1')"
    )


def _review(decision: int, person: Person) -> str:
    return (
        "INSERT INTO after_reviews (decision_id, user_id, was_right, reason, at) "
        f"VALUES ({decision}, {person.user_id}, {True}, 'it was', '2026-11-16 09:00:00.1')"
    )
