"""What is told of a place in a letter."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailguard.core.part import Part, PartRole
from mailguard.detect.page import Page
from mailguard.detect.pattern import compile_pattern
from mailguard.detect.traits import Trait, close_traits, far_traits, spellings


def _page(text: str, subject: bytes = b"") -> Page:
    return Page(Part("body.1", PartRole.BODY, text), subject=subject)


def _close(text: str, value: str) -> list[Trait]:
    start = text.index(value)
    return close_traits(_page(text), start, start + len(value))


def test_words_before_a_number_with_their_distance() -> None:
    """The nearest word, the next two, and the others of the line; words of the line above are none of them."""
    traits = _close("Above.\nPlease note that the gate code is 4471 from now", "4471")
    assert [what for where, what in traits if where == "1"] == ["is"]
    assert [what for where, what in traits if where == "2"] == ["code", "gate"]
    assert [what for where, what in traits if where == "3"] == ["the", "that", "note", "please"]
    assert {what for where, what in traits if where == "n"} == {"is", "code", "gate", "the", "that", "note", "please"}
    assert [what for where, what in traits if where in "56"] == ["from", "now"]


@pytest.mark.parametrize(
    ("value", "form", "digits"),
    [("Kissa33", "Aa0", "2"), ("4471#", "0#", "4"), ("4tq8-mzx2", "0a0-a0", "3"), ("ÄITI-äiti", "A-a", "0")],
)
def test_the_form_of_a_value(value: str, form: str, digits: str) -> None:
    """Runs of capitals, small letters and digits are one sign each, in every language."""
    traits = dict(_close(f"It is {value} now", value))
    assert (traits["="], traits["#"], traits["+"]) == (form, digits, str(len(value)))


@pytest.mark.parametrize(
    ("text", "alone"),
    [("a\n4471\nb", "11"), ("a 4471", "01"), ("4471 b", "10"), ("> - 4471.", "11"), ("a 4471 b", "00")],
)
def test_whether_the_value_fills_its_line(text: str, alone: str) -> None:
    """Signs of lists and quotations are no words."""
    assert dict(_close(text, "4471"))["|"] == alone


def test_words_of_subject_and_line_above() -> None:
    """The line above counts where the value's own says little; the subject of a short letter always."""
    text = "It opens with\n4471"
    traits = far_traits(_page(text, b"cabin in may"), 14, 18)
    assert [what for where, what in traits if where == "^"] == ["it", "opens", "with"]
    assert [what for where, what in traits if where == "s"] == ["cabin", "may"]
    assert {what for where, what in traits if where == "w"} == {"opens", "with"}


def test_a_long_word_is_known_by_its_beginnings_and_endings() -> None:
    """So that compounds that nobody has learned are met; forms, and words far away, only as a whole."""
    assert set(spellings(("1", "portkoden"))) == {
        *("1portkoden", "1por-", "1port-", "1portk-", "1-den", "1-oden", "1-koden"),
    }
    assert list(spellings(("1", "code"))) == ["1code"]
    assert list(spellings(("w", "portkoden"))) == ["wportkoden"]


@given(st.text(max_size=80), st.integers(0, 80), st.integers(1, 20))
def test_every_place_has_traits(text: str, start: int, length: int) -> None:
    """Whatever the text, a place in it is described, and no trait breaks the lines of a file of weights."""
    start = min(start, len(text))
    end = min(start + length, len(text))
    page = _page(text)
    for trait in (*close_traits(page, start, end), *far_traits(page, start, end)):
        assert "\t" not in "".join(trait) or trait[0] == "="
        assert list(spellings(trait))


@given(st.text(alphabet="ab \nx", max_size=200), st.integers(1, 30))
def test_lines_around_hold_every_place_that_is_near(text: str, reach: int) -> None:
    """The stretches are whole lines, in order, apart, and hold all characters within reach of a word."""
    page, near = _page(text), compile_pattern("ab+a", captures=False)
    stretches = page.lines_around(near, reach)
    assert all(first[1] < second[0] for first, second in pairwise(stretches))
    for start, end in stretches:
        assert start == 0 or text[start - 1] == "\n"
        assert end == len(text) or text[end] == "\n"
    for start, end in near.spans(page.plain):
        wanted = max(0, start - reach), min(len(text), end + reach)
        assert any(low <= wanted[0] and wanted[1] <= high for low, high in stretches)


def test_years_are_told_from_other_numbers() -> None:
    """People choose years that they remember, and letters are full of others: what is learned of one is not of both."""
    assert ("@", "Y") in _close("The gate opens with 1958 now", "1958")
    assert ("@", "Y") not in _close("The gate opens with 4471 now", "4471")
