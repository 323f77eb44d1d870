"""One pool for all tests of readers: what a running guard has."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mailguard.core.part import Letter
from mailguard.detect.detector import Detector
from mailguard.message.budget import Budget
from mailguard.message.extraction.pool import ExtractionPool
from mailguard.message.read import read_letter
from tests.message.writing import attachment, letter, mixed


@pytest.fixture(scope="session")
def pool() -> Iterator[ExtractionPool]:
    """Worker processes with the readers of the product."""
    with ExtractionPool() as opened:
        yield opened


@pytest.fixture
def read(pool: ExtractionPool) -> Callable[..., Letter]:
    """Reads a letter with one attachment: `read(name, octets)`."""

    def read_attachment(name: str, data: bytes, budget: Budget = Budget()) -> Letter:
        return read_letter(letter(mixed("\nHei\n", attachment(name, data))), budget, pool)

    return read_attachment


@pytest.fixture(scope="session")
def detector_kinds() -> Callable[[Letter], set[str]]:
    """Kinds that the shipped rules find in a letter."""
    detector = Detector.load([Path(__file__).parents[3] / "rules"], prove=False)
    return lambda letter: {str(finding.kind) for finding in detector.find(letter)}
