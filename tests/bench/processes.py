"""CPU time and memory of a process with all its descendants, from /proc."""

import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

_T = TypeVar("_T")
_TICK = 1000 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process tree has used up to now."""

    cpu_ms: float
    """User and system time of the living and of those that were waited for."""
    largest_mb: float
    """Resident memory of the largest process."""
    together_mb: float
    """Proportional memory (PSS) of all: pages that processes share count once."""


def alone(function: Callable[..., _T], *values: object) -> _T:
    """Call it in a fresh process, whose CPU and memory are nobody else's."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *values).result()


def usage_of(root: int | None) -> Usage:
    """The tree below a process id; None is nobody's."""
    pids = _tree(root) if root else []
    return Usage(
        sum(_cpu_ms(pid) for pid in pids),
        max((_field(pid, "status", "VmRSS:") for pid in pids), default=0.0),
        sum(_field(pid, "smaps_rollup", "Pss:") for pid in pids),
    )


def _tree(root: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (stat := _stat(int(entry.name))):
            children.setdefault(int(stat[1]), []).append(int(entry.name))
    tree = [root]
    for pid in tree:
        tree += children.get(pid, [])
    return tree


def _stat(pid: int) -> list[str]:
    """Fields of /proc/PID/stat from the state on; the name before them may hold blanks."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return []


def _cpu_ms(pid: int) -> float:
    stat = _stat(pid)
    # utime, stime, cutime, cstime: fields 14 to 17 of proc(5).
    return sum(int(ticks) for ticks in stat[11:15]) * _TICK if stat else 0.0


def _field(pid: int, file: str, name: str) -> float:
    try:
        lines = Path(f"/proc/{pid}/{file}").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(name)), 0.0)
