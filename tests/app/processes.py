"""The processes of a guard that serves."""

from contextlib import suppress
from pathlib import Path


def workers_of(parent: int) -> list[int]:
    """Its worker processes: multiprocessing's resource tracker is a child too, and is none."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
            if int(fields[1]) == parent and b"spawn_main" in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
    return found


def listeners_at(port: int) -> int:
    """How many sockets listen there (proc(5), `/proc/net/tcp`): each process that shares a port has its own."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(row[1].endswith(f":{port:04X}") and row[3] == "0A" for row in rows)
