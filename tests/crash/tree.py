"""The guard's process tree: started, killed in part or whole, started again."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.crash.trap import PLACE, Plan
from tests.support.guard import GuardProcess
from tests.support.ports import wait_for_port

_START = 120.0
_END = 20.0


class Tree:
    """One guard after the other on the same folder. Its plan is what `tests.crash.trap` reads."""

    def __init__(self, guard: GuardProcess) -> None:
        self.guard = guard
        self.starts = 0
        self._plans = 0
        self._root: int | None = None
        Plan().write(self.plan_file)
        kept = {key: value for key, value in os.environ.items() if not key.startswith("MAILGUARD")}
        self._launcher = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.launch"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=kept | {PLACE: str(self.plan_file), "NO_COLOR": "1"},
            text=True,
        )

    @property
    def plan_file(self) -> Path:
        """What the traps read."""
        return self.guard.folder / "plan"

    @property
    def alive(self) -> bool:
        """Whether the first process is there."""
        return self._root is not None and _read_stat(self._root) is not None

    def start(self, workers: int) -> None:
        """Start it with that many processes at the front door, and wait until it listens."""
        self._wait_for_the_end()
        self.starts += 1
        self._root = self._order(f"start {workers} {self.guard.config} {self.guard.folder}/serve.log")
        for port in (self.guard.smtp_port, self.guard.desk_port):
            until = time.monotonic() + _START
            while self.alive and time.monotonic() < until:
                try:
                    wait_for_port(port, 0.2)
                    break
                except TimeoutError:
                    continue

    def aim(self, step: str, passes: int, *, whole_tree: bool) -> Plan:
        """Make the step deadly."""
        self._plans += 1
        plan = Plan(self._plans, step, passes, whole_tree)
        plan.write(self.plan_file)
        return plan

    def has_fired(self, plan: Plan) -> bool:
        """Whether somebody has died of it."""
        return plan.fired(self.plan_file).exists()

    def disarm(self) -> None:
        """Nobody dies any more."""
        self._plans += 1
        Plan(self._plans).write(self.plan_file)

    def processes(self) -> list[int]:
        """Every process of the tree, the first one first."""
        if self._root is None:
            return []
        group, children = self._root, _living()
        return [
            pid for pid, (parent, of_group) in children.items() if of_group == group or _is_below(pid, children, group)
        ]

    def kill(self, pid: int) -> None:
        """kill -9."""
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return

    def kill_all(self) -> None:
        """A power cut."""
        for pid in self.processes():
            self.kill(pid)

    def settle_down(self) -> None:
        """Give the kernel a moment to end who was killed, so that `alive` tells of it."""
        time.sleep(0.05)

    def stop(self) -> int:
        """SIGTERM, and its exit code."""
        assert self._root is not None
        os.kill(self._root, signal.SIGTERM)
        return self._order(f"wait {self._root}")

    def close(self) -> None:
        """Kill what is left; the launcher goes with its orders."""
        self.kill_all()
        self._launcher.communicate()

    def _order(self, line: str) -> int:
        assert self._launcher.stdin is not None
        assert self._launcher.stdout is not None
        self._launcher.stdin.write(line + "\n")
        self._launcher.stdin.flush()
        return int(self._launcher.stdout.readline())

    def _wait_for_the_end(self) -> None:
        """As a service manager does: what is left of the old tree has gone, or goes, before the new one starts."""
        until = time.monotonic() + _END
        while left := self.processes():
            if time.monotonic() > until:
                for pid in left:
                    self.kill(pid)
            time.sleep(0.02)


def _living() -> dict[int, tuple[int, int]]:
    """Parent and process group of every process."""
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return {pid: found for pid in pids if (found := _read_stat(pid)) is not None}


def _read_stat(pid: int) -> tuple[int, int] | None:
    """Parent and process group (proc(5), fields 3 to 5 of `stat`); None when it is gone, or dead and not yet buried."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return None
    state, parent, group = stat.rpartition(")")[2].split()[:3]
    return None if state in "ZX" else (int(parent), int(group))


def _is_below(pid: int, known: dict[int, tuple[int, int]], root: int) -> bool:
    while pid in known:
        pid = known[pid][0]
        if pid == root:
            return True
    return False
