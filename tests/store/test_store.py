"""The open store: tables, triggers, and troubles that become StoreError."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlmodel import SQLModel

import mailguard.customers.tables
import mailguard.store.tables  # noqa: F401 - fills the metadata
from mailguard.core.errors import ConfigError, StoreError
from mailguard.core.settings import StoreSettings
from mailguard.store.database.engine import make_engine
from mailguard.store.store import Store, open_store


def test_migrations_make_the_tables_of_the_code(any_store: Store) -> None:
    """Nothing is in the classes that is not in the database, and the other way round."""
    with any_store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        differences = [d for d in compare_metadata(context, SQLModel.metadata) if "alembic_version" not in str(d)]
    assert differences == []


def test_store_opens_again(store: Store, store_settings: StoreSettings) -> None:
    """A second start finds what the first one wrote."""
    with store.writing() as session:
        store.audit.append(session, "login", actor="anna", at=store.clock())
    again = open_store(store_settings)
    with again.reading() as session:
        assert again.audit.verify(session) == (1, None)


@pytest.mark.parametrize("instead", ["nothing", "another database", "garbage"])
def test_database_file_that_is_exchanged_is_noticed(
    store: Store, store_settings: StoreSettings, tmp_path: Path, instead: str
) -> None:
    """Nothing is kept in a file that is no longer at its place; once it is back, all goes on by itself."""
    _append(store)
    with store.engine.connect() as connection:
        # What is still in the log belongs to whatever file stands at that place.
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    file = tmp_path / "guard.db"
    file.rename(tmp_path / "moved.db")
    for log in ("guard.db-wal", "guard.db-shm"):
        (tmp_path / log).unlink()
    if instead == "garbage":
        file.write_bytes(b"no database" * 1000)
    elif instead == "another database":
        file.touch()
    for _ in range(2):
        with pytest.raises(StoreError):
            _append(store)
    assert file.exists() == (instead != "nothing")
    (tmp_path / "moved.db").rename(file)
    _append(store)
    with store.reading() as session:
        assert store.audit.verify(session) == (2, None)


def test_lost_key_is_not_made_anew(store: Store, store_settings: StoreSettings) -> None:
    """With letters sealed and a chain begun, a missing or exchanged key file is told at start, and nothing is made."""
    _append(store)
    key = store_settings.key_file.read_bytes()
    store_settings.key_file.unlink()
    with pytest.raises(ConfigError, match="put it back"):
        open_store(store_settings)
    assert not store_settings.key_file.exists()
    store_settings.key_file.write_bytes(bytes(32))
    store_settings.key_file.chmod(0o600)
    with pytest.raises(ConfigError, match=r"store\.key_file: is not the key"):
        open_store(store_settings)
    store_settings.key_file.write_bytes(key)
    open_store(store_settings).close()


def _append(store: Store) -> None:
    with store.writing() as session:
        store.audit.append(session, "login", actor="anna", at=store.clock())


def test_every_sqlite_connection_is_safe(
    store_settings: StoreSettings, shipped_busy_milliseconds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """WAL, FULL, foreign keys and a busy time-out, on each connection (design, section 6)."""
    monkeypatch.setattr("mailguard.store.database.engine._BUSY_MILLISECONDS", shipped_busy_milliseconds)
    store = open_store(store_settings)
    for _ in range(3):
        with store.engine.connect() as connection:
            values = [
                connection.execute(text(f"PRAGMA {name}")).scalar_one()
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            ]
            assert values == ["wal", 2, 1, 10_000]
    store.close()


def test_database_is_for_its_owner_alone(store: Store, tmp_path: Path) -> None:
    """Names of senders and recipients are in there."""
    assert (tmp_path / "guard.db").stat().st_mode & 0o077 == 0


def test_trouble_of_the_database_is_a_store_error_without_parameters(store: Store) -> None:
    """What goes into logs says what is wrong, and quotes no value."""
    with pytest.raises(StoreError) as caught, store.writing() as session:
        session.execute(text("INSERT INTO users (id, name) VALUES (1, :secret)"), {"secret": "Marjapuuro"})
    assert "Marjapuuro" not in str(caught.value)
    assert caught.value.smtp_answer.startswith("451 4.3.0")


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:///{tmp}", "sqlite:///{tmp}/letter.eml"])
def test_database_that_keeps_nothing_is_a_configuration_error(tmp_path: Path, url: str) -> None:
    """Memory, a folder, or a file that is no database: told at start, with the key."""
    (tmp_path / "letter.eml").write_text("From: anna@operator.example")
    settings = StoreSettings(database_url=url.format(tmp=tmp_path), key_file=tmp_path / "guard.key")
    with pytest.raises(ConfigError, match=r"store\.database_url"):
        open_store(settings)


@pytest.mark.parametrize("url", ["nonsense", "mysql://x/y"])
def test_unknown_database_is_a_configuration_error(url: str) -> None:
    """The error names the key."""
    with pytest.raises(ConfigError, match=r"store\.database_url"):
        make_engine(url)


def test_unreachable_postgresql_is_a_store_error(tmp_path: Path) -> None:
    """No server: the start says so, and keeps nothing."""
    settings = StoreSettings(
        database_url="postgresql+psycopg://guard@127.0.0.1:1/guard", key_file=tmp_path / "guard.key"
    )
    with pytest.raises(StoreError):
        open_store(settings)
