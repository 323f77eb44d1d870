"""Tags tell that two findings are of the same secret, and nothing else."""

from mailguard.detect.detector import Detector
from tests.detect.conftest import RULES
from tests.evaluate.cases import plain_letter


def test_same_secret_same_tag():
    """The tag follows the value, not its grouping, place or rule; another key gives another tag; no key gives none."""
    detector, other = (Detector.load([RULES], prove=False, digest_key=key) for key in (b"k" * 32, b"o" * 32))
    (first,) = detector.find(plain_letter("Your PIN is 4826."))
    (second,) = detector.find(plain_letter("Hei, PIN-koodi on 4 8 2 6"))
    (third,) = detector.find(plain_letter("Your PIN is 4827."))
    (elsewhere,) = other.find(plain_letter("Your PIN is 4826."))
    assert first.tag == second.tag
    assert len({first.tag, third.tag, elsewhere.tag}) == 3
    assert "4826" not in first.tag


def test_no_key_no_tag(detector):
    """An unkeyed digest of a PIN could be undone by trying all of them, so there is none."""
    assert [finding.tag for finding in detector.find(plain_letter("Your PIN is 4826."))] == [""]
