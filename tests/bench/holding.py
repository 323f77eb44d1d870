"""`python -m tests.bench --only hold`: messages held a second, straight and through the front door; lists of many."""

import asyncio
import os
import resource
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import uvloop

from mailguard.cases.holding.prepare import prepare_hold
from mailguard.cases.holding.writer import HoldWriter
from mailguard.core.envelope import Client, Envelope
from mailguard.core.person import Role
from mailguard.core.settings import StoreSettings
from mailguard.store.people import add_user
from mailguard.store.store import Store, open_store
from tests.bench.customers import KNOWN, write_register
from tests.bench.databases import empty_database
from tests.bench.letters import BenchLetter, write_letters
from tests.bench.load import drive, measure_latency
from tests.bench.many_cases import make_cases, measure_lists
from tests.bench.pages import measure_pages
from tests.bench.past_letters import make_journal, measure_past
from tests.bench.processes import alone, usage_of
from tests.bench.systems import System, start_sink
from tests.support.guard import make_guard
from tests.support.letters import CUSTOMER, SENDER, judgement_of, write_letter

_CLIENTS = (1, 10, 50)
_OCTETS = 50_000
_SUPERVISORS = 3
"""Each is to be told of each message: a row more."""
_WARM_UP = 100


@dataclass(frozen=True, slots=True)
class HoldRun:
    """One run: sealed, audited, committed messages of 50 kB."""

    clients: int
    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_ms: float
    """A message, of the holding process."""
    server_cpu_ms: float
    """A message, of the database's processes."""
    load: float
    """Of the machine, when the run ended."""


def measure_holding(folder: Path, cases: int, seconds: float, workers: int) -> dict[str, Any]:
    """All figures, by database; the disk's own beside them."""
    results: dict[str, Any] = {"fsync": measure_fsync(folder), "made_up_cases": cases}
    for name in ("SQLite", "PostgreSQL"):
        with empty_database(name, folder) as (url, server):
            runs = alone(_hold_straight, url, folder, server, seconds)
        with empty_database(name, folder) as (url, _):
            through_door = _hold_through_door(folder / name, url, seconds, workers)
        with empty_database(name, folder) as (url, _):
            of_many = alone(_look_at_many, url, folder, cases)
        results[name] = {"straight": [asdict(run) for run in runs], "smtp": through_door} | of_many
    return results


def measure_fsync(folder: Path) -> dict[str, float]:
    """Milliseconds to write 50 kB to the end of a file and have it on the disk."""
    descriptor = os.open(folder / "fsync", os.O_WRONLY | os.O_CREAT)
    times = []
    for _ in range(200):
        begun = time.perf_counter()
        os.write(descriptor, b"x" * _OCTETS)
        os.fsync(descriptor)
        times.append((time.perf_counter() - begun) * 1000)
    os.close(descriptor)
    (folder / "fsync").unlink()
    times.sort()
    return {"p50_ms": times[100], "p99_ms": times[197]}


def _hold_straight(url: str, folder: Path, server: int | None, seconds: float) -> list[HoldRun]:
    store = open_store(_settings(url, folder))
    for number in range(_SUPERVISORS):
        email = f"supervisor{number}@operator.example"
        add_user(store, f"supervisor{number}", email=email, role=Role.SUPERVISOR, password=None)
    with HoldWriter(store) as writer:
        uvloop.run(_clients(store, writer, 10, None, _WARM_UP))
        return [_run(store, writer, clients, server, seconds) for clients in _CLIENTS]


def _run(store: Store, writer: HoldWriter, clients: int, server: int | None, seconds: float) -> HoldRun:
    before, of_server, begun = resource.getrusage(resource.RUSAGE_SELF), usage_of(server).cpu_ms, time.perf_counter()
    times = sorted(uvloop.run(_clients(store, writer, clients, begun + seconds, None)))
    passed, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return HoldRun(
        clients=clients,
        per_second=len(times) / passed,
        p50_ms=times[len(times) // 2],
        p99_ms=times[int(len(times) * 0.99)],
        cpu_ms=spent * 1000 / len(times),
        server_cpu_ms=(usage_of(server).cpu_ms - of_server) / len(times),
        load=os.getloadavg()[0],
    )


async def _clients(store: Store, writer: HoldWriter, clients: int, ends: float | None, most: int | None) -> list[float]:
    """As the front door does: sealed in the event loop, committed by the writer."""
    raw = write_letter("Your PIN is 4826.\n" + "It is for your new telephone.\n" * (_OCTETS // 31))
    envelope = Envelope(SENDER, (CUSTOMER,), Client("192.0.2.7", "app.example"))
    judgement = judgement_of(raw, (CUSTOMER,), "4826")
    times: list[float] = []

    async def client() -> None:
        while len(times) < most if most is not None else time.perf_counter() < (ends or 0):
            begun = time.perf_counter()
            await asyncio.wrap_future(writer.submit(prepare_hold(store, envelope, raw, judgement)))
            times.append((time.perf_counter() - begun) * 1000)

    await asyncio.gather(*(client() for _ in range(clients)))
    return times


def _hold_through_door(folder: Path, url: str, seconds: float, workers: int) -> list[dict[str, Any]]:
    folder.mkdir()
    letter = write_letters(folder, KNOWN)["held, 43 kB"]
    customers = folder / "customers.csv"
    write_register(customers, 1_000)
    with start_sink() as next_hop:
        return [_serve(folder, url, next_hop, letter, number, seconds) for number in sorted({1, workers})]


def _serve(folder: Path, url: str, next_hop: int, letter: BenchLetter, workers: int, seconds: float) -> dict[str, Any]:
    guard = make_guard(folder, next_hop, database_url=url)
    text = guard.config.read_text(encoding="utf-8")
    guard.config.write_text(text.replace("[smtp]\n", f"[smtp]\nworkers = {workers}\n"), encoding="utf-8")
    guard.command("customers", "import", str(folder / "customers.csv"))
    with guard.serving() as process:
        time.sleep(1.0 if workers == 1 else 5.0)
        system = System("mailguard", guard.smtp_port, (process.pid,), guard)
        run, latency = drive(system, letter, seconds), measure_latency(system, letter, seconds)
    return {
        "workers": workers,
        "per_second": run.rate,
        "p50_ms": latency.p50,
        "p99_ms": latency.p99,
        "cpu_ms": run.cpu_ms,
        "load": os.getloadavg()[0],
    }


def _look_at_many(url: str, folder: Path, cases: int) -> dict[str, Any]:
    kept = _settings(url, folder)
    store = open_store(kept)
    make_cases(store, cases)
    lists = measure_lists(store, cases)
    make_journal(store)
    lists |= measure_past(store, cases)
    pages = measure_pages(store, kept)
    return {
        "lists": {name: asdict(times) for name, times in lists.items()},
        "pages": {name: asdict(times) for name, times in pages.items()},
    }


def _settings(url: str, folder: Path) -> StoreSettings:
    # The key belongs to the database: each has its own.
    name = url.rpartition("/")[2]
    return StoreSettings(database_url=url, key_file=folder / f"{name}.{time.time_ns()}.key")
