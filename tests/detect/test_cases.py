"""The labelled letters: how many are judged rightly."""

from collections.abc import Iterable

import pytest

from mailguard.detect.detector import Detector
from tests.evaluate.__main__ import would_hold
from tests.evaluate.cases import Case, letter_of, own_cases, shared_cases


def rates(detector: Detector, cases: Iterable[Case]) -> tuple[float, int]:
    cases = list(cases)
    held = [case for case in cases if would_hold(detector, letter_of(case))]
    recall = sum(case.hold for case in held) / max(1, sum(case.hold for case in cases))
    return recall, sum(not case.hold for case in held)


@pytest.mark.parametrize("language", ["en", "fi", "sv", "pl", "nl", "de"])
def test_own_cases(detector: Detector, language: str) -> None:
    """Of our own letters in each language at least 93 in 100 are found, and at least 97 in 100 held rightly."""
    cases = [case for case in own_cases() if case.language == language]
    recall, wrong = rates(detector, cases)
    assert recall >= 0.93
    assert wrong <= 0.03 * len(cases)


def test_shared_cases(detector: Detector) -> None:
    """Of the shared development letters at least 98 in 100 are found, and at most one is held wrongly."""
    cases = list(shared_cases())
    if not cases:
        pytest.skip("no shared development data here")
    recall, wrong = rates(detector, cases)
    assert recall >= 0.98
    assert wrong <= 1
