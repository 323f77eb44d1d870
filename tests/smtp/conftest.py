"""A house with everything on its defaults, and a certificate."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.smtp.house import House, open_house
from tests.support.certificate import make_certificate
from tests.support.waiting import PATIENCE


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine too the next hop's EHLO comes in time, and a kept connection to it is not too old."""
    monkeypatch.setattr("mailguard.relay.next_hop._PATIENCE", PATIENCE)
    monkeypatch.setattr("mailguard.relay.next_hop._KEPT_SECONDS", PATIENCE)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    """Front door, sink behind it, a judge that passes."""
    async with open_house() as opened:
        yield opened


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Certificate and key of `localhost`."""
    return make_certificate(tmp_path_factory.mktemp("tls"))
