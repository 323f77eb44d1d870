"""CPU of the judge by its stages, in this process: what a change of the judge path wins or loses."""

import time
from dataclasses import dataclass
from statistics import median

from mailguard.app.wiring import load_rules
from mailguard.cases.rules import Rules
from mailguard.core.settings import RegisterSettings, Settings, StoreSettings
from mailguard.customers.register import Register
from mailguard.detect.people import count_people
from mailguard.message.read import read_letter
from mailguard.namesake.identify import identify
from mailguard.namesake.relate import relate
from mailguard.store.database.engine import make_engine
from tests.bench.letters import BenchLetter


@dataclass(frozen=True, slots=True)
class StageTimes:
    """Milliseconds of CPU of one letter: medians, and for the whole judge the 99th percentile too."""

    letter: str
    stages: dict[str, float]


def measure_stages(database_url: str, letters: dict[str, BenchLetter], rounds: int) -> list[StageTimes]:
    """Judge every letter `rounds` times, stage by stage, against the register in the database."""
    settings = Settings(store=StoreSettings(database_url=database_url), register=RegisterSettings())
    rules = load_rules(settings)
    engine = make_engine(database_url)
    try:
        return [_measure(letter, rules, Register(engine), rounds) for letter in letters.values()]
    finally:
        engine.dispose()


def _measure(letter: BenchLetter, rules: Rules, register: Register, rounds: int) -> StageTimes:
    raw = letter.raw
    rows = [_judge(raw, letter.recipient, rules, register) for _ in range(max(5, rounds))][2:]
    stages = {stage: median(row[stage] for row in rows) for stage in rows[0]}
    whole = sorted(sum(row.values()) for row in rows)
    return StageTimes(letter.name, stages | {"judge": median(whole), "judge p99": whole[int(len(whole) * 0.99)]})


def _judge(raw: bytes, recipient: str, rules: Rules, register: Register) -> dict[str, float]:
    """What `cases.judge` does, with a look at the clock after each stage."""
    watch = _Watch()
    with register.at_once() as asked:
        read = read_letter(raw)
        watch.lap("read")
        findings = rules.detector.find(read)
        watch.lap("detect")
        about = identify(read, asked, rules.patterns)
        watch.lap("identify")
        relations = relate([recipient], about.customers, asked, ["operator.example"])
        watch.lap("relate")
        people = count_people(read, findings)
        watch.lap("people")
        rules.policy.decide(read, [recipient], about, relations, findings, people)
        watch.lap("policy")
    return watch.laps


class _Watch:
    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.thread_time_ns()

    def lap(self, stage: str) -> None:
        now = time.thread_time_ns()
        self.laps[stage], self._last = (now - self._last) / 1e6, now
