"""One run: a guard under traffic, killed as often as wanted, and the comparison at its end."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlmodel import col, func, select

from mailguard.core.case import CaseState
from mailguard.core.settings import StoreSettings
from mailguard.store.store import Store, open_store
from mailguard.store.tables.cases import CaseRow
from mailguard.store.tables.outbox import NoticeRow
from tests.crash.comparing import Comparison, compare
from tests.crash.record import Record
from tests.crash.sink import ClockedSink
from tests.crash.steps import RANDOM
from tests.crash.traffic import Traffic
from tests.crash.tree import Tree
from tests.support.guard import make_guard

_FIRES_WITHIN = 240.0
_PATIENCE = 2.0
_PASSES_FOR = 5.0
_COMES_TO_REST = 240.0


@dataclass(frozen=True, slots=True)
class Kill:
    """One that took place."""

    step: str
    at: float
    acknowledged: int
    """Messages that had had their 250 by then, since the kill before."""


@dataclass
class Run:
    """What was done, and what came of it."""

    kills: list[Kill] = field(default_factory=list)
    never_reached: list[str] = field(default_factory=list)
    starts: int = 0
    seconds: float = 0.0
    messages: int = 0
    acknowledged: int = 0
    held: int = 0
    comparison: Comparison = field(default_factory=Comparison)

    def kill_before(self, at: float) -> Kill | None:
        """The last kill before that moment."""
        return next((kill for kill in reversed(self.kills) if kill.at < at), None)

    def violations(self) -> Iterator[str]:
        """All that must not be."""
        yield from self.comparison.violations
        yield from (f"{name} is lost" for name, _ in self.comparison.lost)
        yield from (f"never reached: {step}" for step in self.never_reached)
        for at in self.comparison.second_copies:
            kill = self.kill_before(at)
            if kill is None:
                yield "a second copy without a kill"


class Matrix:
    """`run(steps)` kills once at each of them, in their order; `RANDOM` is any process at any moment."""

    def __init__(
        self, tree: Tree, sink: ClockedSink, store: Store, token: str, chance: random.Random, passes: Sequence[int]
    ) -> None:
        self._tree, self._sink, self._store, self._token = tree, sink, store, token
        self._chance, self._passes = chance, passes
        self._record = Record()
        self._run = Run()

    def run(
        self, steps: Sequence[str], messages: int, progress: Callable[[int, int], None], *, seconds: float = 3600
    ) -> Run:
        """Kill at each step while that many messages come in, until the `seconds` are over.

        `progress` is told kills and acknowledged messages.
        """
        begun, run = time.monotonic(), self._run
        share, rest = divmod(messages, max(len(steps), 1))
        with Traffic(self._tree.guard, self._token, self._record) as traffic:
            self._start()
            for number, step in enumerate(steps):
                if time.monotonic() - begun > seconds:
                    break
                traffic.feed(share + (number < rest))
                self._let_pass(traffic, self._chance.uniform(0, share))
                self._kill_at(step, traffic)
                progress(len(run.kills), self._record.acknowledged)
                if not self._tree.alive:
                    self._start()
            self._tree.disarm()
            self._rest(traffic, lambda: progress(len(run.kills), self._record.acknowledged))
            if traffic.failure is not None:
                raise traffic.failure
        if self._tree.stop() != 0:
            run.comparison.violations.append("the guard did not stop by itself")
        run.starts, run.seconds = self._tree.starts, time.monotonic() - begun
        run.messages, run.acknowledged, run.held = traffic.fed, self._record.acknowledged, len(self._record.held)
        stopped, run.comparison = run.comparison.violations, compare(self._store, self._sink, self._record)
        run.comparison.violations += stopped
        return run

    def _start(self) -> None:
        self._tree.start(self._chance.choice((1, 1, 2)))
        if not self._tree.alive:
            raise AssertionError(f"mailguard serve does not start:\n{self._tree.guard.log()[-4000:]}")

    def _let_pass(self, traffic: Traffic, left: float) -> None:
        """Mail goes its way until only so many of the messages that were fed are left."""
        until = time.monotonic() + _PASSES_FOR
        while time.monotonic() < until and self._tree.alive and traffic.fed - self._record.acknowledged > left:
            time.sleep(0.01)

    def _kill_at(self, step: str, traffic: Traffic) -> None:
        if step == RANDOM:
            self._kill_somebody()
        elif not self._wait_for(step, traffic):
            self._run.never_reached.append(step)
            return
        before = sum(kill.acknowledged for kill in self._run.kills)
        self._run.kills.append(Kill(step, time.monotonic(), self._record.acknowledged - before))

    def _kill_somebody(self) -> None:
        time.sleep(self._chance.uniform(0, 0.6))
        processes = self._tree.processes()
        if self._chance.random() < 0.25:
            self._tree.kill_all()
        elif processes:
            self._tree.kill(self._chance.choice(processes))
        self._tree.settle_down()

    def _wait_for(self, step: str, traffic: Traffic) -> bool:
        plan = self._tree.aim(step, self._chance.choice(self._passes), whole_tree=self._chance.random() < 0.3)
        until = time.monotonic() + _FIRES_WITHIN
        more = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            if self._tree.has_fired(plan):
                self._tree.settle_down()
                return True
            if not self._tree.alive:
                # Who was killed at random before may have taken the first process along in its own time.
                self._start()
            if time.monotonic() > more:
                # All that was fed has gone by: more must come along.
                traffic.feed(10)
                more = time.monotonic() + _PATIENCE
            time.sleep(0.01)
        return False

    def _rest(self, traffic: Traffic, tick: Callable[[], None]) -> None:
        """Until every message has its answer and nothing waits to be sent."""
        until = time.monotonic() + _COMES_TO_REST
        while time.monotonic() < until:
            if not self._tree.alive:
                self._start()
            if traffic.failure is not None or (traffic.done and not self._waiting()):
                return
            tick()
            time.sleep(0.3)
        self._run.comparison.violations.append("it does not come to rest")

    def _waiting(self) -> int:
        with self._store.reading() as session:
            to_release = session.exec(select(func.count()).where(CaseRow.state == CaseState.APPROVED)).one()
            # A digest is due when its hour comes (`notices.most_an_hour`).
            due = col(NoticeRow.due_at).is_not(None), NoticeRow.kind != "digest"
            letters = session.exec(select(func.count()).where(*due)).one()
        return to_release + letters


@contextmanager
def open_matrix(
    folder: Path, database_url: str, seed: int, *, passes: Sequence[int] = (1, 1, 2, 3)
) -> Iterator[Matrix]:
    """Sink, configuration, reviewer and store; the guard itself is started by the run.

    `passes`: at which pass of a step somebody dies there, one of them each time.
    """
    with ClockedSink() as sink:
        guard = make_guard(folder, sink.port, database_url=database_url)
        token = guard.add_user("sofia", "sofia@operator.example")
        url = database_url or f"sqlite:///{folder}/guard.db"
        store = open_store(StoreSettings(database_url=url, key_file=folder / "guard.key"))
        tree = Tree(guard)
        try:
            yield Matrix(tree, sink, store, token, random.Random(seed), passes)
        finally:
            tree.close()
            store.close()
