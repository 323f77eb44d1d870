"""Disguises: what is found in plain text is found in every dress of it."""

import pytest

from mailguard.detect.detector import Detector
from mailguard.message.read import read_letter
from tests.evaluate.__main__ import would_hold
from tests.evaluate.cases import WRAPPED, letter_of, own_cases
from tests.evaluate.mutations import MUTATIONS, mutations


@pytest.mark.parametrize("language", ["en", "fi", "sv", "pl", "nl", "de"])
def test_disguised_letters(detector: Detector, language: str) -> None:
    """At least 98 in 100 disguises of letters that are held in plain dress are held too."""
    own = [case for case in own_cases() if case.language == language and case.source not in WRAPPED]
    cases = [case for case in own if case.hold][:30]
    cases = [case for case in cases if would_hold(detector, letter_of(case))]
    letters = [(name, case, read_letter(raw)) for case in cases for name, raw in mutations(case)]
    lost = [
        (name, case.text) for name, case, letter in letters if not (letter.troubles or would_hold(detector, letter))
    ]
    assert len(letters) == len(cases) * len(MUTATIONS)
    assert len(lost) <= 0.02 * len(letters), lost
