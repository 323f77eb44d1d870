"""One way from the load generator to the sink, and how a program of it is started and stopped."""

import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.guard import GuardProcess
from tests.support.ports import free_port

STRAIGHT, HAPROXY, RELAY = "straight to the sink", "HAProxy, TCP mode", "Postfix relay"
RSPAMD, AMAVISD, AMAVISD_BETWEEN = "Postfix + rspamd, 50 rules", "amavisd, no checks", "amavisd within Postfix"
GUARD, GUARDED_POSTFIX = "mailguard", "mailguard + Postfix"
FRESH_GUARD = "mailguard, all new to it"
"""It reads each letter as if it were the first, while smtp-source sends the same one over and over."""
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
def running(*command: str | Path, ready: Callable[[], bool]) -> Iterator[int]:
    """The process id of a program in the foreground, once `ready` says so; it is stopped at the end of the block."""
    process = subprocess.Popen(
        [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_until(lambda: ready() or process.poll() is not None, str(command[0]))
        if process.poll() is not None:
            raise SystemExit(f"{command[0]} ended with {process.returncode}")
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until(ready: Callable[[], bool], who: str) -> None:
    """Return once it is; no figures come of a system that does not start within a minute."""
    until = time.monotonic() + 60
    while not ready():
        if time.monotonic() > until:
            raise SystemExit(f"{who} does not start")
        time.sleep(0.05)


def listens(port: int) -> bool:
    """Whether somebody takes connections there."""
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def start_sink() -> Iterator[int]:
    """The port of a server that takes everything."""
    program = find_program("smtp-sink")
    if program is None:
        raise SystemExit("smtp-sink is not installed (Debian package: postfix)")
    port = free_port()
    as_user = ["-u", "nobody"] if os.geteuid() == 0 else []  # it refuses to run as root
    with running(program, *as_user, f"127.0.0.1:{port}", "1000", ready=lambda: listens(port)):
        yield port
