"""The open store: one database, reached through short sessions that turn its troubles into StoreError."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlmodel import Session, col, select, update

from mailguard.core.clock import Clock, utc_now
from mailguard.core.errors import ConfigError, StoreError
from mailguard.core.settings import StoreSettings
from mailguard.store.audit import Audit
from mailguard.store.migrations.upgrade import upgrade
from mailguard.store.sealing import Sealer, load_key
from mailguard.store.sqlite_file import SqliteFile
from mailguard.store.tables import AuditHeadRow

_BUSY_MILLISECONDS = 10_000
_WRITES = {"mailguard_writes": True}


class Store:
    """Database, sealer and audit chain, as one thing that is opened and closed."""

    def __init__(self, engine: Engine, sealer: Sealer, clock: Clock) -> None:
        self.engine = engine
        self.sealer = sealer
        self.clock = clock
        self.audit = Audit(sealer.derive("audit chain"))
        self._writer = engine.execution_options(**_WRITES)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that only reads. Raises StoreError when the database is not there."""
        with _translated(), Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction: committed, and on the disk, when the block ends well; undone when it raises.

        Raises StoreError when the database is not there, full or locked.
        """
        with _translated(), Session(self._writer, expire_on_commit=False) as session, session.begin():
            yield session

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()


def open_store(settings: StoreSettings, clock: Clock = utc_now) -> Store:
    """Open the database of the configuration, making and upgrading it where needed.

    Raises ConfigError for a database address or key file that cannot be used, StoreError when it does not answer.
    """
    engine = make_engine(settings.database_url)
    if engine.dialect.name == "sqlite" and engine.url.database in (None, "", ":memory:"):
        raise ConfigError(None, "store.database_url", "names no file: held mail would be gone at the next start")
    with _translated():
        upgrade(engine)
    return Store(engine, _fitting_key(engine, settings.key_file), clock)


def _fitting_key(engine: Engine, file: Path) -> Sealer:
    """The key that the database belongs to; a new one for a new database only.

    Another key would open no held letter and break the audit chain, and the right one would be missed too late.
    """
    with _translated(), Session(engine) as session:
        wanted = session.exec(select(AuditHeadRow.key_id)).first()
    if wanted and not file.exists():
        raise ConfigError(file, "store.key_file", "is missing, and the database was made with it: put it back")
    sealer = load_key(file)
    if not wanted:
        # Of two nodes that open a new database at once, one writes and the other finds it written.
        first = update(AuditHeadRow).where(col(AuditHeadRow.key_id) == "").values(key_id=sealer.key_id)
        with _translated(), Session(engine.execution_options(**_WRITES)) as session, session.begin():
            session.exec(first)
            wanted = session.exec(select(AuditHeadRow.key_id)).first()
    if wanted not in (None, sealer.key_id):
        raise ConfigError(file, "store.key_file", "is not the key that this database was made with")
    return sealer


def make_engine(database_url: str) -> Engine:
    """An engine for SQLite (WAL, FULL: a commit is on the disk when it returns) or PostgreSQL."""
    try:
        url = make_url(database_url)
        backend = url.get_backend_name()
    except ArgumentError:
        raise ConfigError(None, "store.database_url", 'write e.g. "sqlite:////var/lib/mailguard/guard.db"') from None
    if backend == "postgresql":
        return create_engine(url.set(drivername="postgresql+psycopg"), pool_pre_ping=True, pool_size=10)
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
    return engine


def _prepare_sqlite(connection: Any, record: object) -> None:
    # Transactions are begun by hand in _begin_sqlite; the driver's own idea of them begins too late.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_MILLISECONDS}")
    # Freed pages are overwritten with zeros: a sealed body that was destroyed is not left in the file.
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes its lock at once: one that starts as a reader can be refused half-way, and busy_timeout
    # does not help it then.
    writes = connection.get_execution_options().get("mailguard_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        # Only the driver's first line: the statement's parameters must not travel into logs.
        raise StoreError(f"database: {str(error.orig).splitlines()[0] if str(error.orig) else 'no answer'}") from None
    except SQLAlchemyError as error:
        raise StoreError(f"database: {type(error).__name__}") from None
