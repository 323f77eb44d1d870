"""Fixtures that every room's tests may use: a fresh store on SQLite or on a real PostgreSQL."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from mailguard.core.settings import StoreSettings
from mailguard.store.database import engine as sqlite_engine
from mailguard.store.database.engine import make_engine
from mailguard.store.migrations.upgrade import upgrade
from mailguard.store.store import Store, open_store
from tests.support.postgres import Postgres, start_postgres
from tests.support.waiting import PATIENCE

# How long an example takes says what else the machine does: its own limit is 200 ms.
settings.register_profile("patient", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


class TurnableClock:
    """A clock that stands until a test turns it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **delta: float) -> None:
        """Move it, e.g. `clock.turn(hours=2)`."""
        self.now += timedelta(**delta)


@pytest.fixture
def clock() -> TurnableClock:
    """Monday morning, 2026-11-16 09:00 UTC, until turned."""
    return TurnableClock()


@pytest.fixture(scope="session", autouse=True)
def shipped_busy_milliseconds() -> Iterator[int]:
    """How long the product waits for SQLite's lock. Tests wait longer: a dozen writers whose commits a busy disk takes
    a second each to sync are no trouble."""
    shipped = sqlite_engine._BUSY_MILLISECONDS
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite_engine, "_BUSY_MILLISECONDS", int(1000 * PATIENCE))
        yield shipped


@pytest.fixture
def store_settings(tmp_path: Path) -> StoreSettings:
    """A SQLite store in a folder of its own."""
    return StoreSettings(database_url=f"sqlite:///{tmp_path}/guard.db", key_file=tmp_path / "guard.key")


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with today's tables and nothing in them, to be copied: making the tables takes long."""
    file = tmp_path_factory.mktemp("empty") / "guard.db"
    _make_tables(f"sqlite:///{file}")
    return file


@pytest.fixture
def store(store_settings: StoreSettings, clock: TurnableClock, tmp_path: Path, empty_file: Path) -> Iterator[Store]:
    """A fresh store on SQLite with a standing clock."""
    shutil.copy(empty_file, tmp_path / "guard.db")
    opened = open_store(store_settings, clock)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A real PostgreSQL server of the tests' own, on loopback, from a temporary folder."""
    with start_postgres() as server:
        yield server


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[Postgres]:
    """One that a test may stop. What a thousand tests have written to the shared one takes a minute to recover."""
    with start_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def empty_database(postgres: Postgres) -> str:
    """The name of a PostgreSQL database with today's tables and nothing in them, to be copied."""
    url = postgres.new_database()
    _make_tables(url)
    return url.rpartition("/")[2]


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """The address of a fresh, empty database."""
    url = postgres.new_database()
    yield url
    postgres.drop_database(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def any_store(request: pytest.FixtureRequest, tmp_path: Path, clock: TurnableClock) -> Iterator[Store]:
    """The same test on both databases."""
    postgres: Postgres | None = request.getfixturevalue("postgres") if request.param == "postgresql" else None
    if postgres:
        url = postgres.new_database(like=request.getfixturevalue("empty_database"))
    else:
        url = f"sqlite:///{tmp_path}/guard.db"
        shutil.copy(request.getfixturevalue("empty_file"), tmp_path / "guard.db")
    opened = open_store(StoreSettings(database_url=url, key_file=tmp_path / "guard.key"), clock)
    yield opened
    opened.close()
    if postgres:
        postgres.drop_database(url)


def _make_tables(url: str) -> None:
    engine = make_engine(url)
    upgrade(engine)
    engine.dispose()
