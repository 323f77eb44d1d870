"""Asks the database the register's questions, past SQLAlchemy's own execution.

Measured on SQLite: a look-up on the driver's cursor takes 4 to 12 us, through `Connection.execute` 17 to 40, and taking
a connection for each 50 more; a letter needs three to eight look-ups. The queries stay SQLAlchemy's; only their text is
kept.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from sqlalchemy import Dialect, Engine, PoolProxiedConnection, Select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.sql.compiler import SQLCompiler

from mailguard.core.errors import RegisterError

_to_json = json.JSONEncoder(ensure_ascii=False, check_circular=False, default=str).encode


class Asker:
    """One connection, taken at the first question; in a `with` block it is given back at the end."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: PoolProxiedConnection | None = None

    def __enter__(self) -> "Asker":
        return self

    def __exit__(self, *error: object) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                self._set(connection, asking=False)
            except self._engine.dialect.loaded_dbapi.Error:
                # A connection that broke is of no use to the next either.
                connection.invalidate()
            connection.close()

    def rows(self, query: Select[Any], **values: object) -> Sequence[tuple[Any, ...]]:
        """The rows of a query. Raises RegisterError when the database does not answer."""
        try:
            text, order, constants = _compiled(query, self._engine.dialect)
            if self._connection is None:
                self._connection = self._engine.raw_connection()
                self._set(self._connection, asking=True)
            cursor = self._connection.cursor()
            cursor.execute(text, _bound({**constants, **values}, order))
            found: Sequence[tuple[Any, ...]] = cursor.fetchall()
            cursor.close()
        except (SQLAlchemyError, self._engine.dialect.loaded_dbapi.Error) as error:
            raise _told(error) from None
        return found

    def _set(self, connection: PoolProxiedConnection, *, asking: bool) -> None:
        if self._engine.dialect.name == "sqlite":
            # A list in a condition makes a table of its own: in memory 2 us, as a file that is never written 25. Not
            # for good: an import gathers a million rows in such tables.
            connection.cursor().execute(f"PRAGMA temp_store={'MEMORY' if asking else 'DEFAULT'}")
        elif connection.driver_connection is not None:
            # Each question sees the last commit anyway: BEGIN and ROLLBACK would be two trips to the server more.
            connection.driver_connection.autocommit = asking


@contextmanager
def translated(engine: Engine) -> Iterator[None]:
    """Turns the database's errors into RegisterError."""
    try:
        yield
    except (SQLAlchemyError, engine.dialect.loaded_dbapi.Error) as error:
        raise _told(error) from None


def _told(error: Exception) -> RegisterError:
    # Only the kind: the text of a database's error quotes customers' data.
    kind = type(error.orig) if isinstance(error, DBAPIError) else type(error)
    return RegisterError(f"customer register: {kind.__name__}")


@lru_cache(maxsize=256)
def _compiled(query: Select[Any], dialect: Dialect) -> tuple[str, tuple[str, ...] | None, dict[str, object]]:
    """The query's text, for drivers that bind by position the order of its parameters, and its own constants."""
    compiled = query.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)  # noqa: S101 - what every SELECT is compiled by
    order = tuple(compiled.positiontup) if compiled.positiontup is not None else None
    return str(compiled), order, dict(compiled.params)


def _bound(values: Mapping[str, object], order: tuple[str, ...] | None) -> Any:
    if order is None:
        return values
    # Of the two databases, only SQLite binds by position, and it has no arrays: `queries.one_of` unpacks JSON there.
    return [_to_json(value) if isinstance(value, list) else value for value in map(values.get, order)]
