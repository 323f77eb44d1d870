"""Values that never count."""

from pathlib import Path

from mailguard.core.part import Letter, Part, PartRole
from mailguard.detect.detector import Detector
from tests.detect.conftest import RULES

OWN = """
allow:
  - FI21 1234 5600 0007 85
  - "0000"
"""


def test_listed_values_are_no_findings(tmp_path: Path, detector: Detector) -> None:
    """The company's own account and a published code pass in any grouping and case; others are found as before."""
    (tmp_path / "own.yaml").write_text(OWN, encoding="utf-8")
    own = Detector.load([RULES, tmp_path])
    text = (
        "Pay to fi2112345600000785 or FI21 1234 5600 0007 85.\n"
        "Factory PIN: 0000. Your PIN: 4471.\nDE89370400440532013000"
    )
    letter = Letter("", "", (), (Part("body.1", PartRole.BODY, text),))
    assert [text[f.start : f.end] for f in own.find(letter)] == ["4471", "DE89370400440532013000"]
    assert len(detector.find(letter)) == 5


def test_part_of_an_allowed_value_is_not_found_in_its_place(tmp_path: Path) -> None:
    """The digits inside an allowed account are not taken for something else."""
    (tmp_path / "own.yaml").write_text("allow: [NL91 ABNA 0417 1643 00]\n", encoding="utf-8")
    own = Detector.load([RULES, tmp_path])
    assert own.find(Letter("", "", (), (Part("body.1", PartRole.BODY, "IBAN NL91ABNA0417164300"),))) == ()
