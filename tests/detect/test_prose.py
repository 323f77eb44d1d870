"""Plain prose: nothing is found where nothing is."""

import pytest

from mailguard.core.part import Letter, Part, PartRole
from mailguard.detect.detector import Detector
from tests.detect.prose import SENTENCES, sentences


@pytest.mark.parametrize("language", list(SENTENCES))
def test_single_sentences(detector: Detector, language: str) -> None:
    """No sentence of ordinary business prose, alone in a letter, holds a finding."""
    found = []
    for text in sentences(language):
        letter = Letter("", "", (), (Part("body.1", PartRole.BODY, text),))
        found += [(finding.rule, text) for finding in detector.find(letter)]
    assert found == []


@pytest.mark.parametrize("language", list(SENTENCES))
def test_whole_letters(detector: Detector, language: str) -> None:
    """Nor do sentences that stand together, where one's label could reach into the other's numbers."""
    lines = list(sentences(language))
    found = []
    for start in range(len(lines)):
        text = " ".join(lines[start::7][:6]) + "\n" + "\n".join(lines[start::5][:6])
        letter = Letter("", "", (), (Part("body.1", PartRole.BODY, text),))
        found += [(f.rule, text[max(0, f.start - 60) : f.end + 20]) for f in detector.find(letter)]
    assert found == []
