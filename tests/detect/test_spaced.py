"""Letter-spaced labels and values."""

import pytest

from mailguard.core.part import Letter, Part, PartRole
from mailguard.detect.detector import Detector
from tests.detect.conftest import Kinds


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Hi\np a s s w o r d : K e s a 7 7\nBye", "K e s a 7 7"),
        ("s a l a s a n a   o n   K e s a r a n t a 7 7", "K e s a r a n t a 7 7"),
        ("P I N :  4 4 7 1", "4 4 7 1"),
    ],
)
def test_letter_spaced(detector: Detector, text: str, value: str) -> None:
    """What is written with a space after every letter is found where it stands."""
    (finding,) = detector.find(Letter("", "", (), (Part("body.1", PartRole.BODY, text),)))
    assert text[finding.start : finding.end] == value


@pytest.mark.parametrize(
    "text",
    [
        "P A S S W O R D   P O L I C Y",
        "1 2 3 4 5 6 7 8 9",
        "W E L C O M E\nA b c 1 2 3 4 5",
        "p a s s w o r d : * * * * * *",
    ],
)
def test_letter_spaced_near_miss(kinds: Kinds, text: str) -> None:
    """Headings and rows of single digits pass."""
    assert not kinds(text)
