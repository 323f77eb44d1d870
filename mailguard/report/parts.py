"""The parts of a week's figures, each worked out of the ledger."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta

from mailguard.report.decided import Word
from mailguard.report.latency import seconds_within
from mailguard.report.ledger import STAGES, WHOLE, Ledger
from mailguard.report.pseudonyms import make_pseudonym, name_quarter
from mailguard.report.standings import Standing
from mailguard.report.totals import Decider, Line, Proposal, StageTime
from mailguard.report.week import Week
from mailguard.store.store import Store

BUCKETS = (
    ("up to 5 min", timedelta(minutes=5)),
    ("to 15 min", timedelta(minutes=15)),
    ("to 1 h", timedelta(hours=1)),
    ("to 4 h", timedelta(hours=4)),
    ("to 1 day", timedelta(days=1)),
    ("longer", timedelta.max),
)
ENOUGH = 20
"""Decided cases, below which a rule's share of approvals says nothing: 18 of 20 is 90 %, and may be 70 to 97 %."""
TOO_MUCH = 0.9
"""Share of approvals from which on a rule holds too much."""


def rank(ledger: Ledger, measure: str, span: Sequence[Week]) -> tuple[Line, ...]:
    """A ranking of the last week of the span, most held first."""
    now, before = ledger.standings(measure, span[-1]), ledger.standings(measure, span[-2])
    earlier = [ledger.standings(measure, week) for week in span[:-2]] if measure in WHOLE else None
    none = Standing(0, 0, 0) if any(one.approved is not None for one in now.values()) or not now else Standing(0)

    def line(key: str) -> Line:
        one, last = now.get(key, none), before.get(key, none).count
        every = [one.count, last, *(week.get(key, none).count for week in earlier)] if earlier is not None else None
        mean = sum(every) / len(span) if every else None
        return Line(key, one.count, last, one.approved, one.rejected, mean)

    lines = (line(key) for key in now.keys() | before.keys())
    return tuple(sorted(lines, key=lambda one: (-one.count, -one.before, one.key)))


def stage_times(ledger: Ledger, week: Week) -> Iterator[StageTime]:
    """How long each stage of a message took in the week."""
    for stage in STAGES:
        steps, before = ledger.steps(stage, week), ledger.steps(stage, week.after(-1))
        p50, p99 = seconds_within(steps, 0.5), seconds_within(steps, 0.99)
        if p50 is not None and p99 is not None:
            yield StageTime(stage, p50, p99, seconds_within(before, 0.5), seconds_within(before, 0.99))


def deciders(ledger: Ledger, week: Week, store: Store) -> tuple[Decider, ...]:
    """Who decided in the week, under the quarter's pseudonyms, most words first."""
    words: dict[int, list[Word]] = {}
    for word in ledger.words(week):
        words.setdefault(word.user_id, []).append(word)
    hasty = Counter(word.user_id for word in ledger.unread(week))
    people = ledger.people(week)
    quarter = name_quarter(week.start, week.zone)
    found = []
    for user, said in words.items():
        acts, person = Counter(word.action for word in said), people[user]
        alias = make_pseudonym(store.sealer, person.email, quarter)
        found.append(Decider(person.role, alias, acts["approve"], acts["reject"], hasty[user]))
    return tuple(sorted(found, key=lambda one: (-one.approved - one.rejected, one.pseudonym)))


def proposals(ledger: Ledger, span: Sequence[Week]) -> tuple[Proposal, ...]:
    """The rules of which nearly all that they held in the span was let through afterwards."""
    approved, rejected = Counter[str](), Counter[str]()
    for week in span:
        for rule, one in ledger.standings("rule", week).items():
            approved[rule] += one.approved or 0
            rejected[rule] += one.rejected or 0
    found = (Proposal(rule, approved[rule] + rejected[rule], approved[rule], rejected[rule]) for rule in approved)
    much = [one for one in found if one.decided >= ENOUGH and one.approved_share >= TOO_MUCH]
    return tuple(sorted(much, key=lambda one: (-one.approved, one.rule)))


def histogram(times: Sequence[timedelta]) -> tuple[tuple[str, int], ...]:
    """How many of the times fall into each of `BUCKETS`."""
    counts = Counter(next(label for label, limit in BUCKETS if time <= limit) for time in times)
    return tuple((label, counts[label]) for label, _ in BUCKETS)
