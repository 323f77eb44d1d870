"""Fixtures that every room's tests may use: a fresh store on SQLite or on a real PostgreSQL."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailguard.core.settings import StoreSettings
from mailguard.store.store import Store, open_store
from tests.support.postgres import Postgres, start_postgres


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


@pytest.fixture
def store_settings(tmp_path: Path) -> StoreSettings:
    """A SQLite store in a folder of its own."""
    return StoreSettings(database_url=f"sqlite:///{tmp_path}/guard.db", key_file=tmp_path / "guard.key")


@pytest.fixture
def store(store_settings: StoreSettings, clock: TurnableClock) -> Iterator[Store]:
    """A fresh store on SQLite with a standing clock."""
    opened = open_store(store_settings, clock)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A real PostgreSQL server of the tests' own, on loopback, from a temporary folder."""
    with start_postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: Postgres) -> str:
    """The address of a fresh, empty database."""
    return postgres.new_database()


@pytest.fixture(params=["sqlite", "postgresql"])
def any_store(request: pytest.FixtureRequest, tmp_path: Path, clock: TurnableClock) -> Iterator[Store]:
    """The same test on both databases."""
    url = f"sqlite:///{tmp_path}/guard.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    opened = open_store(StoreSettings(database_url=url, key_file=tmp_path / "guard.key"), clock)
    yield opened
    opened.close()
