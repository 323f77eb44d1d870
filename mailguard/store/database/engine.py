"""Engines for the databases that a store may be on, and what every connection is told at its beginning."""

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import ArgumentError

from mailguard.core.errors import ConfigError
from mailguard.core.settings import StoreSettings
from mailguard.store.database.sqlite_file import SqliteFile
from mailguard.store.database.trouble import give_up_stale

_BUSY_MILLISECONDS = 10_000
_WRITE = "mailguard_writes"
WRITES = {_WRITE: True}
"""Execution option of an engine or connection whose transactions write."""


def engine_of(settings: StoreSettings) -> Engine:
    """An engine for the database of the configuration. Raises ConfigError for one that cannot be used."""
    engine = make_engine(settings.database_url)
    if engine.dialect.name == "sqlite" and engine.url.database in (None, "", ":memory:"):
        raise ConfigError(None, "store.database_url", "names no file: held mail would be gone at the next start")
    return engine


def make_engine(database_url: str) -> Engine:
    """An engine for SQLite (WAL, FULL: a commit is on the disk when it returns) or PostgreSQL."""
    try:
        url = make_url(database_url)
        backend = url.get_backend_name()
    except ArgumentError:
        raise ConfigError(None, "store.database_url", 'write e.g. "sqlite:////var/lib/mailguard/guard.db"') from None
    if backend == "postgresql":
        engine = create_engine(url.set(drivername="postgresql+psycopg"), pool_pre_ping=True, pool_size=10)
        event.listen(engine, "handle_error", give_up_stale)
        return engine
    if backend != "sqlite":
        raise ConfigError(None, "store.database_url", f"{backend} is not known; use sqlite or postgresql+psycopg")
    arguments = {"timeout": _BUSY_MILLISECONDS / 1000, "check_same_thread": False}
    if not url.database or url.database == ":memory:":
        engine = create_engine(url, connect_args=arguments)
    else:
        file = SqliteFile(Path(url.database), arguments)
        engine = create_engine(url, creator=file.connect)
        event.listen(engine, "checkout", file.check)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "handle_error", give_up_stale)
    return engine


def _prepare_sqlite(connection: Any, record: object) -> None:
    # Transactions are begun by hand in _begin_sqlite; the driver's own idea of them begins too late.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    # Held bodies fill the log's usual 4 MB in 70 messages, and each checkpoint syncs the whole database once more.
    cursor.execute("PRAGMA wal_autocheckpoint=4000")
    # Pages of one group of holds (16 MB): what does not fit is written to the log twice.
    cursor.execute("PRAGMA cache_size=-16000")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_MILLISECONDS}")
    # Freed pages are overwritten with zeros: a sealed body that was destroyed is not left in the file.
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes its lock at once: one that starts as a reader can be refused half-way, and busy_timeout
    # does not help it then.
    writes = connection.get_execution_options().get(_WRITE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
