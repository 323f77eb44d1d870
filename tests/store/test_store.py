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
from mailguard.store.store import Store, make_engine, open_store


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


def test_every_sqlite_connection_is_safe(store: Store) -> None:
    """WAL, FULL, foreign keys and a busy time-out, on each connection (design, section 6)."""
    for _ in range(3):
        with store.engine.connect() as connection:
            values = [
                connection.execute(text(f"PRAGMA {name}")).scalar_one()
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            ]
            assert values == ["wal", 2, 1, 10_000]


def test_database_is_for_its_owner_alone(store: Store, tmp_path: Path) -> None:
    """Names of senders and recipients are in there."""
    assert (tmp_path / "guard.db").stat().st_mode & 0o077 == 0


def test_trouble_of_the_database_is_a_store_error_without_parameters(store: Store) -> None:
    """What goes into logs says what is wrong, and quotes no value."""
    with pytest.raises(StoreError) as caught, store.writing() as session:
        session.execute(text("INSERT INTO users (id, name) VALUES (1, :secret)"), {"secret": "Marjapuuro"})
    assert "Marjapuuro" not in str(caught.value)
    assert caught.value.smtp_answer.startswith("451 4.3.0")


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
