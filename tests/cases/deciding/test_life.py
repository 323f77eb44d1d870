"""The life of a case under any order of anybody's calls (Hypothesis, stateful).

A larger run: `MAILGUARD_LIFE_EXAMPLES=2000 pytest tests/cases/deciding/test_life.py`.
"""

import os
import shutil
import tempfile
from contextlib import suppress
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mailguard.cases.deadlines.expire import expire
from mailguard.cases.deadlines.terms import Terms
from mailguard.cases.deciding.after_review import review
from mailguard.cases.deciding.decide import decide, retry, withdraw
from mailguard.cases.deciding.delegations import delegate, end_delegation, list_delegations
from mailguard.cases.deciding.undo import undo
from mailguard.cases.reading import read_case
from mailguard.cases.releasing.claim import claim, start
from mailguard.cases.releasing.settle import postpone, settle
from mailguard.core.answer import Answer
from mailguard.core.case import TRANSITIONS, CaseState, may_become
from mailguard.core.decision import Action, Decision
from mailguard.core.errors import BadDecision, DecisionError, InputError, NotYours
from mailguard.core.person import Person, Role
from mailguard.core.settings import StoreSettings
from mailguard.store import people
from mailguard.store.store import Store, open_store
from tests.cases.deciding.life_model import READING, Lent, Model, User, Word
from tests.conftest import TurnableClock
from tests.support.letters import SENDER, hold_letter

A, B = "a@post.example", "b@post.example"
ANSWERS = (Answer(250, ("Ok",)), Answer(250, ("Ok",)), Answer(550, ("No",)), Answer(451, ("Later",)))
WHY = "The ambulance service waits for these papers tonight."
PEOPLE = (
    ("otto", "otto@operator.example", Role.SUPERVISOR),
    ("sofia", "sofia@operator.example", Role.SUPERVISOR),
    ("sofia2", "Sofia+2@operator.example", Role.SUPERVISOR),
    ("vera", "vera@operator.example", Role.SUPERVISOR),
    ("ida", "ida@operator.example", Role.OPS),
    ("adam", "adam@operator.example", Role.ADMIN),
    ("rita", "rita@operator.example", Role.AUDITOR),
)
"""Otto sends, as `SENDER`; sofia has two logins."""
NAMES = [name for name, _, _ in PEOPLE]
anybody = st.sampled_from(NAMES)
some_case = st.integers(0, 2)


def usually(value: bool | int | None) -> st.SearchStrategy[Any]:
    """The value mostly, else its opposite: rights that are lost at every step are never used."""
    return st.none() if value is None else st.sampled_from([value, value, value, type(value)(not value)])


EXAMPLES = int(os.environ.get("MAILGUARD_LIFE_EXAMPLES", "20"))


def test_every_state_is_in_the_table() -> None:
    """The table of transitions speaks of each state, and what has ended stays ended."""
    assert set(TRANSITIONS) == set(CaseState)
    for ended in (CaseState.RELEASED, CaseState.REJECTED, CaseState.WITHDRAWN, CaseState.EXPIRED):
        assert not any(may_become(ended, state) for state in CaseState)


