"""What is measured: nothing at all, HAProxy, a Postfix relay, the guard, and the guard before Postfix."""

import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.guard import GuardProcess, free_port, make_guard
from tests.support.postfix import start_postfix

_PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))


@dataclass(frozen=True, slots=True)
class System:
    """One way from the load generator to the sink."""

    name: str
    port: int
    pids: tuple[int, ...] = ()
    """Roots of its process trees; the sink and the generator are in none."""
    guard: GuardProcess | None = None

    def passed(self) -> int | None:
        """How many messages the guard says that it has passed on; None for the others."""
        if self.guard is None:
            return None
        url = f"http://127.0.0.1:{self.guard.desk_port}/metrics"
        with urllib.request.urlopen(url, timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        return next((int(float(line.split()[-1])) for line in lines if 'messages_total{fate="passed"}' in line), 0)


def find_program(name: str) -> str | None:
    """Path of a program, also where only root looks for it."""
    return shutil.which(name, path=_PATH)


@contextmanager
def all_systems(folder: Path, customers: Path, workers: int) -> Iterator[list[System]]:
    """Start everything that is installed; it is all stopped at the end, however that comes."""
    with ExitStack() as stack:
        sink = stack.enter_context(_sink())
        systems = [System("straight to the sink", sink)]
        if haproxy := find_program("haproxy"):
            systems.append(stack.enter_context(_haproxy(haproxy, folder / "haproxy", sink)))
        postfix = None
        if find_program("postfix") and os.geteuid() == 0:
            postfix = stack.enter_context(_postfix(sink))
            systems.append(postfix)
        systems.append(stack.enter_context(_guard("mailguard", folder / "guard", sink, customers, workers)))
        if postfix:
            both = stack.enter_context(
                _guard("mailguard + Postfix", folder / "guarded", postfix.port, customers, workers)
            )
            systems.append(System(both.name, both.port, (*both.pids, *postfix.pids), both.guard))
        yield systems


@contextmanager
def _running(*command: str | Path, port: int) -> Iterator[int]:
    process = subprocess.Popen(
        [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait(port)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def _sink() -> Iterator[int]:
    program = find_program("smtp-sink")
    if program is None:
        raise SystemExit("smtp-sink is not installed (Debian package: postfix)")
    port = free_port()
    as_user = ["-u", "nobody"] if os.geteuid() == 0 else []  # it refuses to run as root
    with _running(program, *as_user, f"127.0.0.1:{port}", "1000", port=port):
        yield port


@contextmanager
def _haproxy(program: str, folder: Path, sink: int) -> Iterator[System]:
    folder.mkdir()
    port = free_port()
    (folder / "haproxy.cfg").write_text(
        "defaults\n mode tcp\n timeout connect 5s\n timeout client 60s\n timeout server 60s\n"
        f"listen smtp\n bind 127.0.0.1:{port}\n server sink 127.0.0.1:{sink}\n",
        encoding="utf-8",
    )
    with _running(program, "-db", "-f", folder / "haproxy.cfg", port=port) as pid:
        yield System("HAProxy, TCP mode", port, (pid,))


@contextmanager
def _postfix(sink: int) -> Iterator[System]:
    with start_postfix(relay_to=sink) as postfix:
        _wait(postfix.port)
        master = int((postfix.folder / "queue" / "pid" / "master.pid").read_text(encoding="ascii"))
        yield System("Postfix relay", postfix.port, (master,))


@contextmanager
def _guard(name: str, folder: Path, next_hop: int, customers: Path, workers: int) -> Iterator[System]:
    folder.mkdir()
    guard = make_guard(folder, next_hop)
    text = guard.config.read_text(encoding="utf-8")
    guard.config.write_text(text.replace("[smtp]\n", f"[smtp]\nworkers = {workers}\n"), encoding="utf-8")
    imported = guard.command("customers", "import", str(customers))
    if imported.returncode != 0:
        raise SystemExit(f"the customers cannot be imported: {imported.stderr}")
    with guard.serving() as process:
        # The further workers are started by the first one, and each needs its seconds to load the rules.
        time.sleep(1.0 if workers == 1 else 5.0)
        yield System(name, guard.smtp_port, (process.pid,), guard)


def _wait(port: int) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"nothing listens on port {port}")
