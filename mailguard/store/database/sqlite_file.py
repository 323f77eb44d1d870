"""The file of a SQLite database, watched: a connection to a file that is no longer there keeps nothing.

SQLite goes on writing into a file that was moved or deleted, as if all were well. After a backup was put in its place
under the running guard, held mail would be acknowledged and gone at the next start.
"""

import os
import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy.exc import DisconnectionError

from mailguard.core.errors import ConfigError

_MAGIC = b"SQLite format 3\0"
"""The first octets of every database file (sqlite.org/fileformat.html)."""


class _Watched(sqlite3.Connection):
    file: tuple[int, int] | None = None
    """Device and inode of the file it was opened on."""


class SqliteFile:
    """Opens connections to one file, and gives up those whose file was exchanged since."""

    def __init__(self, path: Path, arguments: dict[str, Any]) -> None:
        """Makes the file where there is none, for its owner alone. Raises ConfigError."""
        self._path, self._arguments = path.absolute(), arguments
        try:
            # The names of sender and recipient are in there: nobody else on the machine has to read them.
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._path.touch(mode=0o600)
            with self._path.open("rb") as file:
                start = file.read(len(_MAGIC))
        except OSError as error:
            raise ConfigError(None, "store.database_url", f"{path} cannot be made: {error.strerror}") from None
        if start and start != _MAGIC:
            raise ConfigError(None, "store.database_url", f"{path} is no SQLite database")

    def connect(self) -> sqlite3.Connection:
        """A new connection. A file that has gone meanwhile is not made anew: that would be an empty database."""
        file = self._identity()
        address = f"file:{quote(str(self._path))}?mode=rw"
        connection = sqlite3.connect(address, uri=True, factory=_Watched, **self._arguments)
        connection.file = file
        return connection

    def check(self, connection: _Watched, record: object, proxy: object) -> None:
        """Pool event `checkout`: a connection to another file is thrown away, and the pool makes a new one."""
        if connection.file is None or connection.file != self._identity():
            raise DisconnectionError("the database file was moved or replaced")

    def _identity(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self._path)
        except OSError:
            return None
        return found.st_dev, found.st_ino
