"""Put a backup in the place of the database that the configuration names, after it was checked."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, inspect, text
from sqlmodel import col, update

from mailguard.core.case import CaseState
from mailguard.core.errors import ConfigError, InputError, StoreError
from mailguard.core.settings import StoreSettings
from mailguard.store.audit.chain import Entry
from mailguard.store.database.engine import engine_of
from mailguard.store.database.trouble import translated
from mailguard.store.keys.file import load_keys
from mailguard.store.keys.sealing import Sealer
from mailguard.store.store import open_store
from mailguard.store.tables.awaiting import AwaitingRow
from mailguard.store.tables.cases import CaseRow
from mailguard.store.upkeep.backup import FILES, KEY, Manifest, read_manifest
from mailguard.store.upkeep.postgres_tools import load
from mailguard.store.upkeep.upgrading import upgrade_store

Progress = Callable[[int, int], None]

_DROP_ALL = """DO $$ DECLARE found record; BEGIN
    FOR found IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() LOOP
        EXECUTE format('DROP TABLE IF EXISTS %I CASCADE', found.tablename); END LOOP;
    FOR found IN SELECT oid::regprocedure AS name FROM pg_proc
            WHERE pronamespace = current_schema()::regnamespace LOOP
        EXECUTE 'DROP FUNCTION IF EXISTS ' || found.name || ' CASCADE'; END LOOP;
    END $$"""


def restore(settings: StoreSettings, folder: Path, progress: Progress, *, replace: bool = False) -> Manifest:
    """Restore a backup. The audit chain is checked from its first entry on, and it and the key have to fit, before
    anything stands where a guard would look. A backup of an earlier version is brought to today's tables.

    `replace`: a SQLite database that stands there, and that no program has open, is moved aside. A PostgreSQL database
    has to be empty. Raises InputError, ConfigError for the key file, StoreError when the chain is broken.
    """
    manifest = read_manifest(folder)
    engine = engine_of(settings)
    engine.dispose()
    if engine.dialect.name != manifest.database:
        raise InputError(f"the backup is of a {manifest.database} database, store.database_url names another kind")
    with _key_in_place(settings.key_file, folder / KEY, manifest.key_id):
        if manifest.database == "sqlite":
            _restore_sqlite(settings, folder / FILES["sqlite"], manifest, progress, replace)
        else:
            _restore_postgresql(settings, engine, folder / FILES["postgresql"], manifest, progress)
    return manifest


@contextmanager
def _key_in_place(file: Path, beside: Path, key_id: str) -> Iterator[None]:
    """See that the key file holds the backup's key; where there is none, put the backup's own there."""
    is_put = not os.path.lexists(file) and beside.exists()
    if is_put:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as target:
            target.write(beside.read_bytes())
            target.flush()
            os.fsync(descriptor)
    try:
        if key_id not in (Sealer(master).key_id for master in load_keys(file)):
            raise ConfigError(file, "store.key_file", f"is not the backup's key {key_id}: put that one in its place")
        yield
    except BaseException:
        if is_put:
            file.unlink()
        raise


def _restore_sqlite(
    settings: StoreSettings, backup: Path, manifest: Manifest, progress: Progress, replace: bool
) -> None:
    target = Path(engine_of(settings).url.database or "")
    # The engine makes a file where there is none.
    if target.stat().st_size and not replace:
        raise InputError(f"{target} is a database already: say --replace to have it moved aside")
    _require_alone(target)
    draft = target.with_name(f"{target.name}.restoring")
    try:
        _remove(draft)
        shutil.copyfile(backup, draft)
        draft.chmod(0o600)
        _check(settings.model_copy(update={"database_url": f"sqlite:///{draft}"}), manifest, progress)
        _require_alone(target)
        aside = target.with_name(f"{target.name}.before-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
        if target.stat().st_size:
            # A second name first: with nothing under its own for a moment, a guard would begin a new database there.
            os.link(target, aside)
        with draft.open("rb") as written:
            os.fsync(written.fileno())
        try:
            draft.rename(target)
        except OSError:
            aside.unlink(missing_ok=True)
            raise
        descriptor = os.open(target.parent, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)
    finally:
        _remove(draft)


def _require_alone(target: Path) -> None:
    """Refuse while any program has the database open; alone, take its log into it, so that it is one file."""
    connection = sqlite3.connect(target, timeout=1)
    try:
        # Leaving the log behind needs the file for oneself; every open connection of a guard is in the way.
        connection.execute("PRAGMA journal_mode=DELETE").fetchone()
    except sqlite3.OperationalError:
        raise InputError(f"{target} is in use: stop the guard first") from None
    except sqlite3.DatabaseError:
        return  # damaged: what else is a backup for
    finally:
        connection.close()


def _remove(database: Path) -> None:
    for ending in ("", "-wal", "-shm", "-journal"):
        database.with_name(database.name + ending).unlink(missing_ok=True)


def _restore_postgresql(
    settings: StoreSettings, engine: Engine, backup: Path, manifest: Manifest, progress: Progress
) -> None:
    with translated(), engine.connect() as connection:
        if inspect(connection).get_table_names():
            raise InputError("the PostgreSQL database is not empty: make a new one and name it in store.database_url")
    try:
        load(engine.url, backup)
        try:
            _check(settings, manifest, progress)
        except BaseException:
            _empty(engine)
            raise
    finally:
        engine.dispose()


def _check(settings: StoreSettings, manifest: Manifest, progress: Progress) -> None:
    """Bring a restored copy to today's tables, check its audit chain, and write the restoring into it."""
    upgrade_store(settings)
    with open_store(settings) as store, store.writing() as session:
        entries, bad = store.audit.verify(session, progress)
        if bad is not None:
            raise StoreError(f"the backup was not restored: its audit entry {bad.seq} {bad.problem}")
        if entries < manifest.entries:
            raise StoreError(f"the backup was not restored: it has {entries} of {manifest.entries} audit entries")
        # What is sent of these may have been sent since the backup: sending it then says so (`release again`).
        approved = update(CaseRow).where(col(CaseRow.state) == CaseState.APPROVED, col(CaseRow.sending_at).is_(None))
        unread = update(AwaitingRow).where(col(AwaitingRow.sending_at).is_(None))
        for may_be_sent in (approved, unread):
            session.execute(may_be_sent.values(sending_at=datetime.fromisoformat(manifest.made_at)))
        told = {"made_at": manifest.made_at, "entries": entries}
        entry = Entry("store restored", "command line", store.clock(), details=told)
        store.audit.append_all(session.connection(), [entry])


def _empty(engine: Engine) -> None:
    """Take out what `load` has put in: the database was empty before."""
    with translated(), engine.begin() as connection:
        connection.execute(text(_DROP_ALL))
