"""What is measured: nothing at all, the peers that are installed, the guard, and the guard before Postfix."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.bench.bystanders import IDLE, SLOW
from tests.bench.peers import start_peers
from tests.bench.systems import FRESH_GUARD, GUARD, GUARDED_POSTFIX, RELAY, STRAIGHT, System, start_sink
from tests.support.guard import make_guard

_MOST_CONNECTIONS = IDLE + SLOW + 100


@contextmanager
def all_systems(folder: Path, customers: Path, workers: int) -> Iterator[list[System]]:
    """Start everything that is installed; it is all stopped at the end, however that comes."""
    with ExitStack() as stack:
        sink = stack.enter_context(start_sink())
        peers = [stack.enter_context(peer) for peer in start_peers(folder, sink)]
        guard = stack.enter_context(_guard(GUARD, folder / "guard", sink, customers, workers))
        fresh = stack.enter_context(_guard(FRESH_GUARD, folder / "fresh", sink, customers, workers))
        systems = [System(STRAIGHT, sink), *peers, guard, fresh]
        for postfix in peers:
            if postfix.name == RELAY:
                place = folder / "guarded"
                both = stack.enter_context(_guard(GUARDED_POSTFIX, place, postfix.port, customers, workers))
                systems.append(System(both.name, both.port, (*both.pids, *postfix.pids), both.guard))
        yield systems


@contextmanager
def _guard(name: str, folder: Path, next_hop: int, customers: Path, workers: int) -> Iterator[System]:
    folder.mkdir()
    guard = make_guard(folder, next_hop)
    text = guard.config.read_text(encoding="utf-8")
    door = f"[smtp]\nworkers = {workers}\nmax_connections = {_MOST_CONNECTIONS}\n"
    reading = "\n[message]\nremember = false\n" if name == FRESH_GUARD else ""
    guard.config.write_text(text.replace("[smtp]\n", door) + reading, encoding="utf-8")
    imported = guard.command("customers", "import", str(customers))
    if imported.returncode != 0:
        raise SystemExit(f"the customers cannot be imported: {imported.stderr}")
    with guard.serving() as process:
        # The further workers are started by the first one, and each needs its seconds to load the rules.
        time.sleep(1.0 if workers == 1 else 5.0)
        yield System(name, guard.smtp_port, (process.pid,), guard)
