"""A house with everything on its defaults, and a certificate."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.smtp.house import House, open_house
from tests.support.certificate import make_certificate


@pytest.fixture
async def house() -> AsyncIterator[House]:
    """Front door, sink behind it, a judge that passes."""
    async with open_house() as opened:
        yield opened


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Certificate and key of `localhost`."""
    return make_certificate(tmp_path_factory.mktemp("tls"))
