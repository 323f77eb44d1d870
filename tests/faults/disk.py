"""A disk so small that a test can fill it."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.need import missing


@contextmanager
def small_disk(place: Path) -> Iterator[Path]:
    """A file system of 8 MiB at `place`."""
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "mailguard-test", str(place)]
    if subprocess.run(mount, capture_output=True).returncode:
        missing("a small file system cannot be mounted here (needs root)")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


@contextmanager
def filled(disk: Path, leave: int = 0) -> Iterator[None]:
    """No more than `leave` octets are free."""
    filler = disk / "filler"
    free = os.statvfs(disk)
    filler.write_bytes(b"x" * (free.f_bavail * free.f_frsize - leave))
    yield
    filler.unlink()
