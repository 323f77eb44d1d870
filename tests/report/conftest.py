"""A store with eight weeks in it."""

from collections.abc import Iterator

import pytest

from mailguard.core.settings import StoreSettings
from mailguard.report.figures import WeeklyFigures, weekly_figures
from mailguard.store.store import Store, open_store
from tests.conftest import TurnableClock
from tests.report.sample import fill


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Weeks 39 to 46 of 2026. Shared: only to be read."""
    folder = tmp_path_factory.mktemp("weeks")
    settings = StoreSettings(database_url=f"sqlite:///{folder}/guard.db", key_file=folder / "guard.key")
    store = open_store(settings, TurnableClock())
    fill(store, a_day=2)
    yield store
    store.close()


@pytest.fixture(scope="session")
def figures(filled: Store) -> WeeklyFigures:
    """Week 46 of the filled store."""
    return weekly_figures(filled, "2026-W46", "Europe/Helsinki")
