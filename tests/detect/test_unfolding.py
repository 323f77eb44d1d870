"""Wrapped mail: what a mail program's line breaks tear apart is found, and what they put together by chance is not."""

import textwrap
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailguard.core.finding import FindingKind
from mailguard.core.part import Letter, Part, PartRole
from mailguard.detect.detector import Detector
from mailguard.detect.page import Candidate
from mailguard.detect.unfolding import Unfolded
from tests.evaluate.__main__ import would_hold
from tests.evaluate.cases import WRAPPED, Case, letter_of, own_cases


def wrapped(case: Case, width: int, quote: str) -> Case:
    """The letter as a mail program sends it, or quotes it; what it quotes itself was wrapped long ago."""
    lines: list[str] = []
    subject, _, body = case.text.partition("\n\n") if case.text.startswith("Subject: ") else ("", "", case.text)
    for line in body.split("\n"):
        short = textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False)
        lines += [line] if line.startswith(">") or len(line) <= width else short
    text = "\n".join(quote + line for line in lines)
    return replace(case, text=f"{subject}\n\n{text}" if subject else text)


@pytest.fixture(scope="module")
def letters(detector: Detector) -> Sequence[Case]:
    """Labelled letters of plain text that are judged rightly as they were written."""
    plain = [case for case in own_cases() if not case.text.startswith(("Content-Type", "<"))]
    plain = [case for case in plain if case.source not in WRAPPED]
    return [case for case in plain if would_hold(detector, letter_of(case)) == case.hold]


@pytest.mark.parametrize(("width", "quote"), [(72, ""), (60, "> "), (52, ""), (66, ">> ")])
def test_wrapping_changes_no_verdict(detector: Detector, letters: Sequence[Case], width: int, quote: str) -> None:
    """Of all labelled letters at most 1 in 150 is missed, and 1 in 500 held, for the width of its lines."""
    wrong = [case for case in letters if would_hold(detector, letter_of(wrapped(case, width, quote))) != case.hold]
    assert sum(case.hold for case in wrong) <= sum(case.hold for case in letters) / 150, wrong
    assert sum(not case.hold for case in wrong) <= sum(not case.hold for case in letters) / 500, wrong


def found(detector: Detector, text: str, media_type: str = "text/plain") -> list[str]:
    """The values that are found in a body."""
    part = Part("body.1", PartRole.BODY, text, media_type)
    return [each.value.reveal() for each in detector.find(Letter("", "", (), (part,)))]


def test_a_sentence_is_found_where_it_stands(detector: Detector) -> None:
    """The value's place is that of the letter, quotation marks and all: the desk masks it there."""
    text = "> Hello Anna, the workbook that I sent you this morning is locked, and\n> it opens with Tadpole61. Bye!\n"
    assert found(detector, text) == ["Tadpole61"]


def test_a_number_that_wrapping_put_below_a_label_is_no_value(detector: Detector) -> None:
    """A telephone number's second half stands alone in a line by chance."""
    sentence = "Your password was changed. If this was not you, please call us at 020 555 0123."
    assert found(detector, sentence) == []
    assert found(detector, sentence.replace("555 0123", "555\n0123")) == []
    assert found(detector, "> " + sentence.replace("555 0123", "555\n> 0123")) == []


@pytest.mark.parametrize(
    "text",
    [
        "User name for the customer portal: mmeier42\nPassword for the customer portal: Herbst-Laub-29\nSee you, Anna",
        "Until we meet on Monday the password for our shared folder is:\nHerbst-Laub-29",
        "These are needed by everybody who works in the store from Monday:\n- alarm code 551904\n- till code 8842",
    ],
)
def test_lists_are_read_as_they_are_written_too(detector: Detector, text: str) -> None:
    """Lines that have the same length by chance do not become one sentence without a second look."""
    assert found(detector, text) != []


def test_line_breaks_of_html_were_meant(detector: Detector) -> None:
    """Reading HTML has joined its source's lines already."""
    text = "Nothing of it is urgent, only that I have changed what opens the zip,\nit opens with Tadpole61."
    assert Unfolded(text).was_wrapped
    assert found(detector, text) == found(detector, text, "text/html") == ["Tadpole61"]


_LINE = st.text(st.sampled_from("ab1 .:>-\t"), max_size=60)


@given(
    st.lists(st.one_of(_LINE, st.just("words of a line that is nearly full, as wrapping makes them be")), max_size=8)
)
@example(["", ""])
@example(["> a b", ">> c d", " "])
def test_every_sign_has_its_place(lines: list[str]) -> None:
    """Whatever the text: each sign of the joined one stands in the written one where `place` says."""
    text = "\n".join(lines)
    unfolded = Unfolded(text)
    assert unfolded.doubtful == "" or len(unfolded.doubtful) == len(text)
    assert unfolded.was_wrapped or unfolded.text == text
    signs = [Candidate("r", FindingKind.PIN, at, at + 1, 1.0) for at in range(len(unfolded.text))]
    for sign, placed in zip(unfolded.text, unfolded.place(signs), strict=True):
        assert placed.end == placed.start + 1
        assert text[placed.start] == sign or (sign == " " and text[placed.start] == "\n")