class LifeOfACase(RuleBasedStateMachine):
    """A letter leaves only to a recipient whom as many second persons have approved as it needs, and to each once."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="mailguard-life-", dir=_memory())
        shutil.copytree(_house().name, self.folder.name, dirs_exist_ok=True)
        self.clock = TurnableClock()
        self.store = _open(self.folder.name, self.clock)
        self.model = Model({name: User(name, email, role.value) for name, email, role in PEOPLE})
        self.model.users["otto"].aliases = {SENDER}
        for one in reversed(list_delegations(self.store)):
            self.model.lent.append(Lent(one.id, one.giver.name, one.deputy.name, one.starts_at, one.ends_at))
        self.sent: list[tuple[str, str]] = []
        self.cases: list[str] = []
        self.claimed: set[str] = set()

    @initialize()
    def first_one(self) -> None:
        """There is always something to decide."""
        self.hold_one()

    @rule(approvals=st.integers(1, 2))
    def hold_one(self, approvals: int = 1) -> None:
        """Another letter is held, for one or two people to approve."""
        if len(self.cases) < 3:
            self.cases.append(hold_letter(self.store, recipients=(A, B), approvals=approvals))
            self.model.hold(self.cases[-1], SENDER, approvals, self.clock())

    @rule(
        who=anybody,
        case=some_case,
        some=st.sampled_from([None, (A,), (A, B)]),
        of=st.none() | anybody,
        undo_seconds=st.sampled_from([0, 100]),
    )
    def approve(self, who: str, case: int, some: tuple[str, ...] | None, of: str | None, undo_seconds: int = 0) -> None:
        """Anybody tries to approve, in their own name or in somebody's place, for good or not yet."""
        case_id, now = self.cases[case % len(self.cases)], self.clock()
        letter = self.model.letters[case_id]
        rights = self.model.rights(letter, who, now)
        if of is not None:
            rights = [right for right in rights if (right or who) == of]
        able = [r for r in rights if self.model.is_new_voice(letter, who, r, now)]
        decision = Decision(Action.APPROVE, "fine", some, on_behalf_of=of)
        try:
            state = decide(self.store, case_id, decision, self.person(who), undo_seconds=undo_seconds)
        except NotYours:
            assert not able
        except DecisionError:
            return
        else:
            assert able
            before = self.model.counting(letter, now)
            until = now + timedelta(seconds=undo_seconds) if undo_seconds else None
            letter.words.append(Word(who, able[0], set(some or (A, B)), glass=False, undo_until=until))
            complete = len(before) + 1 >= letter.needed
            assert state is (CaseState.APPROVED if complete else CaseState.HELD)
            event(f"{'complete' if complete else 'first'}{' by a deputy' if able[0] else ''}")
            if complete:
                letter.allowed = set.intersection(*(word.addresses for word in (*before, letter.words[-1])))

    @rule(which=st.integers(0, 5), case=some_case, named=st.booleans())
    def approve_as_deputy(self, which: int, case: int, named: bool) -> None:
        """Somebody who was given a right tries to use it, also when it is over."""
        if self.model.lent:
            one = self.model.lent[which % len(self.model.lent)]
            self.approve(one.deputy, case, None, one.giver if named else None)

    @rule(who=anybody, case=some_case)
    def undo_it(self, who: str, case: int) -> None:
        """Anybody tries to take the last decision back: of the approvals one less counts, and nobody is let through."""
        case_id, now = self.cases[case % len(self.cases)], self.clock()
        letter, before = self.model.letters[case_id], read_case(self.store, case_id).summary.state
        word = self.model.undoable(letter, who, now) if before is not CaseState.REJECTED else None
        try:
            undo(self.store, case_id, self.person(who))
        except DecisionError:
            in_time = before in (CaseState.HELD, CaseState.APPROVED) and case_id not in self.claimed
            assert not (word and in_time and self.model.rights(letter, who, now))
            return
        assert self.model.rights(letter, who, now)
        assert case_id not in self.claimed
        assert (before is CaseState.REJECTED) == (word is None)
        if word:
            letter.words.remove(word)
        letter.allowed = set()
        event(f"taken back from {before}")

    @rule(who=anybody, case=some_case)
    def break_glass(self, who: str, case: int) -> None:
        """Anybody tries to let it out alone."""
        case_id, now = self.cases[case % len(self.cases)], self.clock()
        letter = self.model.letters[case_id]
        with suppress(DecisionError):
            may = self.model.may_break(letter, who, now)
            decide(self.store, case_id, Decision(Action.APPROVE, WHY, (B,), break_glass=True), self.person(who))
            assert may
            event("glass broken")
            letter.words.append(Word(who, None, {B}, glass=True))
            letter.allowed = {B}

    @rule(who=anybody, case=some_case)
    def review_it(self, who: str, case: int) -> None:
        """Anybody tries to review it."""
        case_id = self.cases[case % len(self.cases)]
        letter = self.model.letters[case_id]
        with suppress(DecisionError):
            review(self.store, case_id, True, "it was right", self.person(who))
            broken = [word for word in letter.words if word.glass]
            assert broken
            assert not letter.reviewed
            assert None in self.model.rights(letter, who, self.clock())
            assert not self.model.people(who, None) & self.model.people(broken[0].who, None)
            letter.reviewed = True
            event("reviewed")

    @rule(
        who=anybody,
        case=some_case,
        what=st.sampled_from(["reject", "withdraw", "retry"]),
        undo_seconds=st.sampled_from([0, 100]),
    )
    def do_something_else(self, who: str, case: int, what: str, undo_seconds: int) -> None:
        """Anybody tries anything else."""
        case_id, person, now = self.cases[case % len(self.cases)], self.person(who), self.clock()
        letter = self.model.letters[case_id]
        with suppress(DecisionError):
            if what == "reject":
                decide(self.store, case_id, Decision(Action.REJECT, "no"), person, undo_seconds=undo_seconds)
                assert self.model.rights(letter, who, now)
            elif what == "withdraw":
                withdraw(self.store, case_id, person)
                assert self.model.is_sender(letter, who)
            else:
                retry(self.store, case_id, person)
                assert self.model.rights(letter, who, now)

    @rule(giver=anybody, deputy=anybody, by=usually(None) | anybody, first=usually(0), days=st.integers(0, 2))
    def lend(self, giver: str, deputy: str, by: str | None, first: int, days: int) -> None:
        """Anybody tries to give their own right, or anybody else's, to anybody."""
        by = by or giver
        begin = self.clock().date() + timedelta(days=first)
        users = self.model.users
        with suppress(BadDecision, InputError, NotYours):
            made = delegate(
                self.store, giver, deputy, begin, begin + timedelta(days=days), "away", zone="UTC", by=self.person(by)
            )
            assert by == giver or (users[by].role == "admin" and not users[by].disabled)
            assert users[giver].role in ("supervisor", "admin")
            assert users[deputy].role not in READING
            assert not self.model.people(giver, None) & self.model.people(deputy, None)
            self.model.lent.append(Lent(made.id, giver, deputy, made.starts_at, made.ends_at))

    @rule(which=st.integers(0, 5), by=anybody)
    def take_back(self, which: int, by: str) -> None:
        """Anybody tries to end a delegation."""
        if self.model.lent:
            one = self.model.lent[which % len(self.model.lent)]
            with suppress(NotYours):
                end_delegation(self.store, one.number, by=self.person(by))
                by_admin = self.model.users[by].role == "admin" and not self.model.users[by].disabled
                assert by in (one.giver, one.deputy) or by_admin
                if one.revoked_at is None and self.clock() < one.ends_at:
                    one.revoked_at = self.clock()

    @rule(who=anybody, role=usually(None) | st.sampled_from(list(Role)), alias=usually(False), shut_out=usually(False))
    def change_somebody(self, who: str, role: Role | None, alias: bool, shut_out: bool) -> None:
        """Another role, the sender's address as an alias or no more, locked out or in again."""
        user = self.model.users[who]
        role = role or Role(user.role)
        user.role, user.aliases, user.disabled = role.value, {SENDER} if alias else set(), shut_out
        people.add_user(self.store, who, email=user.email, role=role, password=None, aliases=sorted(user.aliases))
        if shut_out:
            people.disable_user(self.store, who)

    @rule(
        answers=st.tuples(st.sampled_from(ANSWERS), st.sampled_from(ANSWERS)),
        fate=st.sampled_from(["ok", "ok", "ok", "down", "die", "die in the middle"]),
    )
    def release(self, answers: tuple[Answer, Answer], fate: str) -> None:
        """A release worker takes what is due; the next hop answers anything, is down, or the worker dies."""
        job = claim(self.store, self.clock())
        if job is None:
            return
        self.claimed.add(job.case_id)
        if fate == "die":
            return
        if fate == "down":
            postpone(self.store, job, "no answer", self.clock())
            return
        start(self.store, job, self.clock())
        # Who may get it is asked at the last moment before it leaves.
        assert set(job.envelope.recipients) <= self.model.letters[job.case_id].allowed
        if fate == "die in the middle":
            return
        given = dict(zip(job.envelope.recipients, answers, strict=False))
        event("sent")
        self.sent += [(job.case_id, address) for address, answer in given.items() if answer.ok]
        settle(self.store, job, given, self.clock())

    @rule(days=st.sampled_from([0.001, 0.02, 0.6, 1, 8]))
    def wait(self, days: float) -> None:
        """Time goes by."""
        self.clock.turn(days=days)
        expire(self.store, Terms())

    @rule()
    def crash(self) -> None:
        """The guard dies and is started again."""
        self.store.close()
        self.store = _open(self.folder.name, self.clock)

    @invariant()
    def nothing_left_unapproved_or_twice(self) -> None:
        """The rule itself."""
        assert all(address in self.model.letters[case_id].allowed for case_id, address in self.sent)
        assert len(self.sent) == len(set(self.sent))
        for case_id in self.cases:
            case, letter = read_case(self.store, case_id), self.model.letters[case_id]
            if case.summary.state is CaseState.RELEASED:
                assert letter.allowed == {a for c, a in self.sent if c == case_id}
            if case.summary.state is CaseState.HELD:
                assert len(case.approvals_given) == len(self.model.counting(letter, self.clock()))
            assert (case.broken is not None) == any(word.glass for word in letter.words)

    def teardown(self) -> None:
        """The chain is whole after all of it."""
        with self.store.reading() as session:
            assert self.store.audit.verify(session)[1] is None
        self.store.close()
        self.folder.cleanup()

    def person(self, name: str) -> Person:
        """As they were at the login: what has changed since, the program must look up."""
        number, (_, email, role) = next((n, one) for n, one in enumerate(PEOPLE, 1) if one[0] == name)
        return Person(number, name, email, role)


def _open(folder: str, clock: TurnableClock) -> Store:
    settings_ = StoreSettings(database_url=f"sqlite:///{folder}/guard.db", key_file=Path(folder, "key"))
    return open_store(settings_, clock)


@cache
def _house() -> tempfile.TemporaryDirectory[str]:
    """A store with its people and two deputies, made once and copied for each run."""
    folder = tempfile.TemporaryDirectory(prefix="mailguard-house-", dir=_memory())
    store = _open(folder.name, TurnableClock())
    for name, email, role in PEOPLE:
        aliases = (SENDER,) if name == "otto" else ()
        people.add_user(store, name, email=email, role=role, password=None, aliases=aliases)
    today = store.clock().date()
    for giver, deputy in (("vera", "ida"), ("adam", "sofia")):
        delegate(store, giver, deputy, today, today + timedelta(days=9), "away", zone="UTC")
    store.close()
    return folder


def _memory() -> str | None:
    # Thousands of commits, and no power is cut here: they need no disk.
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


TestLifeOfACase = LifeOfACase.TestCase
TestLifeOfACase.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
