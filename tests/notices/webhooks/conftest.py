"""Hooks that answer have time for it."""

import httpx
import pytest

from mailguard.notices.webhooks import post
from tests.support.waiting import PATIENCE


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine too an answer comes in time; tests of those that do not answer shorten it."""
    monkeypatch.setattr(post, "_SECONDS", PATIENCE)
    monkeypatch.setattr(post, "_TIMEOUT", httpx.Timeout(PATIENCE))
