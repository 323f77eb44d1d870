"""Why a place is found, and why another is not."""

import pytest

from mailguard.core.part import Letter, Part, PartRole
from mailguard.detect.detector import Detector
from mailguard.detect.examined import Explained


def explain(detector: Detector, text: str) -> list[Explained]:
    return detector.explain(Letter("", "", (), (Part("body.1", PartRole.BODY, text),)))


def test_a_finding_is_explained_without_its_value(detector: Detector) -> None:
    """Rule, place, label, form, shape and score are told; the value is nowhere."""
    places = explain(detector, "Hello,\nyour temporary Password is Kestrel41.")
    (place,) = [each for each in places if each.outcome == "found"]
    assert (place.rule, place.part, place.line, place.label) == ("en.password", "body.1", 2, "Password")
    assert (place.form, place.shape, place.outcome) == ("copula", "very_strong", "found")
    assert place.score >= place.hold_at
    assert "Kestrel" not in repr(places)


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("Zoom meeting ID: 881 2045 6123, passcode: 771204", "conference"),
        ("PIN oli mukava 4471 tilaus", "below"),
        ("Your PIN is 110001, New Delhi", "not_near"),
        ("Kod do bramy: ****7b3e, klucz ma dozorca.", "masked"),
    ],
)
def test_what_falls_short_says_why(detector: Detector, text: str, outcome: str) -> None:
    """A place that something speaks against, or whose score is just too low, is told with that reason."""
    assert {place.outcome for place in explain(detector, text) if place.form != "learned"} == {outcome}


def test_a_label_that_holds_its_value_is_not_shown(detector: Detector) -> None:
    """In compounds the first part may be the secret itself."""
    text = "Kirjauduin eilen sisään Pilvi2023-salasanalla, sitten Kesa2020-salasana: Torni_51"
    shown = " ".join(place.label for place in explain(detector, text))
    assert shown
    assert not {"Pilvi", "Kesa"} & set(shown.split())
    assert "20" not in shown


def test_found_places_are_the_findings(detector: Detector) -> None:
    """What `explain` calls found is what `find` finds."""
    text = "User: anna\nPassword: Otter-22\nPIN 4471, PUK 66014438\nFI21 1234 5600 0007 85"
    letter = Letter("", "", (), (Part("body.1", PartRole.BODY, text),))
    found = [place for place in detector.explain(letter) if place.outcome == "found"]
    assert len(found) == len(detector.find(letter)) == 4
