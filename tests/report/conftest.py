"""A store with eight weeks in it."""

import pytest

from mailguard.report.figures import WeeklyFigures, weekly_figures
from mailguard.store.store import Store
from tests.report.sample import fill


@pytest.fixture
def filled(store: Store) -> Store:
    """Weeks 39 to 46 of 2026."""
    fill(store, a_day=2)
    return store


@pytest.fixture
def figures(filled: Store) -> WeeklyFigures:
    """Week 46 of the filled store."""
    return weekly_figures(filled, "2026-W46", "Europe/Helsinki")
