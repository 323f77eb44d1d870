"""Drives a system: many messages over kept sessions with smtp-source, and a session of our own whose time is taken."""

import smtplib
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.bench.letters import SENDER, BenchLetter
from tests.bench.processes import usage_of
from tests.bench.systems import System, find_program

SESSIONS = 10
_TRIAL = 60
_LONGEST_RUN = 60


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one letter through one system."""

    messages: int
    seconds: float
    cpu_ms: float
    """CPU of the system for one message."""

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.messages / self.seconds


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds from MAIL FROM to the final answer, beside busy sessions."""

    p50: float
    p99: float
    messages: int


def drive(system: System, letter: BenchLetter, seconds: float) -> Run:
    """Send the letter for about so long; how many that are, a short trial tells."""
    trial = send(system, letter, _TRIAL if letter.octets < 500_000 else _TRIAL // 3)
    before = sum(usage_of(pid).cpu_ms for pid in system.pids)
    count = max(20, int(trial.rate * seconds))
    run = send(system, letter, count)
    spent = sum(usage_of(pid).cpu_ms for pid in system.pids) - before
    return Run(count, run.seconds, spent / count)


def measure_latency(system: System, letter: BenchLetter, seconds: float) -> Latency:
    """Single messages over one session while smtp-source keeps nine others busy."""
    times: list[float] = []
    with _busy(system, letter), smtplib.SMTP("127.0.0.1", system.port, timeout=60) as client:
        client.ehlo()
        ends = time.perf_counter() + seconds
        while time.perf_counter() < ends:
            begun = time.perf_counter()
            client.sendmail(SENDER, [letter.recipient], letter.raw)
            times.append((time.perf_counter() - begun) * 1000)
    return latency_of(times)


def latency_of(milliseconds: list[float]) -> Latency:
    """Of as many messages as there are times."""
    times = sorted(milliseconds)
    return Latency(times[len(times) // 2], times[int(len(times) * 0.99)], len(times))


def _command(system: System, letter: BenchLetter, sessions: int, count: int) -> list[str]:
    program = find_program("smtp-source") or "smtp-source"
    options = ["-d", "-s", str(sessions), "-m", str(count), "-F", str(letter.file)]
    return [program, *options, "-f", SENDER, "-t", letter.recipient, f"127.0.0.1:{system.port}"]


def send(system: System, letter: BenchLetter, count: int) -> Run:
    """So many messages over kept sessions; CPU is not looked at."""
    begun = time.perf_counter()
    done = subprocess.run(
        _command(system, letter, SESSIONS, count), capture_output=True, text=True, timeout=_LONGEST_RUN, check=False
    )
    if done.returncode != 0 or done.stderr:
        raise SystemExit(f"{system.name}: smtp-source: {done.stderr.strip()}")
    return Run(count, time.perf_counter() - begun, 0.0)


@contextmanager
def _busy(system: System, letter: BenchLetter) -> Iterator[None]:
    process = subprocess.Popen(
        _command(system, letter, SESSIONS - 1, 10_000_000), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        time.sleep(0.5)
        yield
    finally:
        process.kill()
        process.wait()
