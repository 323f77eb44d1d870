"""Budgets: what is not looked at is said, so that padding hides nothing."""

from itertools import product

import pytest

from mailguard.core.part import Letter, Part, PartRole
from mailguard.detect.detector import Detector
from mailguard.detect.examined import Examined

WORDS = ["".join(letters) for letters in product("abcdefghijklmn", repeat=4)]


def examine(detector: Detector, *texts: str) -> Examined:
    parts = tuple(Part(f"body.{number}", PartRole.BODY, text) for number, text in enumerate(texts, 1))
    return detector.examine(Letter("", "", (), parts))


@pytest.mark.parametrize(
    "padding",
    [
        "".join(f"pin {word} " for word in WORDS[:12_000]),
        "".join(f"salasana {word}\n" for word in WORDS[:12_000]),
        "pin " * 60_000,
    ],
    ids=["contexts", "lines", "labels"],
)
def test_a_secret_behind_padding_is_found_or_the_part_is_called_exhausted(detector: Detector, padding: str) -> None:
    """A letter padded with labels cannot push its secret out of sight unseen."""
    examined = examine(detector, "Hello", padding + "\n\nSalasana: Kesa2020!\n")
    assert examined.findings or examined.exhausted == ("body.2",)


def test_overfull_part_is_named(detector: Detector) -> None:
    """Only the part that was too full is called exhausted, and the others are looked through."""
    padding = "".join(f"koodi oveen {word} " for word in WORDS)
    examined = examine(detector, padding, "PIN: 4471")
    assert examined.exhausted == ("body.1",)
    assert [finding.part for finding in examined.findings] == ["body.2"]


def test_parts_behind_a_letter_that_is_too_full_are_named(detector: Detector) -> None:
    """Once the whole letter has had its share, nothing behind it passes for looked through."""
    padding = "".join(f"koodi oveen {word} " for word in WORDS[:8000])
    examined = examine(detector, padding, padding, "Hello", "PIN: 4471")
    assert examined.exhausted == ("body.1", "body.2", "body.3", "body.4")


@pytest.mark.parametrize("joint", ["\t", "\n", ";", " "])
def test_ordinary_lists_of_numbers_exhaust_nothing(detector: Detector, joint: str) -> None:
    """A stock list of ten thousand numbers is looked through to its end, though its head speaks of a code."""
    text = "Article code list, please enter in the till\n" + joint.join(
        str(12_000 + 7 * number) for number in range(10_000)
    )
    assert not examine(detector, text).exhausted


def test_ordinary_manuals_exhaust_nothing(detector: Detector) -> None:
    """A long text in which every paragraph speaks of passwords is looked through to its end."""
    sentence = (
        "To change the {} password, open the page of the {} account and follow the steps that are shown there; "
        "whoever has none may ask the {} desk in the entrance hall, which is open on all working days of the year.\n\n"
    )
    text = "".join(sentence.format(a, b, c) for a, b, c in zip(WORDS, WORDS[2000:], WORDS[4000:], strict=False))
    assert examine(detector, text[:200_000]).exhausted == ()


def test_more_values_than_are_laid_down(detector: Detector) -> None:
    """A list with more valid numbers than are counted says so."""
    lines = [f"db://a:Tr{number}xq@d" for number in range(9000)]
    examined = examine(detector, "\n".join(lines))
    assert len(examined.findings) > 1000
    assert examined.exhausted == ("body.1",)
