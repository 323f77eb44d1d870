"""The open store: one database, reached through short sessions that turn its troubles into StoreError."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from sqlalchemy import Engine
from sqlalchemy.engine import Connection
from sqlmodel import Session, col, select, update

from mailguard.core.clock import Clock, utc_now
from mailguard.core.errors import ConfigError
from mailguard.core.settings import StoreSettings
from mailguard.store.audit.chain import Audit
from mailguard.store.audit.keys import RingKeys
from mailguard.store.database.clock import DatabaseClock
from mailguard.store.database.disk import Disk
from mailguard.store.database.engine import WRITES, engine_of
from mailguard.store.database.trouble import LastTrouble, translated
from mailguard.store.keys.file import make_key_file
from mailguard.store.keys.ring import KeyRing
from mailguard.store.migrations.upgrade import Schema, read_schema, upgrade
from mailguard.store.tables.audit import AuditHeadRow

_HEADS = AuditHeadRow.__table__  # type: ignore[attr-defined]
_KEY_IN_USE = select(_HEADS.c.key_id).with_for_update()


class Store:
    """Database, sealer and audit chain, as one thing that is opened and closed, or open for a `with` block."""

    def __init__(self, engine: Engine, sealer: KeyRing, clock: Clock, disk: Disk | None = None) -> None:
        self.engine = engine
        self.disk = disk or Disk(None, 0)
        self.trouble = LastTrouble()
        self.sealer = sealer
        self.clock = clock
        self.audit = Audit(RingKeys(sealer))
        self._writer = engine.execution_options(**WRITES)

    def __enter__(self) -> "Store":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that only reads. Raises StoreError when the database is not there."""
        with translated(), Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction: committed, and on the disk, when the block ends well; undone when it raises.

        Raises StoreError when the database is not there, full or locked.
        """
        with self.trouble.translated(), Session(self._writer, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def recording(self) -> Iterator[Connection]:
        """The same for rows without objects: a session costs as much as ten of them. Raises as `writing` does."""
        with self.trouble.translated(), self._writer.begin() as connection:
            yield connection

    @staticmethod
    def key_in_use(connection: Connection) -> str:
        """Id of the key that a body is to be wrapped by in this transaction (see `KeyRing.fit`).

        Locks the head of the audit chain: no exchange of keys goes by before the transaction ends.
        """
        return str(connection.execute(_KEY_IN_USE).scalar_one())

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()


def open_store(settings: StoreSettings, clock: Clock | None = None) -> Store:
    """Open the database of the configuration; a new one is made.

    `clock` is the machine's own; on PostgreSQL the database's, which all nodes share.
    Raises ConfigError for a database address or key file that cannot be used, and for a database of another version
    (see `store.upkeep.upgrading`); StoreError when it does not answer.
    """
    engine = engine_of(settings)
    with translated():
        schema = read_schema(engine)
        if schema.is_empty:
            upgrade(engine)
    check_schema(schema)
    disk = Disk(Path(engine.url.database or "") if engine.dialect.name == "sqlite" else None, settings.min_free_mb)
    return Store(engine, _fitting_keys(engine, settings.key_file), clock or _clock_of(engine), disk)


def check_schema(schema: Schema, *, may_be_older: bool = False) -> None:
    """Whether this program may work with the database. Raises ConfigError, in one sentence with the mend."""
    if schema.is_too_new:
        mend = f"was upgraded to {schema.found} by a newer mailguard: install that one"
    elif schema.is_foreign:
        mend = f"holds version {schema.found}, which no mailguard has made: it is another program's"
    elif schema.is_older and not schema.is_empty and not may_be_older:
        mend = f"holds version {schema.found}, this program needs {schema.wanted}: run `mailguard store upgrade`"
    else:
        return
    raise ConfigError(None, "store.database_url", mend)


def _clock_of(engine: Engine) -> Clock:
    if engine.dialect.name != "postgresql":
        return utc_now
    with translated():
        return DatabaseClock(engine)


def _fitting_keys(engine: Engine, file: Path) -> KeyRing:
    """The keys of the file, with the one that the database names in use; a new one for a new database only.

    Another key would open no held letter and break the audit chain, and the right one would be missed too late.
    """
    with translated(), Session(engine) as session:
        wanted = session.exec(select(AuditHeadRow.key_id)).first()
    if not wanted:
        make_key_file(file)
    ring = KeyRing(file)
    if not wanted:
        # Of two nodes that open a new database at once, one writes and the other finds it written.
        first = update(AuditHeadRow).where(col(AuditHeadRow.key_id) == "").values(key_id=ring.key_ids[0])
        with translated(), Session(engine.execution_options(**WRITES)) as session, session.begin():
            session.exec(first)
            wanted = session.exec(select(AuditHeadRow.key_id)).one()
    if wanted not in ring.key_ids:
        mend = f"is not the key that this database was made with (it wants {wanted}): put that one back"
        raise ConfigError(file, "store.key_file", mend)
    ring.follow(wanted)
    return ring
