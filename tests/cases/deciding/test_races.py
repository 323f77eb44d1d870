"""Everybody at once, on several nodes: of racing decisions and release workers exactly one wins."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from mailguard.cases.deadlines.expire import expire
from mailguard.cases.deadlines.terms import Terms
from mailguard.cases.deciding.decide import decide, withdraw
from mailguard.cases.deciding.delegations import delegate, end_delegation
from mailguard.cases.deciding.undo import undo
from mailguard.cases.reading import read_case
from mailguard.cases.releasing.claim import claim, start
from mailguard.cases.releasing.settle import settle
from mailguard.core.answer import Answer
from mailguard.core.case import CaseState
from mailguard.core.decision import Action, Decision
from mailguard.core.errors import AlreadyDecided, ClaimLost, DecisionError
from mailguard.core.person import Role
from mailguard.core.settings import StoreSettings
from mailguard.store.store import Store, open_store
from tests.cases.conftest import add
from tests.conftest import TurnableClock
from tests.support.letters import SENDER, hold_letter
from tests.support.together import do_together

APPROVE = Decision(Action.APPROVE, "is the right person")
REJECT = Decision(Action.REJECT, "wrong person")
BREAK = Decision(Action.APPROVE, "The ambulance service waits for these papers.", break_glass=True)
NODES = 4


@pytest.fixture(params=["sqlite", "postgresql"])
def nodes(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sequence[Store]]:
    """Several guards on one database, each with connections of its own."""
    clock = TurnableClock()
    url = f"sqlite:///{tmp_path}/guard.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    settings = StoreSettings(database_url=url, key_file=tmp_path / "guard.key")
    stores = [open_store(settings, clock) for _ in range(NODES)]
    yield stores
    for store in stores:
        store.close()


def race(acts: Sequence[Callable[[], object]]) -> list[str]:
    """Do all of them at the same moment; what each gave, or the name of its error."""
    return [
        type(outcome).__name__ if isinstance(outcome, DecisionError | ClaimLost) else str(outcome)
        for outcome in do_together(acts)
    ]


def test_fifty_decisions_at_once(nodes: Sequence[Store]) -> None:
    """Approvals, rejections, a broken glass, withdrawals and the expiry: one of them stands, the others are told."""
    store = nodes[0]
    supervisors = [add(store, f"person{n}", Role.SUPERVISOR) for n in range(44)]
    otto, ida = add(store, "otto", Role.OPS, SENDER), add(store, "ida", Role.OPS)
    case_id = hold_letter(store)
    store.clock.turn(days=8)  # type: ignore[attr-defined]
    acts: list[Callable[[], object]] = [
        lambda n=n, p=p: decide(nodes[n % NODES], case_id, APPROVE if n % 2 else REJECT, p).value  # type: ignore[misc]
        for n, p in enumerate(supervisors)
    ]
    acts += [lambda n=n: decide(nodes[n], case_id, BREAK, ida).value for n in (0, 1)]  # type: ignore[misc]
    acts += [lambda n=n: withdraw(nodes[n], case_id, otto) or "withdrawn" for n in (2, 3)]  # type: ignore[misc,func-returns-value]
    acts += [lambda n=n: "expired" if expire(nodes[n], Terms()) else "AlreadyDecided" for n in (0, 1)]  # type: ignore[misc]
    outcomes = race(acts)
    assert len(outcomes) == 50
    won = [outcome for outcome in outcomes if outcome != AlreadyDecided.__name__]
    case = read_case(store, case_id)
    assert won == [case.summary.state.value]
    ends = ("decision", "break glass", "withdrawal", "expiry")
    assert sum(entry.act.startswith(ends) for entry in case.history) == 1


def test_fifty_at_an_approval_that_can_be_taken_back(nodes: Sequence[Store]) -> None:
    """Release workers and people who undo, at the last moment: the letter is handed over, or held again; never both."""
    store = nodes[0]
    people = [add(store, f"person{n}", Role.SUPERVISOR) for n in range(25)]
    for _ in range(3):
        case_id = hold_letter(store)
        decide(store, case_id, APPROVE, people[0], undo_seconds=10)
        # The worker's node has a clock that is ahead: for it the time is over, for the others not yet.
        due = store.clock() + timedelta(seconds=10)
        acts: list[Callable[[], object]] = [
            lambda n=n, p=p, c=case_id: undo(nodes[n % NODES], c, p) or "undone"  # type: ignore[misc,func-returns-value]
            for n, p in enumerate(people)
        ]
        acts += [
            lambda n=n, d=due: "claimed" if claim(nodes[n % NODES], d) else "none"  # type: ignore[misc]
            for n in range(25)
        ]
        outcomes = race(acts)
        assert len(outcomes) == 50
        case = read_case(store, case_id)
        assert outcomes.count("undone") + outcomes.count("claimed") == 1
        undone = "undone" in outcomes
        assert case.summary.state is (CaseState.HELD if undone else CaseState.APPROVED)
        assert len(case.approvals_given) == (0 if undone else 1)
        assert sum(entry.act == "undo" for entry in case.history) == int(undone)


def test_fifty_approvals_of_two(nodes: Sequence[Store]) -> None:
    """Deputies and givers among them: the two that stand are two people's, and nobody's counts twice."""
    store, today = nodes[0], nodes[0].clock().date()
    givers = [add(store, f"giver{n}", Role.SUPERVISOR) for n in range(25)]
    deputies = [add(store, f"deputy{n}", Role.OPS) for n in range(25)]
    for giver, deputy in zip(givers, deputies, strict=True):
        delegate(store, giver.name, deputy.name, today, today, "holidays", zone="UTC")
    case_id = hold_letter(store, approvals=2)
    outcomes = race(
        [
            lambda n=n, p=p: decide(nodes[n % NODES], case_id, APPROVE, p).value  # type: ignore[misc]
            for n, p in enumerate((*givers, *deputies))
        ]
    )
    told = Counter(outcomes)
    assert (told["held"], told["approved"]) == (1, 1)
    assert set(told) <= {"held", "approved", "NotYours", "AlreadyDecided"}
    given = read_case(store, case_id).approvals_given
    voices = [set(approval.by.removeprefix("deputy").split(" for ")) for approval in given]
    assert len(voices) == 2
    assert not voices[0] & voices[1]


def test_a_right_that_is_taken_back_while_it_is_used(nodes: Sequence[Store]) -> None:
    """Either the decision came first, or it was refused; never a decision after the end."""
    store, today = nodes[0], nodes[0].clock().date()
    add(store, "anna", Role.SUPERVISOR)
    berta = add(store, "berta", Role.OPS)
    for _ in range(3):
        given = delegate(store, "anna", "berta", today, today, "holidays", zone="UTC")
        case_id = hold_letter(store)
        race([lambda c=case_id: decide(nodes[1], c, APPROVE, berta), lambda g=given: end_delegation(nodes[2], g.id)])  # type: ignore[misc]
        case = read_case(store, case_id)
        assert (case.summary.state is CaseState.APPROVED) == bool(case.approvals_given)
        with store.reading() as session:
            assert store.audit.verify(session)[1] is None


def test_release_workers_at_one_case(nodes: Sequence[Store]) -> None:
    """Eight workers on four nodes, twice as many letters: each letter is handed over once."""
    store = nodes[0]
    sofia = add(store, "sofia", Role.SUPERVISOR)
    cases = [hold_letter(store) for _ in range(4)]
    for case_id in cases:
        decide(store, case_id, APPROVE, sofia)
    handed: list[str] = []

    def work(node: Store) -> None:
        for _ in range(6):
            job = claim(node, node.clock())
            if job is not None:
                start(node, job, node.clock())
                handed.append(job.case_id)
                settle(node, job, {a: Answer(250, ("Ok",)) for a in job.envelope.recipients}, node.clock())

    race([lambda n=n: work(nodes[n % NODES]) for n in range(8)])  # type: ignore[misc]
    assert sorted(handed) == sorted(cases)
    assert {read_case(store, case_id).summary.state for case_id in cases} == {CaseState.RELEASED}
