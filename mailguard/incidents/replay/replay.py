"""What other rules would have done with the messages of the journal: asked by their features, sent nowhere.

What a recipient was to the customer, and who the customer was, is as it was found then: what people have said of an
address since, and a register that has changed, do not make a rule look better than it is.
"""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from mailguard.cases.reading import open_body
from mailguard.core.errors import NoSuchCase
from mailguard.core.features import Features
from mailguard.core.verdict import ReasonCode, Verdict
from mailguard.incidents.replay.features import read_features
from mailguard.incidents.replay.handling_time import ASSUMED, measure_handling
from mailguard.incidents.replay.known_leaks import Known, known_leaks
from mailguard.incidents.replay.lines import measure_lines, read_lines
from mailguard.incidents.tracing.journal import number_at
from mailguard.policy.asking import Decided
from mailguard.policy.policy import Policy
from mailguard.store.store import Store

_MOST_KEPT = 50_000
"""Answers that are remembered: most messages are alike in what the policy is asked."""
_MOST_EXAMPLES = 10

Examine = Callable[[Features, bytes], Features]
"""The features of a letter after other rules have looked for secrets in it."""
Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Changes:
    """Messages that would be held and were not, or the other way round."""

    messages: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)
    """Ids of the first ones, for `mailguard trace`."""

    def add(self, message_id: str, reasons: list[str], rules: set[str]) -> None:
        """Count one."""
        self.messages += 1
        self.reasons.update(reasons)
        self.rules.update(rules)
        if len(self.examples) < _MOST_EXAMPLES:
            self.examples.append(message_id)


@dataclass(slots=True)
class Leaks:
    """Known leaks of one kind."""

    known: int = 0
    held_then: int = 0
    held_now: int = 0
    unasked: int = 0
    """Of `known`: nothing is kept that could be asked."""
    missed: list[str] = field(default_factory=list)
    """Ids of the first that were held then, and would pass now."""


@dataclass(slots=True)
class Replay:
    """What came of it."""

    since: datetime
    until: datetime
    days: float
    """From the first message on."""
    handling: timedelta = ASSUMED
    """A reviewer's time for one case."""
    handling_measured: bool = False
    messages: int = 0
    unasked: int = 0
    """Messages without features: older than these are kept, or never judged."""
    examined: int = 0
    """Held letters that the other rules have looked into again."""
    gone: int = 0
    """Held letters that are not kept any more."""
    unread: int = 0
    """Messages that passed: their letters were never kept, so only the policy was asked about what was found then."""
    held_then: int = 0
    held_now: int = 0
    approvals: int = 0
    """Approvals that held messages would need beyond one each."""
    extra: Changes = field(default_factory=Changes)
    fewer: Changes = field(default_factory=Changes)
    leaks: dict[Known, Leaks] = field(default_factory=lambda: {known: Leaks() for known in Known})

    @property
    def extra_a_day(self) -> float:
        """Extra holds a day."""
        return self.extra.messages / self.days

    @property
    def fewer_a_day(self) -> float:
        """Holds a day that would fall away."""
        return self.fewer.messages / self.days

    @property
    def minutes_a_day(self) -> float:
        """Reviewers' minutes a day, more or (negative) less."""
        return (self.extra_a_day - self.fewer_a_day) * self.handling / timedelta(minutes=1)


def replay(
    store: Store, policy: Policy, since: datetime, *, examine: Examine | None = None, progress: Progress | None = None
) -> Replay:
    """Ask a policy about every message since then, and compare with what was done. Nothing is changed.

    `examine` is given where other rules look for secrets too; they see held letters only. Raises StoreError.
    """
    until = store.clock()
    first, last = number_at(since), number_at(until + timedelta(seconds=1))
    with store.reading() as session:
        total, days = measure_lines(session, first, last, until)
        replayed = Replay(since, until, days)
        measured = measure_handling(session, since)
        replayed.handling, replayed.handling_measured = measured or ASSUMED, measured is not None
        leaks = known_leaks(session, first, last)
    asking = _Asking(store, policy, examine, replayed)
    for done, row in enumerate(read_lines(store, first, last)):
        asking.ask(row, leaks.get(row.number))
        if progress is not None and done % 1000 == 0:
            progress(done, total)
    return replayed


class _Asking:
    def __init__(self, store: Store, policy: Policy, examine: Examine | None, replayed: Replay) -> None:
        self._store, self._policy, self._examine, self._replayed = store, policy, examine, replayed
        self._known: dict[str, tuple[Decided, frozenset[str]]] = {}

    def ask(self, row: Any, leak: Known | None) -> None:
        """One message."""
        # Whom the next hop refused is no verdict of any rules.
        replayed, held_then = self._replayed, any(code != ReasonCode.REFUSED for code in row.reasons)
        replayed.messages += 1
        leaks = replayed.leaks[leak] if leak else None
        if leaks:
            leaks.known += 1
            leaks.held_then += held_then
        answer = self._answer(row)
        if answer is None:
            replayed.unasked += 1
            if leaks:
                leaks.unasked += 1
            return
        decided, rules = answer
        held_now = decided.verdict is not Verdict.PASS
        replayed.held_then += held_then
        replayed.held_now += held_now
        replayed.approvals += decided.approvals - 1 if held_now else 0
        if held_now and not held_then:
            replayed.extra.add(row.id, [code.value for code in decided.reasons], set(rules))
        if held_then and not held_now:
            replayed.fewer.add(row.id, row.reasons, set(rules))
        if leaks:
            leaks.held_now += held_now
            if held_then and not held_now and len(leaks.missed) < _MOST_EXAMPLES:
                leaks.missed.append(row.id)

    def _answer(self, row: Any) -> tuple[Decided, frozenset[str]] | None:
        """What the policy says, and which rules had found something; None where nothing is kept."""
        if row.features is None:
            return None
        if self._examine is not None:
            if row.case_id is not None:
                return self._look_again(row)
            self._replayed.unread += 1
        if row.features not in self._known:
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            self._known[row.features] = self._decide(read_features(json.loads(row.features)))
        return self._known[row.features]

    def _look_again(self, row: Any) -> tuple[Decided, frozenset[str]]:
        features = read_features(json.loads(row.features))
        then = frozenset(each.rule for each in features.findings)
        body = _body(self._store, row.case_id)
        if body is None or self._examine is None:
            self._replayed.gone += 1
            return self._decide(features)
        self._replayed.examined += 1
        decided, rules = self._decide(self._examine(features, body))
        # Of a hold that falls away, the rule that found something then is the one that is meant.
        return decided, rules or then

    def _decide(self, features: Features) -> tuple[Decided, frozenset[str]]:
        return self._policy.decide_again(features), frozenset(each.rule for each in features.findings)


def _body(store: Store, case_id: str) -> bytes | None:
    try:
        return open_body(store, case_id)
    except NoSuchCase:
        return None
