"""Reloading rules."""

import pytest

from mailguard.core.errors import RulesError
from mailguard.detect.detector import Detector
from mailguard.detect.reloading import LastGood
from tests.evaluate.cases import plain_letter

PACK = """
rules:
  - id: own.code
    kind: access_code
    keywords: [zebra]
    pattern: 'zebra-(?P<value>[0-9]{4})'
    match: ["zebra-4826"]
"""


def test_a_broken_file_keeps_the_last_good_set(tmp_path):
    """A rule that no longer loads changes nothing and is told; mended, the new rules hold."""
    file = tmp_path / "own.yaml"
    file.write_text(PACK)
    rules = LastGood(lambda: Detector.load([tmp_path]))
    letter = plain_letter("zebra-4826 and lion-4826")
    assert len(rules.current.find(letter)) == 1
    for broken in (PACK.replace("zebra-(", "zebra-(("), PACK.replace('"zebra-4826"', '"no"'), "rules: [", "\x00"):
        file.write_text(broken)
        error = rules.reload()
        assert error is rules.error is not None
        assert len(rules.current.find(letter)) == 1
    file.write_text(
        PACK.replace("zebra", "(?:zebra|lion)")
        .replace("[(?:zebra|lion)]", "[zebra, lion]")
        .replace('"(?:zebra|lion)', '"lion')
    )
    assert rules.reload() is None
    assert len(rules.current.find(letter)) == 2


def test_the_first_set_must_be_good(tmp_path):
    """A guard does not start with broken rules."""
    (tmp_path / "own.yaml").write_text("rules: [")
    with pytest.raises(RulesError):
        LastGood(lambda: Detector.load([tmp_path]))
