"""Write down outside the database where the audit chain ends: to a file, to syslog, to the log."""

import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from logging import INFO, LogRecord
from logging.handlers import SysLogHandler
from pathlib import Path

import structlog

from mailguard.core.errors import StoreError
from mailguard.core.settings import AuditSettings
from mailguard.store.audit.anchor import Anchor, find_anchors, misfits, read_anchor
from mailguard.store.store import Store

_log = structlog.get_logger("mailguard.audit")

SYSLOG = Path("/dev/log")
_READ_BACK = 64 * 1024
"""Octets at the end of the anchor file that are compared with the chain at each anchor: about 400 anchors."""


class Anchoring:
    """Writes an anchor at once, and then every `audit.anchor_hours`."""

    def __init__(self, store: Store, settings: AuditSettings) -> None:
        self._store, self._settings = store, settings
        self._due: datetime | None = None

    def look(self) -> None:
        """Write one if it is time. Raises StoreError when that fails; then it is still time at the next look."""
        now = self._store.clock()
        if self._due is None or now >= self._due:
            write_anchor(self._store, self._settings)
            self._due = now + timedelta(hours=self._settings.anchor_hours)


def write_anchor(store: Store, settings: AuditSettings, syslog: Path = SYSLOG) -> Anchor:
    """Write an anchor to every place that is configured and to the log, and give it.

    A chain that does not lead to the anchors before is an error in the log, and is anchored all the same: whoever looks
    into it later wants to know since when. Raises StoreError when a place cannot be written to, after the others were.
    """
    with store.reading() as session:
        anchor = read_anchor(session, store.clock())
        for earlier, problem in misfits(session, _last_ones(settings.anchor_file)):
            _log.error("audit chain does not fit an anchor", anchor=str(earlier), problem=problem)
    _log.info("audit anchor", line=str(anchor))
    failed = []
    for place, write in _places(settings, syslog):
        try:
            write(str(anchor))
        except OSError as error:
            failed.append(f"{place}: {error.strerror or error}")
    if failed:
        raise StoreError(f"the audit anchor cannot be written to {'; '.join(failed)}")
    return anchor


def _places(settings: AuditSettings, syslog: Path) -> Iterator[tuple[Path, Callable[[str], None]]]:
    if (file := settings.anchor_file) is not None:
        yield file, lambda line: _append(file, line)
    if settings.anchor_syslog:
        yield syslog, lambda line: _send(syslog, line)


def _last_ones(file: Path | None) -> tuple[Anchor, ...]:
    if file is None:
        return ()
    try:
        with file.open("rb") as opened:
            opened.seek(max(0, file.stat().st_size - _READ_BACK))
            return find_anchors(opened.read().decode(errors="replace")).anchors
    except FileNotFoundError:
        return ()
    except OSError as error:
        # A file that may be appended to and not read is a good place for anchors; they are compared by somebody else.
        _log.info("audit anchors are not read back", problem=error.strerror)
        return ()


def _append(file: Path, line: str) -> None:
    """One line more, on the disk when this returns. A new file is for owner and group; an old one keeps its mode."""
    new = not file.exists()
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o640)
    try:
        if new:
            os.fchmod(descriptor, 0o640)  # the group may be that of a collector of logs, whatever the umask says
        whole = f"{line}\n".encode()
        if os.write(descriptor, whole) != len(whole):
            os.write(descriptor, b"\n")  # so that the next one does not stand on a line with a half
            raise OSError(None, "only half of the line was taken")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if new:
        _sync_folder(file.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class _Syslog(SysLogHandler):
    ident = "mailguard: "

    def handleError(self, record: LogRecord) -> None:  # noqa: N802 - the library's name
        raise  # called while the error is handled; the library would print it and go on


def _send(socket: Path, line: str) -> None:
    handler = _Syslog(str(socket), facility=SysLogHandler.LOG_AUTH)
    try:
        handler.emit(LogRecord("mailguard.audit", INFO, "", 0, line, None, None))
    finally:
        handler.close()
