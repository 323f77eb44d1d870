"""`mailguard store upgrade`: all or nothing, and it says what it does."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from mailguard.core.errors import ConfigError, StoreError
from mailguard.core.settings import StoreSettings
from mailguard.store.database.engine import make_engine
from mailguard.store.migrations.upgrade import Step, read_schema, upgrade
from mailguard.store.store import open_store
from mailguard.store.upkeep.upgrading import read_status, upgrade_store
from tests.faults.test_sqlite import locked
from tests.upgrade.conftest import Lay, shape_of

DATABASES = ("sqlite", "postgresql")
OLDEST = "0002"


@pytest.mark.parametrize("database", DATABASES)
def test_an_error_half_way_changes_nothing(lay: Lay, database: str) -> None:
    """After the second of several migrations has failed, the first has not been run either; the next try runs all."""
    old = lay(OLDEST, database)
    engine = make_engine(old.settings.database_url)
    before = shape_of(engine)

    def fail(step: Step) -> None:
        if step.revision == "0004":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        upgrade(engine, fail)
    assert shape_of(engine) == before
    assert read_schema(engine).found == OLDEST
    upgrade(engine)
    assert not read_schema(engine).is_older
    engine.dispose()


@pytest.mark.parametrize("database", DATABASES)
def test_kill_half_way_changes_nothing(lay: Lay, database: str) -> None:
    """The process that upgrades dies as in a power cut: the database is whole and old, and the next try succeeds."""
    old = lay(OLDEST, database)
    engine = make_engine(old.settings.database_url)
    before = shape_of(engine)
    engine.dispose()
    program = (
        "import os, sys\n"
        "from mailguard.store.migrations.upgrade import upgrade\n"
        "from mailguard.store.database.engine import make_engine\n"
        "upgrade(make_engine(sys.argv[1]), lambda step: step.revision == '0004' and os.kill(os.getpid(), 9))\n"
    )
    killed = subprocess.run([sys.executable, "-c", program, old.settings.database_url], check=False)
    assert killed.returncode == -9
    assert shape_of(engine) == before
    assert upgrade_store(old.settings).found == OLDEST
    assert read_status(old.settings).cases == {"approved": 1, "held": 1, "rejected": 1, "released": 1}
    engine.dispose()


def test_locked_database_says_so(lay: Lay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program at work on a SQLite file: a clear error, and nothing is changed."""
    monkeypatch.setattr("mailguard.store.database.engine._BUSY_MILLISECONDS", 200)
    old = lay(OLDEST, "sqlite")
    with (
        locked(tmp_path / "guard.db"),
        pytest.raises(StoreError, match=r"locked by another program.*nothing was changed"),
    ):
        upgrade_store(old.settings)
    assert upgrade_store(old.settings).found == OLDEST


def test_locked_table_says_so(lay: Lay, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long transaction on PostgreSQL is not waited for until all mail waits behind the upgrade."""
    monkeypatch.setattr("mailguard.store.migrations.upgrade._LOCK_SECONDS", 0.2)
    old = lay(OLDEST, "postgresql")
    engine = make_engine(old.settings.database_url)
    with engine.begin() as other:
        other.execute(text("SELECT * FROM cases FOR UPDATE"))
        with pytest.raises(StoreError, match=r"locked by another program.*nothing was changed"):
            upgrade_store(old.settings)
    engine.dispose()
    assert upgrade_store(old.settings).found == OLDEST


@pytest.mark.parametrize(
    ("found", "floor", "said"),
    [
        ("9999", "9999", "was upgraded to 9999 by a newer mailguard"),
        ("0003x", "0003", "which no mailguard has made"),
        ("9999", "0004", ""),
    ],
)
def test_databases_of_others(store_settings: StoreSettings, found: str, floor: str, said: str) -> None:
    """One above our floor and one that is not ours are refused by serve and upgrade; a newer one above it is served."""
    open_store(store_settings).close()
    _claim_version(store_settings, found, floor)
    for work in (open_store, upgrade_store):
        if said:
            with pytest.raises(ConfigError, match=said):
                work(store_settings)
        else:
            work(store_settings)
    status = read_status(store_settings)
    assert (status.schema.found, status.schema.floor) == (found, floor)


def _claim_version(settings: StoreSettings, found: str, floor: str) -> None:
    engine = make_engine(settings.database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :found"), {"found": found})
        connection.execute(text("UPDATE schema_floor SET revision = :floor"), {"floor": floor})
    engine.dispose()


def test_looking_makes_nothing(tmp_path: Path) -> None:
    """`store status` and `store upgrade` on a path without a database tell so, and leave none behind."""
    settings = StoreSettings(database_url=f"sqlite:///{tmp_path}/guard.db", key_file=tmp_path / "guard.key")
    for work in (read_status, upgrade_store):
        with pytest.raises(Exception, match="there is no database"):
            work(settings)
    assert list(tmp_path.iterdir()) == []
