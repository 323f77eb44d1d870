"""One house for the tests of a file."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailguard.core.settings import StoreSettings
from mailguard.store.store import open_store
from tests.conftest import TurnableClock
from tests.desk.who.house import House


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, empty_file: Path) -> Iterator[House]:
    """Everybody in it, on SQLite; tests that change it say so."""
    folder = tmp_path_factory.mktemp("house")
    shutil.copy(empty_file, folder / "guard.db")
    settings = StoreSettings(database_url=f"sqlite:///{folder}/guard.db", key_file=folder / "guard.key")
    store = open_store(settings, TurnableClock())
    yield House(store)
    store.close()
