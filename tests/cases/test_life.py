"""The life of a case under any order of anybody's calls (Hypothesis, stateful)."""

import tempfile
from contextlib import suppress
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mailguard.cases.decide import decide, retry, withdraw
from mailguard.cases.expire import expire
from mailguard.cases.reading import read_case
from mailguard.cases.release import claim, postpone, settle
from mailguard.core.answer import Answer
from mailguard.core.case import TRANSITIONS, CaseState, may_become
from mailguard.core.decision import Action, Decision
from mailguard.core.errors import DecisionError
from mailguard.core.person import Role
from mailguard.core.settings import StoreSettings
from mailguard.store.store import open_store
from tests.cases.conftest import add
from tests.conftest import TurnableClock
from tests.support.letters import SENDER, hold_letter

A, B = "a@post.example", "b@post.example"
ANSWERS = (Answer(250, ("Ok",)), Answer(550, ("No",)), Answer(451, ("Later",)))
people = st.integers(0, 3)


def test_every_state_is_in_the_table() -> None:
    """The table of transitions speaks of each state, and what has ended stays ended."""
    assert set(TRANSITIONS) == set(CaseState)
    for ended in (CaseState.RELEASED, CaseState.REJECTED, CaseState.WITHDRAWN, CaseState.EXPIRED):
        assert not any(may_become(ended, state) for state in CaseState)


class LifeOfACase(RuleBasedStateMachine):
    """A letter leaves only to a recipient whom as many second persons have approved as it needs, and to each once."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="mailguard-life-")
        self.clock = TurnableClock()
        url = f"sqlite:///{self.folder.name}/guard.db"
        self.store = open_store(StoreSettings(database_url=url, key_file=Path(self.folder.name, "key")), self.clock)
        self.people = [
            add(self.store, "otto", Role.SUPERVISOR, SENDER),
            add(self.store, "sofia", Role.SUPERVISOR),
            add(self.store, "ida", Role.OPS),
            add(self.store, "adam", Role.ADMIN),
        ]
        self.needed: dict[str, int] = {}
        self.said: dict[str, dict[int, set[str]]] = {}
        self.sent: list[tuple[str, str]] = []
        self.cases: list[str] = []

    @initialize()
    def first_one(self) -> None:
        """There is always something to decide."""
        self.hold_one()

    @rule(approvals=st.integers(1, 2))
    def hold_one(self, approvals: int = 1) -> None:
        """Another letter is held, for one or two people to approve."""
        if len(self.cases) < 3:
            self.cases.append(hold_letter(self.store, recipients=(A, B), approvals=approvals))
            self.needed[self.cases[-1]], self.said[self.cases[-1]] = approvals, {}

    def allowed(self, case_id: str) -> set[str]:
        """The recipients whom everybody has approved who had to."""
        said = list(self.said[case_id].values())
        return set.intersection(*said) if len(said) >= self.needed[case_id] else set()

    @rule(who=people, case=st.integers(0, 2), some=st.sampled_from([None, (A,), (B,), (A, B)]))
    def approve(self, who: int, case: int, some: tuple[str, ...] | None) -> None:
        """Anybody tries to approve."""
        case_id = self.cases[case % len(self.cases)]
        with suppress(DecisionError):
            state = decide(self.store, case_id, Decision(Action.APPROVE, "fine", some), self.people[who])
            assert who in (1, 3)
            assert who not in self.said[case_id]
            self.said[case_id][who] = set(some or (A, B))
            complete = len(self.said[case_id]) == self.needed[case_id]
            assert state is (CaseState.APPROVED if complete else CaseState.HELD)

    @rule(who=people, case=st.integers(0, 2), what=st.sampled_from(["reject", "withdraw", "retry"]))
    def do_something_else(self, who: int, case: int, what: str) -> None:
        """Anybody tries anything else."""
        case_id, person = self.cases[case % len(self.cases)], self.people[who]
        with suppress(DecisionError):
            if what == "reject":
                decide(self.store, case_id, Decision(Action.REJECT, "no"), person)
            elif what == "withdraw":
                withdraw(self.store, case_id, person)
                assert who == 0
            else:
                retry(self.store, case_id, person)
                assert who in (1, 3)

    @rule(
        answers=st.tuples(st.sampled_from(ANSWERS), st.sampled_from(ANSWERS)),
        fate=st.sampled_from(["ok", "down", "die"]),
    )
    def release(self, answers: tuple[Answer, Answer], fate: str) -> None:
        """A release worker takes what is due; the next hop answers anything, is down, or the worker dies."""
        job = claim(self.store, self.clock())
        if job is None or fate == "die":
            return
        if fate == "down":
            postpone(self.store, job, "no answer", self.clock())
            return
        given = dict(zip(job.envelope.recipients, answers, strict=False))
        self.sent += [(job.case_id, address) for address, answer in given.items() if answer.ok]
        settle(self.store, job, given, self.clock())

    @rule(days=st.sampled_from([0.02, 1, 8]))
    def wait(self, days: float) -> None:
        """Time goes by."""
        self.clock.turn(days=days)
        expire(self.store, 7)

    @invariant()
    def nothing_left_unapproved_or_twice(self) -> None:
        """The rule itself."""
        assert all(address in self.allowed(case_id) for case_id, address in self.sent)
        assert len(self.sent) == len(set(self.sent))
        for case_id in self.cases:
            state = read_case(self.store, case_id).summary.state
            if state is CaseState.RELEASED:
                assert self.allowed(case_id) == {a for c, a in self.sent if c == case_id}
            assert len(read_case(self.store, case_id).approvals_given) == len(self.said[case_id])

    def teardown(self) -> None:
        """The chain is whole after all of it."""
        with self.store.reading() as session:
            assert self.store.audit.verify(session)[1] is None
        self.store.close()
        self.folder.cleanup()


TestLifeOfACase = LifeOfACase.TestCase
TestLifeOfACase.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)
