"""Customers from a database: one query, in a transaction that only reads, row by row."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, CursorResult, Engine, create_engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from mailguard.core.errors import SourceError
from mailguard.core.one_line import one_line
from mailguard.core.settings.sources import SqlSource
from mailguard.customers.sources.cells import OddValue, cells
from mailguard.customers.sources.secret_file import read_secret

_BATCH = 2000
_READ_ONLY = {
    "postgresql": "SET TRANSACTION READ ONLY",
    "mysql": "SET TRANSACTION READ ONLY",
    "mariadb": "SET TRANSACTION READ ONLY",
    "oracle": "SET TRANSACTION READ ONLY",
    "sqlite": "PRAGMA query_only = ON",
}
"""Other databases have no such transaction: there the account's rights are the guard, and `select_statement`."""
_PATIENCE = {
    # Seconds to connect, milliseconds for one step of the query; a server that is gone is noticed within two minutes.
    "postgresql": {
        "connect_timeout": 10,
        "options": "-c statement_timeout=600000",
        "keepalives_idle": 60,
        "keepalives_interval": 10,
        "keepalives_count": 6,
    },
    "mysql": {"connect_timeout": 10},
    "mariadb": {"connect_timeout": 10},
}


class QueryRows:
    """The rows of a query that is running."""

    size = 0

    def __init__(self, name: str, result: CursorResult[Any]) -> None:
        self.name = name
        self.position = 0
        self.header: Sequence[str] = tuple(result.keys())
        self._result = result

    def rows(self) -> Iterator[tuple[int, Sequence[str]]]:
        """Row number and cells. Raises SourceError when the database breaks off."""
        with _told():
            for row in chain.from_iterable(self._result.partitions(_BATCH)):
                self.position += 1
                try:
                    yield self.position, cells(row)
                except OddValue as odd:
                    raise SourceError(f"row {self.position}: {odd}") from None

    def place(self, number: int) -> str:
        """Where a row is, for people."""
        return f"row {number}"


@contextmanager
def open_query(source: SqlSource) -> Iterator[QueryRows]:
    """Connect, and begin the query. Raises SourceError."""
    engine = _engine(source)
    try:
        with _connect(engine, source) as connection, _told():
            if statement := _READ_ONLY.get(engine.dialect.name):
                connection.exec_driver_sql(statement)
            # Without parameters at all, or drivers would look for placeholders in LIKE '%x'.
            streaming = connection.execution_options(yield_per=_BATCH, no_parameters=True)
            yield QueryRows(source.name, streaming.exec_driver_sql(source.query))
            connection.rollback()
    finally:
        engine.dispose()


def _engine(source: SqlSource) -> Engine:
    try:
        url = make_url(source.url)
        if source.password_file is not None:
            url = url.set(password=read_secret(source.password_file).reveal())
        if url.drivername == "postgresql":
            url = url.set(drivername="postgresql+psycopg")
        if url.drivername in ("sqlite", "sqlite+pysqlite"):
            return create_engine(url, creator=lambda: _open_file(url), poolclass=NullPool)
        patience = _PATIENCE.get(url.get_backend_name(), {})
        return create_engine(url, connect_args=patience, poolclass=NullPool, hide_parameters=True)
    except NoSuchModuleError:
        raise SourceError(f"there is no driver for {source.url.partition(':')[0]} databases") from None
    except ImportError as error:
        raise SourceError(f"the driver is not installed: Python package {error.name}") from None
    except (ArgumentError, TypeError):
        raise SourceError("the database's url cannot be used") from None


def _open_file(url: URL) -> sqlite3.Connection:
    if not url.database or url.database == ":memory:":
        raise SourceError("the url names no file")
    # Opened for reading only: a misspelt name must not make an empty database.
    address = f"{Path(url.database).absolute().as_uri()}?mode=ro"
    return sqlite3.connect(address, uri=True, timeout=30, check_same_thread=False)


@contextmanager
def _connect(engine: Engine, source: SqlSource) -> Iterator[Connection]:
    try:
        connection = engine.connect()
    except DBAPIError as error:
        # Nothing of the database's contents can be in it yet, and it tells a wrong password from a closed port.
        said = one_line(str(error.orig), 300)
        if source.password_file is not None:
            said = said.replace(read_secret(source.password_file).reveal(), "…")
        raise SourceError(f"the database cannot be reached: {said}") from None
    with connection:
        yield connection


@contextmanager
def _told() -> Iterator[None]:
    # Only the error's kind: its text quotes rows.
    try:
        yield
    except DBAPIError as error:
        code = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "sqlite_errorname", None)
        raise SourceError(f"the query failed: {type(error.orig).__name__}{f' ({code})' if code else ''}") from None
    except SQLAlchemyError as error:
        raise SourceError(f"the query failed: {type(error).__name__}") from None
