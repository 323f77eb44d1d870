"""Customers from a folder of CSV files: all matching files together are the whole."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path

from mailguard.core.errors import SourceError
from mailguard.core.settings.sources import CsvSource
from mailguard.customers.file import CustomerFile

_SETTLED_SECONDS = 5.0
"""A file that did not change for so long is taken to be written to its end."""
_PATIENCE_SECONDS = 120.0
_STEP_SECONDS = 1.0
_MOST_FILES = 1000

_Signature = tuple[int, int, int]
"""Inode, octets, time of the last change: what differs when somebody writes on, or puts another file there."""


class FolderRows:
    """The rows of all files, one file after the other."""

    def __init__(self, source: CsvSource, files: dict[Path, _Signature]) -> None:
        self.name = source.name
        self.size = sum(octets for _, octets, _ in files.values())
        self._source = source
        self._files = files
        self._read = 0
        self._current: CustomerFile | None = None
        self._starts: list[tuple[int, Path]] = []
        with CustomerFile.open(next(iter(files))) as first:
            self.header: Sequence[str] = tuple(first.header)

    @property
    def position(self) -> int:
        """Octets read so far."""
        return self._read + (self._current.position if self._current else 0)

    def rows(self) -> Iterator[tuple[int, Sequence[str]]]:
        """Line and cells. Lines are counted through all the files, so that each has its own number (see `place`).

        Raises InputError for a file that cannot be read, SourceError for one that was changed meanwhile.
        """
        before = 0
        for path, signature in self._files.items():
            line = 0
            with CustomerFile.open(path) as file:
                self._current = file
                order = self._order(file)
                self._starts.append((before, path))
                for line, cells in file.rows():
                    yield before + line, cells if order is None else [cells[i] if i < len(cells) else "" for i in order]
                self._current = None
            before += max(line, 1)
            self._read += signature[1]
        if _look(self._source) != self._files:
            raise SourceError("the folder was written to while it was read")

    def place(self, number: int) -> str:
        """File and line of a row, for people."""
        start, path = max(((at, path) for at, path in self._starts if at < number), key=lambda found: found[0])
        return f"{path.name} line {number - start}"

    def _order(self, file: CustomerFile) -> list[int] | None:
        """Where this file has the columns of the first one; None: at the same places."""
        mine, first = _folded(file.header), _folded(self.header)
        if mine == first:
            return None
        if sorted(mine) != sorted(first):
            odd = ", ".join(sorted(set(mine) ^ set(first))) or "their number"
            raise SourceError(f"{file.name}: has other columns than the first file of the folder ({odd})")
        return [mine.index(heading) for heading in first]


@contextmanager
def open_folder(source: CsvSource, *, wait: Callable[[float], None] = time.sleep) -> Iterator[FolderRows]:
    """The files of the folder, once nobody writes to them. Raises SourceError, and InputError for a broken first file.

    `wait` passes the time until a fresh file has settled.
    """
    yield FolderRows(source, _settled(source, wait))


def _settled(source: CsvSource, wait: Callable[[float], None]) -> dict[Path, _Signature]:
    # Seen unchanged for some seconds, or older than that by the clock of the file's own machine and by ours.
    files, unchanged, waited = _look(source), 0.0, 0.0
    while unchanged < _SETTLED_SECONDS and not _all_old(files):
        if waited >= _PATIENCE_SECONDS:
            raise SourceError("a file of the folder is still being written")
        wait(_STEP_SECONDS)
        waited += _STEP_SECONDS
        now = _look(source)
        unchanged = unchanged + _STEP_SECONDS if now == files else 0.0
        files = now
    if not files:
        raise SourceError(f"no file in {source.folder} matches {source.pattern}")
    if len(files) > _MOST_FILES:
        raise SourceError(f"{len(files)} files in {source.folder} match {source.pattern}: too many to be one register")
    return files


def _all_old(files: dict[Path, _Signature]) -> bool:
    newest = max((changed for _, _, changed in files.values()), default=0) / 1e9
    return newest < time.time() - _SETTLED_SECONDS


def _look(source: CsvSource) -> dict[Path, _Signature]:
    try:
        paths = [path for path in source.folder.iterdir() if _matches(path.name, source.pattern) and path.is_file()]
        stats = {path: path.stat() for path in sorted(paths)}
    except OSError as error:
        raise SourceError(f"{source.folder}: cannot be read: {error.strerror}") from None
    return {path: (stat.st_ino, stat.st_size, stat.st_mtime_ns) for path, stat in stats.items()}


def _matches(name: str, pattern: str) -> bool:
    # Programs that copy write to a hidden name first.
    return fnmatchcase(name, pattern) and (not name.startswith(".") or pattern.startswith("."))


def _folded(header: Sequence[str]) -> list[str]:
    return [heading.strip().lower() for heading in header]
