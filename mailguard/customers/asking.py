"""Asks the database the register's questions, past SQLAlchemy's own execution.

Measured on SQLite: a look-up on the driver's cursor takes 4 to 12 us, through `Connection.execute` 17 to 40, and taking
a connection for each 50 more; a letter needs two to five look-ups. The queries stay SQLAlchemy's; only their text is
kept.
"""

import json
import math
import weakref
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from sqlalchemy import Dialect, Engine, Select, event
from sqlalchemy.exc import DBAPIError, DisconnectionError, SQLAlchemyError
from sqlalchemy.pool import PoolProxiedConnection
from sqlalchemy.sql.compiler import SQLCompiler

from mailguard.core.errors import RegisterError

_quoted = json.encoder.encode_basestring


class Connections:
    """The connections that questions go over.

    PostgreSQL's are kept apart from the engine's, because what makes questions quick on them would make other queries
    slow: no transaction around each, and one plan for every list of values. To plan a question anew takes the server
    0.4 to 0.9 ms, to answer it 0.1. SQLite's are the engine's, and kept apart too once letter after letter is asked
    for: to take one from the pool and to give it back takes 22 us, as long as the answer; to see that the file is still
    the one that was opened, 4.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._idle: deque[Any] = deque()
        self.on_server = engine.dialect.name == "postgresql"
        in_file = engine.url.database not in (None, "", ":memory:")
        self._taken, self._often = 0, _OFTEN if in_file else math.inf
        weakref.finalize(self, _close_all, self._idle)

    def take(self, *, fresh: bool) -> tuple[Any, bool]:
        """A connection, and whether it may be dead since its last use; with `fresh` one that was not used before."""
        while self._idle and not fresh:
            try:
                driver = self._idle.pop()
            except IndexError:
                break  # Another thread was quicker.
            if self.on_server or self._is_there(driver):
                return driver, self.on_server
            driver.close()
        pooled = self._engine.raw_connection()
        if self.on_server:
            driver = _detached(pooled)
            driver.autocommit = True
            driver.execute("SET plan_cache_mode = force_generic_plan")
            return driver, False
        # A list in a condition makes a table of its own: in memory 2 us, as a file that is never written 25. Not for
        # good on a connection of the pool: an import gathers a million rows in such tables.
        pooled.cursor().execute("PRAGMA temp_store=MEMORY")
        self._taken += 1
        if self._taken < self._often:
            return pooled, False
        if self._taken == self._often:
            # Whoever closes the store expects its file to be nobody's any more.
            idle = self._idle
            event.listen(self._engine, "engine_disposed", lambda engine: _close_all(idle))
        return _detached(pooled), False

    def give_back(self, connection: Any) -> None:
        """After use."""
        if not isinstance(connection, PoolProxiedConnection):
            self._idle.append(connection)
            return
        try:
            connection.cursor().execute("PRAGMA temp_store=DEFAULT")
        finally:
            connection.close()

    def drop(self, connection: Any) -> None:
        """After an error: nobody else gets it, and what is idle may be as broken."""
        if isinstance(connection, PoolProxiedConnection):
            connection.invalidate()
        connection.close()
        _close_all(self._idle)

    def _is_there(self, driver: Any) -> bool:
        """Whether the pool would hand out a connection of this age: SQLite's file may have been moved."""
        try:
            self._engine.pool.dispatch.checkout(driver, None, None)
        except DisconnectionError:
            return False
        return True


_OFTEN = 20
"""A register that was asked for so many letters is a judge's, and no page's of the desk."""


def _detached(pooled: PoolProxiedConnection) -> Any:
    driver = pooled.dbapi_connection
    pooled.detach()
    return driver


def _close_all(idle: deque[Any]) -> None:
    while idle:
        idle.pop().close()


class Asker:
    """One connection, taken at the first question; in a `with` block it is given back at the end."""

    def __init__(self, engine: Engine, connections: Connections) -> None:
        self._engine = engine
        self._connections = connections
        self._connection: Any = None
        self._errors = (SQLAlchemyError, engine.dialect.loaded_dbapi.Error)

    def __enter__(self) -> "Asker":
        return self

    def __exit__(self, *error: object) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                self._connections.give_back(connection)
            except self._errors as broken:
                raise _told(broken) from None

    def rows(self, query: Select[Any], **values: object) -> Sequence[tuple[Any, ...]]:
        """The rows of a query. Raises RegisterError when the database does not answer."""
        text, order, constants = _compiled(query, self._engine.dialect)
        return self._rows(text, _bound({**constants, **values}, order))

    def state(self) -> object | None:
        """Equal as long as nobody has committed anything; None where that is not known. Raises RegisterError.

        The number counts for its connection alone, which must therefore be one that is kept
        (https://sqlite.org/pragma.html#pragma_data_version). PostgreSQL has nothing like it that costs less than a
        question.
        """
        if self._connections.on_server:
            return None
        rows = self._rows("PRAGMA data_version", ())
        return None if isinstance(self._connection, PoolProxiedConnection) else (self._connection, rows[0][0])

    def _rows(self, text: str, bound: Any) -> Sequence[tuple[Any, ...]]:
        try:
            if self._connection is not None:
                return self._ask(self._connection, text, bound)
            return self._first(text, bound)
        except self._errors as error:
            connection, self._connection = self._connection, None
            if connection is not None:
                self._connections.drop(connection)
            raise _told(error) from None

    def _first(self, text: str, bound: Any) -> Sequence[tuple[Any, ...]]:
        self._connection, was_used = self._connections.take(fresh=False)
        if not was_used:
            return self._ask(self._connection, text, bound)
        try:
            return self._ask(self._connection, text, bound)
        except self._errors:
            # The server may have been started anew since.
            self._connections.drop(self._connection)
            self._connection = None
            self._connection, _ = self._connections.take(fresh=True)
            return self._ask(self._connection, text, bound)

    def _ask(self, connection: Any, text: str, bound: Any) -> Sequence[tuple[Any, ...]]:
        cursor = connection.cursor()
        if self._connections.on_server:
            cursor.execute(text, bound, prepare=True)
        else:
            cursor.execute(text, bound)
        found: Sequence[tuple[Any, ...]] = cursor.fetchall()
        cursor.close()
        return found


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
    texts = {name: _to_json(value) if isinstance(value, list) else value for name, value in values.items()}
    return [texts[name] for name in order]


def _to_json(values: list[Any]) -> str:
    """A list of texts or days. `json.dumps` takes three times as long for the short ones of a letter."""
    return f"[{','.join([_quoted(value if isinstance(value, str) else str(value)) for value in values])}]"
