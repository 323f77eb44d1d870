"""A copy of the database in a folder, made while guards serve, with a page that says what it is (`backup.json`).

The letters in it are sealed. The key file is not in it unless wanted: who has both has everything.
"""

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Engine, text

from mailguard import __version__
from mailguard.core.errors import InputError, StoreError
from mailguard.core.settings import StoreSettings
from mailguard.store.database.engine import engine_of
from mailguard.store.database.trouble import translated
from mailguard.store.migrations.upgrade import read_schema
from mailguard.store.upkeep.postgres_tools import dump

MANIFEST = "backup.json"
KEY = "guard.key"
FILES = {"sqlite": "guard.db", "postgresql": "guard.dump"}
_PAGES = 1000
"""Copied at a time: holds go on meanwhile, and the bar moves."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup is of. Nothing in it is a secret."""

    made_at: str
    """ISO 8601, UTC."""
    mailguard: str
    """Version of the program that made it."""
    database: str
    """`sqlite` or `postgresql`."""
    schema: str
    """The newest migration that the database has seen."""
    key_id: str
    """Which key of the key file opens it."""
    entries: int
    """Audit entries in it, at least: on PostgreSQL some may have come while it was made."""
    digest: str
    """Of the last of these entries."""
    sha256: str
    """Of the file beside."""


def back_up(settings: StoreSettings, folder: Path, progress: Progress, *, with_key: bool = False) -> Manifest:
    """Copy the database of the configuration into a new folder, which only its owner can read.

    Works on databases of earlier versions too. A run that is stopped leaves no `backup.json`, and so no backup.
    Raises InputError for a folder that cannot be used or a missing pg_dump, ConfigError, StoreError.
    """
    engine = engine_of(settings)
    try:
        with translated():
            schema = read_schema(engine).found
        if schema is None:
            raise InputError("the database is empty: there is nothing to back up")
        _make_folder(folder)
        kind = engine.dialect.name
        file = folder / FILES[kind]
        if kind == "sqlite":
            head = _copy(Path(engine.url.database or ""), file, progress)
        else:
            head = _head(engine)
            dump(engine.url, file)
    finally:
        engine.dispose()
    if with_key:
        _copy_private(settings.key_file, folder / KEY)
    seq, digest, key_id = head
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    manifest = Manifest(made_at, __version__, kind, schema, key_id, seq, digest, digest_of(file))
    _write_last(folder / MANIFEST, json.dumps(asdict(manifest), indent=1) + "\n")
    return manifest


def read_manifest(folder: Path) -> Manifest:
    """What a backup says that it is, after a look whether its file is whole. Raises InputError."""
    try:
        values = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        manifest = Manifest(**{field.name: values[field.name] for field in fields(Manifest)})
        file = folder / FILES[manifest.database]
        whole = digest_of(file) == manifest.sha256
    except OSError as error:
        raise InputError(f"{folder} is no whole backup: {error.filename}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError):
        raise InputError(f"{folder / MANIFEST} is not what `mailguard store backup` writes") from None
    if not whole:
        raise InputError(f"{file} is not as it was when the backup was made: it is damaged or was changed")
    return manifest


def digest_of(file: Path) -> str:
    """SHA-256 of a file."""
    digest = sha256()
    with file.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise InputError(f"{folder} is not empty: name a new folder")
        folder.chmod(0o700)
    except OSError as error:
        raise InputError(f"{folder} cannot be made: {error.strerror}") from None


def _copy(source: Path, target: Path, progress: Progress) -> tuple[int, str, str]:
    """Copy a SQLite database page by page, and give the head of its audit chain."""
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    reading, writing = sqlite3.connect(source, isolation_level=None), sqlite3.connect(target)
    try:
        # In a transaction: what guards write meanwhile goes on without us. Without one, each of their commits would
        # make the copy begin anew.
        reading.execute("BEGIN")
        head: tuple[int, str, str] = reading.execute("SELECT seq, digest, key_id FROM audit_head").fetchone()
        reading.backup(
            writing, pages=_PAGES, progress=lambda _, remaining, total: progress(total - remaining, total), sleep=0
        )
        writing.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        raise StoreError(f"the database cannot be copied: {error}") from None
    finally:
        reading.close()
        writing.close()
    descriptor = os.open(target, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)
    return head


def _head(engine: Engine) -> tuple[int, str, str]:
    with translated(), engine.connect() as connection:
        seq, digest, key_id = connection.execute(text("SELECT seq, digest, key_id FROM audit_head")).one()
        return seq, digest, key_id


def _copy_private(source: Path, target: Path) -> None:
    with source.open("rb") as key, os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as to:
        shutil.copyfileobj(key, to)
        to.flush()
        os.fsync(to.fileno())


def _write_last(file: Path, content: str) -> None:
    draft = file.with_name(f"{file.name}.new")
    with draft.open("w", encoding="utf-8") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    draft.rename(file)
