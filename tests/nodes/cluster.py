"""Three real guards on one PostgreSQL behind a real HAProxy, each of which may be killed and started again."""

import shutil
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from mailguard.core.settings import StoreSettings
from mailguard.store.store import Store, open_store
from tests.support.guard import GuardProcess, make_guard
from tests.support.haproxy import start_haproxy_over
from tests.support.waiting import PATIENCE

_AHEAD = """\
import datetime
import mailguard.core.clock as clock
clock.utc_now = lambda: datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=1)
"""


@dataclass
class Node:
    """One guard and its life."""

    guard: GuardProcess
    _serving: AbstractContextManager[object] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Start, and wait until it listens."""
        self._serving = self.guard.serving(killed=True)
        self._serving.__enter__()

    def kill(self) -> None:
        """Kill -9, as a power cut would."""
        if self._serving is not None:
            self._serving.__exit__(None, None, None)
            self._serving = None


@dataclass
class Cluster:
    """The nodes, and the ports of HAProxy in front of them."""

    nodes: list[Node]
    smtp_port: int
    desk_port: int
    store: Store
    """The nodes' own store, for a test to look into."""

    def page(self, path: str) -> str:
        """What some node's desk says to whoever is not logged in."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.desk_port}{path}", timeout=PATIENCE) as answer:
            said: bytes = answer.read()
            return said.decode()


@contextmanager
def start_cluster(folder: Path, next_hop_port: int, database_url: str) -> Iterator[Cluster]:
    """Start it all for the length of the block. The third machine's own clock is a day ahead."""
    guards = [_make(folder / f"node{number}", next_hop_port, database_url) for number in (1, 2, 3)]
    _turn_ahead(guards[2])
    settings = StoreSettings(database_url=database_url, key_file=guards[0].folder / "guard.key")
    store = open_store(settings)
    for guard in guards[1:]:
        shutil.copy(settings.key_file, guard.folder / "guard.key")
    nodes = [Node(guard) for guard in guards]
    with ExitStack() as stack, ThreadPoolExecutor(3) as pool:
        stack.callback(store.close)
        for node in nodes:
            stack.callback(node.kill)
        list(pool.map(Node.start, nodes))
        ports = [(guard.smtp_port, guard.desk_port) for guard in guards]
        smtp_port, desk_port = stack.enter_context(start_haproxy_over(ports))
        yield Cluster(nodes, smtp_port, desk_port, store)


def _make(folder: Path, next_hop_port: int, database_url: str) -> GuardProcess:
    folder.mkdir()
    guard = make_guard(folder, next_hop_port, database_url=database_url)
    text = guard.config.read_text(encoding="utf-8")
    guard.config.write_text(text.replace("[smtp]", "[smtp]\nproxy_protocol = true"), encoding="utf-8")
    return guard


def _turn_ahead(guard: GuardProcess) -> None:
    (guard.folder / "sitecustomize.py").write_text(_AHEAD, encoding="utf-8")
    guard.environment["PYTHONPATH"] = f"{guard.folder}:{Path.cwd()}"
