"""Judge made letters with the whole guard, and count what it held and what it cost."""

import math
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import mailguard.cases.judge
from mailguard.cases.judge import Judge
from mailguard.core.envelope import Envelope
from mailguard.core.verdict import Judgement, ReasonCode, RecipientVerdict, Verdict
from tests.namesake.generated.letters import Known, Made, letters_about
from tests.namesake.generated.recipients import Crowd, right_recipients, wrong_recipients
from tests.namesake.generated.row import Row
from tests.namesake.hard.case import SENDER, write_message


@dataclass(slots=True)
class Tally:
    """What came of the letters of one group."""

    letters: int = 0
    identified: int = 0
    """Letters whose customer was found, and nobody else."""
    somebody_else: int = 0
    """Letters in which a customer was found whom they are not about."""
    wrong: Counter[str] = field(default_factory=Counter)
    """Wrong recipients, by kind of mistake."""
    caught: Counter[str] = field(default_factory=Counter)
    wrong_identified: int = 0
    """Wrong recipients of letters whose customer was found."""
    caught_identified: int = 0
    right: int = 0
    held: Counter[str] = field(default_factory=Counter)
    """Right recipients held, by kind of recipient and reason."""
    asked: int = 0
    """Right recipients held for being unconfirmed and for nothing else: no false hold, but the promised first one."""


@dataclass(slots=True)
class Outcome:
    """All tallies, and the CPU milliseconds of identify and relate for each letter to one right recipient."""

    tallies: dict[tuple[str, str], Tally] = field(default_factory=lambda: defaultdict(Tally))
    """By group ("shape", "known" or "language") and name."""
    costs: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """By shape."""
    wrongs: list[str] = field(default_factory=list)
    """One line for each of the first misjudged recipients of a shape and kind."""


def measure(judge: Judge, rows: Sequence[Row], count: int, seed: int = 3) -> Outcome:
    """Judge letters of all shapes about so many customers, drawn by chance from the register's rows."""
    chance, crowd, outcome = random.Random(seed), Crowd(rows), Outcome()
    with _stopwatch() as spent:
        for row in chance.sample(rows, min(count, len(rows))):
            others = chance.sample(rows, 15)
            for made in letters_about(row, others, chance):
                _one(judge, made, row, crowd, chance, outcome, spent)
    return outcome


def _one(
    judge: Judge, made: Made, row: Row, crowd: Crowd, chance: random.Random, outcome: Outcome, spent: list[float]
) -> None:
    right = {address: kind for kind, address in right_recipients(row, crowd, chance)}
    wrong = {address: kind for kind, address in wrong_recipients(row, crowd, chance)}
    first = row["emails"].split(";")[0]
    if made.greeted is not None:
        right, wrong = {}, {first: "whose number", made.greeted["emails"].split(";")[0]: "who is greeted"}
    raw = write_message(made.fields, first)
    spent[0] = 0.0
    judgement = judge.judge(Envelope(SENDER, (first,)), raw)
    outcome.costs[made.shape].append(spent[0] * 1000)
    everybody = judge.judge(Envelope(SENDER, (*right, *wrong)), raw)
    tallies = [outcome.tallies[group, name] for group, name in _groups(made)]
    found = [about.customer.customer_id for about in judgement.customers]
    for tally in tallies:
        tally.letters += 1
        tally.identified += found == [row["customer_id"]]
        tally.somebody_else += any(customer_id != row["customer_id"] for customer_id in found)
    for verdict in everybody.recipients:
        held = verdict.verdict is not Verdict.PASS
        if verdict.address in right or made.known is Known.NOBODY:
            kind = right.get(verdict.address, "anybody")
            _count_right(tallies, held, kind, verdict)
            if held and not _only_asked(verdict):
                _remember(outcome, made, row, kind, verdict, everybody)
        else:
            _count_wrong(tallies, held, wrong[verdict.address], row["customer_id"] in found)
            if not held and made.known is not Known.GREETING:
                _remember(outcome, made, row, wrong[verdict.address], verdict, everybody)


def _groups(made: Made) -> Iterator[tuple[str, str]]:
    yield "shape", made.shape
    yield "known", made.known.value
    if made.known is Known.IDENTIFIED:
        yield "language", made.language


def _count_right(tallies: Sequence[Tally], held: bool, kind: str, verdict: RecipientVerdict) -> None:
    for tally in tallies:
        tally.right += 1
        if held and _only_asked(verdict):
            tally.asked += 1
        elif held:
            tally.held[f"{kind}: {', '.join(reason.code.value for reason in verdict.reasons)}"] += 1


def _count_wrong(tallies: Sequence[Tally], held: bool, kind: str, identified: bool) -> None:
    for tally in tallies:
        tally.wrong[kind] += 1
        tally.caught[kind] += held
        tally.wrong_identified += identified
        tally.caught_identified += identified and held


def _only_asked(verdict: RecipientVerdict) -> bool:
    return {reason.code for reason in verdict.reasons} == {ReasonCode.UNCONFIRMED}


def _remember(
    outcome: Outcome, made: Made, row: Row, kind: str, verdict: RecipientVerdict, judgement: Judgement
) -> None:
    begin = f"{made.shape} | {kind} | "
    if sum(line.startswith(begin) for line in outcome.wrongs) < 3:
        about = [f"{one.customer.customer_id} by {'+'.join(one.evidence)}" for one in judgement.customers]
        text = " / ".join(str(made.fields.get(name, "")) for name in ("subject", "text", "html")).replace("\n", " ¶ ")
        outcome.wrongs.append(
            f"{begin}{made.language} | customer {row['customer_id']} {row['emails']} | to {verdict.address}: "
            f"{verdict.relation.kind.value} {verdict.verdict.value} | about {about or 'nobody'} | {text}"
        )


@contextmanager
def _stopwatch() -> Iterator[list[float]]:
    """CPU seconds that the judge's identify and relate take, added up in the one cell of the list."""
    judging: Any = mailguard.cases.judge
    spent, kept = [0.0], (judging.identify, judging.relate)

    def timed(function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*given: Any, **named: Any) -> Any:
            began = time.process_time()
            try:
                return function(*given, **named)
            finally:
                spent[0] += time.process_time() - began

        return run

    judging.identify, judging.relate = timed(kept[0]), timed(kept[1])
    try:
        yield spent
    finally:
        judging.identify, judging.relate = kept


def interval(count: int, of: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share (E. B. Wilson, 1927)."""
    if not of:
        return 0.0, 1.0
    z, share = 1.96, count / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return max(0.0, middle - half), min(1.0, middle + half)
