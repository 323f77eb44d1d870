"""What makes faults quick to see."""

from datetime import timedelta

import pytest


@pytest.fixture(autouse=True)
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Troubles are told for a second instead of ten."""
    monkeypatch.setattr("mailguard.store.database.trouble._TOLD_SECONDS", 1.0)
    monkeypatch.setattr("mailguard.app.disk_watch.DiskWatch.every", timedelta(seconds=1))
