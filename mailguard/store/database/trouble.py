"""Errors of the two databases as StoreError: DiskFull where the client should hear `452`, and a reason for people.

The driver's own text goes into the log alone: it can name hosts, files and values.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from sqlite3 import (
    SQLITE_BUSY,
    SQLITE_CANTOPEN,
    SQLITE_CORRUPT,
    SQLITE_FULL,
    SQLITE_IOERR,
    SQLITE_LOCKED,
    SQLITE_NOTADB,
    SQLITE_READONLY,
)

from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from mailguard.core.errors import DiskFull, StoreError

_SQLITE = {
    SQLITE_BUSY: "the database is locked by another program",
    SQLITE_LOCKED: "the database is locked by another program",
    SQLITE_READONLY: "the database cannot be written to",
    SQLITE_IOERR: "the disk has errors",
    SQLITE_CORRUPT: "the database is damaged",
    SQLITE_NOTADB: "the database is damaged",
    SQLITE_CANTOPEN: "the database file cannot be opened",
}
"""By primary result code (sqlite.org/rescode.html)."""
_POSTGRESQL = {
    "25006": "the database takes no writes (a standby?)",
    "53200": "the database server has no memory left",
    "53300": "the database server takes no more connections",
    "40P01": "the database is locked by another program",
    "55P03": "the database is locked by another program",
    "57014": "the database took too long",
    "XX001": "the database is damaged",
    "XX002": "the database is damaged",
    "58030": "the database server's disk has errors",
}
"""By SQLSTATE (PostgreSQL manual, appendix A)."""
_STALE = frozenset({SQLITE_READONLY, SQLITE_IOERR, SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_CANTOPEN, "25006"})
"""After these a connection is not used again: it would go on with a file or a server that was mended or left since."""
_POSTGRESQL_DISK_FULL = "53100"
_NO_ROOM = "there is no room left for the database"
_AWAY = "the database does not answer"
_TOLD_SECONDS = 10.0
"""How long a trouble is told after it was met. What failed is tried again sooner than that (counts: every 5 s)."""


class LastTrouble:
    """What writing last ran into, for whoever asks how the store is. For any number of threads.

    Not ended by the next success: a full disk lets small things through between two large ones.
    """

    def __init__(self) -> None:
        self._met: tuple[float, StoreError] | None = None

    @contextmanager
    def translated(self) -> Iterator[None]:
        """As `translated` below, and remembers it. A broken rule of the data is no trouble of the database's."""
        try:
            with translated():
                yield
        except StoreError as error:
            if error.reason:
                self._met = time.monotonic(), error
            raise

    def look(self) -> StoreError | None:
        """The trouble of the last seconds; None: there was none."""
        met = self._met
        return met[1] if met and time.monotonic() - met[0] < _TOLD_SECONDS else None


@contextmanager
def translated() -> Iterator[None]:
    """Errors of the database leave the block as StoreError."""
    try:
        yield
    except SQLAlchemyError as error:
        raise store_error(error) from None


def store_error(error: SQLAlchemyError) -> StoreError:
    """The StoreError for an error of the database."""
    if isinstance(error, DBAPIError):
        return _of_driver(error.orig, _AWAY if isinstance(error, OperationalError | InterfaceError) else "")
    if isinstance(error, PoolTimeout):
        return StoreError("database: every connection is in use", reason="every connection to the database is in use")
    return StoreError(f"database: {type(error).__name__}")


def give_up_stale(context: ExceptionContext) -> None:
    """Engine event `handle_error`: the pool opens new connections after an error that belongs to the old ones."""
    primary, state = _codes(context.original_exception)
    if primary in _STALE or state in _STALE:
        context.is_disconnect = True
        if primary and context.connection is not None:
            # A SQLite connection that is closed with a query half read keeps its lock for as long as the query lives.
            with suppress(sqlite3.Error, SQLAlchemyError):
                context.connection.connection.rollback()


def _of_driver(error: BaseException | None, otherwise: str) -> StoreError:
    # Only the driver's first line: the statement's parameters must not travel into logs.
    text = f"database: {str(error).splitlines()[0] if str(error or '') else 'no answer'}"
    primary, state = _codes(error)
    if primary == SQLITE_FULL or state == _POSTGRESQL_DISK_FULL:
        return DiskFull(text, reason=_NO_ROOM)
    return StoreError(text, reason=_SQLITE.get(primary) or _POSTGRESQL.get(state) or otherwise)


def _codes(error: BaseException | None) -> tuple[int, str]:
    """SQLite's primary result code and PostgreSQL's SQLSTATE; 0 and empty for the other database's error."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF, getattr(error, "sqlstate", None) or ""
