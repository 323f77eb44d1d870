"""`python -m tests.bench --only register`: a large register, imported twice and asked, on SQLite and PostgreSQL.

Each measured step has a process of its own, so that its CPU and memory are nobody else's.
"""

import resource
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from mailguard.app.wiring import load_rules
from mailguard.core.settings import Settings
from mailguard.customers.importing import import_customers
from mailguard.customers.register import Register
from mailguard.message.read import read_letter
from mailguard.namesake.identify import identify
from mailguard.namesake.relate import relate
from mailguard.store.database.engine import make_engine
from mailguard.store.migrations.upgrade import upgrade
from tests.bench.crowd import Somebody, write_crowd
from tests.bench.databases import empty_database
from tests.bench.processes import alone, usage_of

_LETTERS = {
    "number, own address": "Dear {first} {last},\n\nyour customer number is {id} and your new tariff begins in May.\n",
    "number, other's address": "Dear {first} {last},\n\nyour customer number is {id}; the tariff begins in May.\n",
    "name and home": "Dear {first} {last},\n\nwe send it to {street}, {postcode} {city} on Monday.\n",
    "nobody on record": "Hello,\n\nSigfrid Torvaldsqvist of Mainstreet 12 in Grinzing has asked for offer 77188.\n",
}
"""Kinds of letter; what comes between the lines of a real one is not the register's work."""


@dataclass(frozen=True, slots=True)
class ImportRun:
    """One import of the file."""

    customers: int
    seconds: float
    cpu_seconds: float
    """Of the importing processes and of the database's."""
    peak_mb: float
    """Of the importing process."""


@dataclass(frozen=True, slots=True)
class LookUps:
    """CPU milliseconds of `identify` and `relate` for one recipient in the judging process; waiting besides in wall."""

    p50: float
    p99: float
    wall_p50: float
    kinds: dict[str, float]
    """Medians of each kind of letter."""
    resident_mb: float
    """Of the process after all of them."""


def measure_register(folder: Path, customers: int, names: Sequence[str] = ("SQLite", "PostgreSQL")) -> dict[str, Any]:
    """All figures, by database."""
    file = folder / "crowd.csv"
    people = write_crowd(file, customers)
    results: dict[str, Any] = {}
    for name in names:
        with empty_database(name, folder) as (url, server):
            first, again = (_measure_import(url, file, server) for _ in range(2))
            size = alone(_size, url)
            asked = alone(_ask, url, people)
        results[name] = {
            "import": asdict(first) | {"per_second": first.customers / first.seconds},
            "repeat": asdict(again),
            "size_mb": size,
            "look_ups": asdict(asked),
        }
    file.unlink()
    return results


def _measure_import(url: str, file: Path, server: int | None) -> ImportRun:
    before = usage_of(server).cpu_ms
    run = alone(_import, url, file)
    # The server's process of this connection has ended with it; its time is its parent's now.
    of_server = (usage_of(server).cpu_ms - before) / 1000
    return ImportRun(run.customers, run.seconds, run.cpu_seconds + of_server, run.peak_mb)


def _import(url: str, file: Path) -> ImportRun:
    engine = make_engine(url)
    upgrade(engine)
    started, before = time.monotonic(), _cpu()
    result = import_customers(engine, file, {}, lambda done, total: None)
    seconds, spent = time.monotonic() - started, _cpu() - before
    engine.dispose()
    customers = result.imported + result.unchanged
    return ImportRun(customers, seconds, spent, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def _cpu() -> float:
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _size(url: str) -> float:
    """Megabytes on the disk."""
    parts = make_url(url)
    if parts.get_backend_name() == "sqlite":
        return Path(parts.database or "").stat().st_size / 1e6
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
        return row[0] / 1e6 if row else 0.0


def _ask(url: str, people: Sequence[Somebody]) -> LookUps:
    patterns = load_rules(Settings()).patterns
    engine = make_engine(url)
    register = Register(engine)
    cpu: dict[str, list[float]] = {kind: [] for kind in _LETTERS}
    wall: list[float] = []
    for number, somebody in enumerate(people):
        other = people[number - 1]
        for kind, text in _LETTERS.items():
            to = other.address if kind.startswith("number, other") else somebody.address
            body = text.format(
                first=somebody.first_name, last=somebody.last_name, id=somebody.customer_id,
                street=somebody.street, postcode=somebody.postcode, city=somebody.city,
            )  # fmt: skip
            letter = read_letter(
                f"From: service@operator.example\r\nTo: {to}\r\nSubject: Your contract\r\n"
                f"Content-Type: text/plain; charset=utf-8\r\n\r\n{body}".replace("\n", "\r\n").encode()
            )
            started, before = time.monotonic_ns(), time.thread_time_ns()
            with register.at_once() as asked:
                about = identify(letter, asked, patterns)
                relate([to], about.customers, asked, ["operator.example"])
            cpu[kind].append((time.thread_time_ns() - before) / 1e6)
            wall.append((time.monotonic_ns() - started) / 1e6)
    engine.dispose()
    every = sorted(value for values in cpu.values() for value in values)
    return LookUps(
        p50=every[len(every) // 2],
        p99=every[int(len(every) * 0.99)],
        wall_p50=sorted(wall)[len(wall) // 2],
        kinds={kind: sorted(values)[len(values) // 2] for kind, values in cpu.items()},
        resident_mb=_resident_mb(),
    )


def _resident_mb() -> float:
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS:"))
