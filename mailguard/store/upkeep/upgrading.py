"""What `mailguard store` does to a database as a whole: look at it, and bring it to today's version."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, inspect, text
from sqlalchemy.engine import Connection

from mailguard.core.clock import utc_now
from mailguard.core.errors import InputError, StoreError
from mailguard.core.settings import StoreSettings
from mailguard.store.database.engine import engine_of
from mailguard.store.database.trouble import translated
from mailguard.store.migrations.upgrade import Schema, Step, read_schema, upgrade
from mailguard.store.store import check_schema
from mailguard.store.tables.nodes import NodeRow

_RECENTLY = timedelta(minutes=2)
"""A node that gave a sign of life within it is serving."""


@dataclass(frozen=True, slots=True)
class Status:
    """A database, looked at without changing it. Works on every version, also on those that this program cannot use."""

    schema: Schema
    place: str
    """File or server, without user name and password."""
    octets: int
    """What it takes on the disk, the write-ahead log included."""
    cases: dict[str, int]
    """How many by state."""
    nodes: tuple[tuple[str, str], ...]
    """Name and version of the guards that serve on it now; those before version 0004 do not say so."""


def read_status(settings: StoreSettings) -> Status:
    """Look at the database of the configuration. A SQLite file that is not there is not made.

    Raises ConfigError, InputError for a file that is not there, StoreError when it does not answer.
    """
    with _engine(settings) as engine, translated():
        schema = read_schema(engine)
        with engine.connect() as connection:
            tables = set(inspect(connection).get_table_names())
            return Status(
                schema,
                _place(engine),
                _octets(engine, connection),
                _cases(connection) if "cases" in tables else {},
                _nodes(connection) if "nodes" in tables else (),
            )


def upgrade_store(settings: StoreSettings, told: Callable[[Step], None] = lambda step: None) -> Schema:
    """Bring the database of the configuration to today's tables; gives what it was before.

    Not done by `open_store`: it cannot be undone, so a person with a backup says when.
    Raises ConfigError for a database of a newer or foreign program, InputError for a file that is not there, DiskFull,
    and StoreError when the database does not answer or others keep it locked. Then it is as it was.
    """
    try:
        with _engine(settings) as engine, translated():
            before = read_schema(engine)
            check_schema(before, may_be_older=True)
            upgrade(engine, told)
    except StoreError as error:
        why = f" ({error.reason})" if error.reason else ""
        raise type(error)(f"{error}{why}; nothing was changed", reason=error.reason) from None
    return before


@contextmanager
def _engine(settings: StoreSettings) -> Iterator[Engine]:
    file = settings.database_url.partition("sqlite:///")[2].partition("?")[0]
    if file and not Path(file).exists():
        raise InputError(f"there is no database at {file}: `mailguard serve` makes one")
    engine = engine_of(settings)
    try:
        yield engine
    finally:
        engine.dispose()


def _place(engine: Engine) -> str:
    url = engine.url
    if engine.dialect.name == "sqlite":
        return str(url.database)
    return f"{url.host or 'localhost'}:{url.port or 5432}/{url.database or ''}"


def _octets(engine: Engine, connection: Connection) -> int:
    if engine.dialect.name == "postgresql":
        return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())
    file = Path(str(engine.url.database))
    parts = (file, file.with_name(file.name + "-wal"))
    return sum(part.stat().st_size for part in parts if part.exists())


def _cases(connection: Connection) -> dict[str, int]:
    # As text: the class of the table knows columns that an older database has not.
    counted = connection.execute(text("SELECT state, count(*) FROM cases GROUP BY state ORDER BY state"))
    return {str(state): int(count) for state, count in counted}


def _nodes(connection: Connection) -> tuple[tuple[str, str], ...]:
    table: Any = NodeRow.__table__  # type: ignore[attr-defined]
    seen = connection.execute(table.select().with_only_columns(table.c.name, table.c.version, table.c.seen_at))
    since = _now(connection) - _RECENTLY
    return tuple(sorted((row.name, row.version) for row in seen if row.seen_at > since))


def _now(connection: Connection) -> datetime:
    # By whose clock the nodes have written: on PostgreSQL the database's (`database.clock`).
    if connection.dialect.name != "postgresql":
        return utc_now()
    said: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    return said.astimezone(UTC)
