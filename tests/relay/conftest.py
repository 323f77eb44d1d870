"""A sink and the next hop in front of it."""

from collections.abc import AsyncIterator

import pytest

from mailguard.core.settings import NextHopSettings
from mailguard.relay.next_hop import NextHop
from tests.support.sink import Sink
from tests.support.waiting import PATIENCE


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine too the next hop's EHLO comes in time, and a kept connection to it is not too old."""
    monkeypatch.setattr("mailguard.relay.next_hop._PATIENCE", PATIENCE)
    monkeypatch.setattr("mailguard.relay.next_hop._KEPT_SECONDS", PATIENCE)


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    """A fresh one."""
    async with Sink() as opened:
        yield opened


@pytest.fixture
async def next_hop(sink: Sink) -> AsyncIterator[NextHop]:
    """Without TLS and login."""
    hop = NextHop(NextHopSettings(port=sink.port, timeout=PATIENCE), "guard.example")
    yield hop
    await hop.close()
