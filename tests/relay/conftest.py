"""A sink and the next hop in front of it."""

from collections.abc import AsyncIterator

import pytest

from mailguard.core.settings import NextHopSettings
from mailguard.relay.next_hop import NextHop
from tests.support.sink import Sink


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    """A fresh one."""
    async with Sink() as opened:
        yield opened


@pytest.fixture
async def next_hop(sink: Sink) -> AsyncIterator[NextHop]:
    """Without TLS and login."""
    hop = NextHop(NextHopSettings(port=sink.port, timeout=5), "guard.example")
    yield hop
    await hop.close()
