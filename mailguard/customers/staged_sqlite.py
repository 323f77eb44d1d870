"""Staged rows beside a SQLite register: files of their own, attached for one transaction.

SQLite has one writer, and held mail must find room: whoever reads a large file must not hold the register's lock. So
each process that parses fills a file that nobody else knows, and only the merge writes the database. Readers see the
old register until the commit. Other writers wait, up to ten seconds (`store`), which a day's changes never take; the
first import of a million customers does, once, and mail that is to be held just then is asked to come again (4xx).
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from mailguard.core.errors import RegisterError
from mailguard.customers.filling import fill, without_indexes
from mailguard.customers.merging import renew
from mailguard.customers.rows import Staged
from mailguard.customers.staging import CUSTOMERS_IN, EMAILS_IN, NAMES_IN, Merged
from mailguard.customers.tables.register import CUSTOMERS

_TABLES = {
    "customers_in": ("line INTEGER PRIMARY KEY", *CUSTOMERS_IN),
    "customer_emails_in": EMAILS_IN,
    "customer_other_names_in": NAMES_IN,
}
_CACHE_KIB = 32 * 1024
_UNDER_WAY = "another import is under way: try again when it has ended"
_MANY = 4
"""Where more than one of so many customers is written, it is cheaper to make the indexes anew than to keep them up."""


class PartWriter:
    """Writes rows into a file of this process's own in the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._part: sqlite3.Connection | None = None

    def __getstate__(self) -> Path:
        return self._folder

    def __setstate__(self, folder: Path) -> None:
        self.__init__(folder)  # type: ignore[misc]

    def write(self, staged: Staged) -> tuple[bytes, ...]:
        """Keep the rows in this process's part."""
        part = self._part or self._open()
        part.execute("BEGIN")
        _insert(part, "customers_in", staged.customers)
        _insert(part, "customer_emails_in", staged.emails)
        _insert(part, "customer_other_names_in", staged.names)
        part.execute("COMMIT")
        return ()

    def _open(self) -> sqlite3.Connection:
        part = sqlite3.connect(self._folder / f"part-{os.getpid()}.db", isolation_level=None)
        # What a crash leaves of it is thrown away: neither journal nor waiting for the disk.
        part.execute("PRAGMA journal_mode=OFF")
        part.execute("PRAGMA synchronous=OFF")
        for table, columns in _TABLES.items():
            part.execute(f"CREATE TABLE {table} ({', '.join(columns)})")
        self._part = part
        return part

    def close(self) -> None:
        """Close this process's part; the others end with their processes."""
        if self._part is not None:
            self._part.close()
            self._part = None


def _insert(part: sqlite3.Connection, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    marks = ", ".join("?" * len(_TABLES[table]))
    part.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 - no value in it


class SqliteStaging:
    """See `staging.Staging`."""

    def __init__(self, connection: Connection, folder: Path) -> None:
        self._connection = connection
        # The driver's own connection: what is done on it outside of a transaction, SQLAlchemy need not know of.
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)  # noqa: S101 - what SQLAlchemy's SQLite dialect uses
        self._driver = driver
        self._folder = folder
        self.writer = PartWriter(folder)

    def known(self) -> Iterator[tuple[str, bytes]]:
        """Every customer on record: id and digest of the row."""
        return self._driver.execute("SELECT customer_id, row_hash FROM customers")

    def count(self) -> int:
        """How many customers are on record."""
        return int(self._driver.execute("SELECT count(*) FROM customers").fetchone()[0])

    def ids_of(self, source: str) -> Iterator[str]:
        """Ids of the customers of one source."""
        for row in self._driver.execute("SELECT customer_id FROM customers WHERE source = ?", (source,)):
            yield row[0]

    def take(self, load: tuple[bytes, ...]) -> None:
        """Nothing: the parts are kept already."""

    def merge(self, gone: Sequence[str], domains: Mapping[str, int], at: datetime) -> Merged:
        """See `staging.Staging`."""
        customers = self.count()
        self._attach()
        # The merge sees to references itself, which spares a look-up for each address.
        self._driver.execute("PRAGMA foreign_keys=OFF")
        self._driver.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        if customers:
            self._make_ready(gone)
        staged = self._driver.execute("SELECT count(*) FROM customers_in").fetchone()[0]
        self._connection.execution_options(mailguard_writes=True)
        with self._connection.begin():
            if not customers:
                return fill(self._connection, domains)
            # Readers here see what was there before, indexes and all, until the commit.
            with without_indexes(self._connection, *(CUSTOMERS,) * (staged * _MANY > customers)):
                return renew(self._connection, at)

    def _attach(self) -> None:
        if not any(self._folder.iterdir()):
            self.writer.write(Staged())
        self.writer.close()
        parts = sorted(self._folder.iterdir())
        for number, part in enumerate(parts):
            self._driver.execute(f"ATTACH ? AS part{number}", (str(part),))
        for table in _TABLES:
            both = " UNION ALL ".join(f"SELECT * FROM part{number}.{table}" for number in range(len(parts)))  # noqa: S608
            self._driver.execute(f"CREATE TEMPORARY VIEW {table} AS {both}")

    def _make_ready(self, gone: Sequence[str]) -> None:
        """What `renew` needs besides, made before the lock is taken."""
        run = self._driver.execute
        run("BEGIN")
        run("CREATE TEMPORARY TABLE gone_in (customer_id)")
        self._driver.executemany("INSERT INTO gone_in VALUES (?)", ((customer_id,) for customer_id in gone))
        # Single addresses are looked for in it, and a view has no index.
        run("CREATE TEMPORARY TABLE emails_ready AS SELECT * FROM customer_emails_in")
        run("DROP VIEW customer_emails_in")
        run("ALTER TABLE emails_ready RENAME TO customer_emails_in")
        run("CREATE INDEX temp.ix_emails_in ON customer_emails_in (customer_id)")
        run("COMMIT")


@contextmanager
def stage_sqlite(engine: Engine) -> Iterator[SqliteStaging]:
    """Staging beside the register's file. Raises RegisterError when another import into it is under way."""
    folder = Path(f"{engine.url.database}-import")
    folder.mkdir(mode=0o700, exist_ok=True)
    lock = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RegisterError(_UNDER_WAY) from None
        if not folder.is_dir() or os.fstat(lock).st_ino != folder.stat().st_ino:
            # The import before this one has ended meanwhile and taken its folder away; a third may have made another.
            raise RegisterError(_UNDER_WAY)
        _clear(folder)  # of what an import left that was killed
        connection = engine.connect()
        try:
            yield SqliteStaging(connection, folder)
        finally:
            # With it go the views, attached files and settings that were made on it.
            connection.invalidate()
            connection.close()
            _clear(folder)
            folder.rmdir()
    finally:
        os.close(lock)


def _clear(folder: Path) -> None:
    for part in folder.iterdir():
        part.unlink()
