"""Room on the disk of a SQLite store: mail to be held is asked to come later before the disk is full, not after.

A full disk stops more than holding: decisions, audit entries and letters need room too, and whoever mends it wants to
see what waits. So the last `store.min_free_mb` are kept for them. PostgreSQL's disk is its own machine's matter; what
it says when that is full becomes DiskFull all the same (`database.trouble`).
"""

import os
import time
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from mailguard.core.errors import DiskFull, StoreError

_KEPT_SECONDS = 1.0
"""How long one look at the disk is good for."""
_COPIES = 2
"""A body is written to the write-ahead log first, and from there to the database: until then it takes room twice."""
_ENDS_AT = 1.25
"""The trouble is over with so many times the reserve: at the limit it would begin and end with each letter."""
MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Room:
    """What one look at the disk showed, in octets."""

    free: int
    """What a program that is not root's may use."""
    reserve: int

    @property
    def is_short(self) -> bool:
        """Whether the reserve has begun: nothing more is held."""
        return self.free < self.reserve

    @property
    def is_ample(self) -> bool:
        """Whether a shortage that was told is over."""
        return self.free >= self.reserve * _ENDS_AT

    @property
    def is_tight(self) -> bool:
        """Whether somebody should look for a larger disk: less than twice the reserve."""
        return self.free < 2 * self.reserve


class Disk:
    """The disk below a file. For any number of threads.

    Mail in flight: what was let in within the last look's second and the one before counts as not yet written, because
    some of it waits for the disk. So the reserve is touched only by what waits longer than that: by default (256 MiB)
    by more than two of the largest messages (50 MiB, each twice) or 2,500 of the usual ones (50 kB), in each process.
    Beyond it the database itself says that the disk is full, which is the same answer to the client, and nothing is
    half kept.
    """

    def __init__(self, file: Path | None, reserve_mebibytes: int) -> None:
        """`file` need not be there yet; None: there is no disk of ours to look at."""
        self._folder = file.absolute().parent if file else None
        self._reserve = reserve_mebibytes * MEBIBYTE
        self._lock = Lock()
        self._seen: Room | None = None
        self._looked_at = -_KEPT_SECONDS
        self._promised = self._promised_before = 0

    def look(self) -> Room | None:
        """The room there is, at most a second old; None: the store is on no disk of ours. Raises StoreError."""
        if self._folder is None:
            return None
        with self._lock:
            return self._look(self._folder)

    def require_room(self, octets: int) -> None:
        """Let in a message of that size. Raises DiskFull when it would begin the reserve, StoreError without a disk."""
        if self._folder is None:
            return
        with self._lock:
            room = self._look(self._folder)
            needed = self._promised + octets * _COPIES
            if room.free - self._promised_before - needed < self._reserve:
                raise DiskFull(f"disk: {room.free // MEBIBYTE} MiB free, {self._reserve // MEBIBYTE} are kept back")
            self._promised = needed

    def _look(self, folder: Path) -> Room:
        now = time.monotonic()
        if self._seen is None or now - self._looked_at >= _KEPT_SECONDS:
            try:
                found = os.statvfs(folder)
            except OSError as error:
                raise StoreError(f"disk: {error.strerror}") from None
            self._seen = Room(found.f_bavail * found.f_frsize, self._reserve)
            self._looked_at = now
            self._promised, self._promised_before = 0, self._promised
        return self._seen
