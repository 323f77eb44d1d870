"""Rules of showing foreign text that hold for all input."""

import re

from hypothesis import given
from hypothesis import strategies as st

from mailguard.core.part import Letter, Part, PartRole
from mailguard.desk.case.comparing import differences
from mailguard.desk.display import address, block, is_odd, line, mask_address
from mailguard.desk.letter.marking import Marker, show_letter

ANY = st.text(st.characters(exclude_categories=[]), max_size=300)
"""Half characters included."""
_TAGS = re.compile(r"</?(?:bdi|span|mark|wbr)(?: (?:class|title)=\"[^\"<>]*\"){0,2}>")


@given(ANY)
def test_line_shows_nothing_invisible(text: str) -> None:
    """One line of any text: only our own elements, and no odd character outside them or in them."""
    for shown in (line(text), address(text), *differences("a@b.example", text)):
        rest = _TAGS.sub("", shown)
        assert "<" not in rest
        assert ">" not in rest
        assert not any(is_odd(ch) for ch in shown)


@given(ANY)
def test_block_keeps_lines_and_joiners_only(text: str) -> None:
    """Of the odd characters a letter's text keeps line breaks, tabs and joiners."""
    kept = {ch for ch in block(text) if is_odd(ch)}
    assert kept <= set("\n\r\t\u200c\u200d\u00ad\ufeff")


@given(st.text(st.characters(codec="ascii", exclude_categories=["C"]), max_size=200))
def test_ascii_stays_readable(text: str) -> None:
    """Plain text comes out as it went in, but for the escapes of HTML."""
    assert line(text).unescape() == f"<bdi>{text}</bdi>"


def test_masked_address() -> None:
    """First and last letter of the local part, and never so much that it could be written to."""
    assert mask_address("maria.korhonen@mail.example") == "m•••n@mail.example"
    assert mask_address("al@mail.example") == "a•••@mail.example"
    assert mask_address("") == "•••"


VALUES = st.text("abc1", min_size=1, max_size=6)


@given(
    st.text("abc1 \n", max_size=80),
    st.lists(st.tuples(st.integers(0, 90), st.integers(0, 12)), max_size=6),
)
def test_marked_text_has_no_found_value_in_its_place(text: str, places: list[tuple[int, int]]) -> None:
    """Whatever the offsets, overlapping or beyond the end: no character of a finding's place is in a segment."""
    findings = [{"part": "body.1", "start": start, "end": start + length} for start, length in places]
    letter = Letter("", "", (), (Part("body.1", PartRole.BODY, text),))
    shown = show_letter(letter, Marker(letter, findings)).bodies[0]
    covered = {at for start, length in places for at in range(start, start + length)}
    left = "".join(ch for at, ch in enumerate(text) if at not in covered)
    plain = "".join(segment.text for segment in shown.segments if segment.finding is None)
    assert len(plain) <= len(left)
    values = {text[start : start + length].strip() for start, length in places}
    assert not any(len(value) >= 4 and value in segment.text for value in values for segment in shown.segments)
