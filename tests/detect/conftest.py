"""The shipped rules, compiled once."""

from collections.abc import Callable
from pathlib import Path

import pytest

from mailguard.core.part import Letter, Part, PartRole
from mailguard.detect.detector import Detector

RULES = Path(__file__).parents[2] / "rules"
Kinds = Callable[[str], set[str]]


@pytest.fixture(scope="session")
def detector() -> Detector:
    """All shipped rules."""
    return Detector.load([RULES])


@pytest.fixture(scope="session")
def kinds(detector: Detector) -> Kinds:
    """Function: text -> the set of kinds found in it."""

    def find(text: str) -> set[str]:
        letter = Letter("", "", (), (Part("body.1", PartRole.BODY, text),))
        return {str(finding.kind) for finding in detector.find(letter)}

    return find
