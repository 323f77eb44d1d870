"""Every short cut of the reader gives what the long way gives."""

import base64
import importlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailguard.message import base64_whole, html, html_cost, transfer
from mailguard.message import normalise as normalising
from mailguard.message.base64_whole import decode_whole
from mailguard.message.data_uris import data_uris
from mailguard.message.markup import _TAG, Markup
from mailguard.message.normalise import normalise
from mailguard.message.quoted_printable import decode_codes
from mailguard.message.second_look import second_look
from mailguard.message.signs import Sign, signs_of
from mailguard.message.transfer import (
    undo_base64,
    undo_encoding,
    undo_encoding_within,
    uuencoded_files,
    yencoded_files,
)
from mailguard.message.tree import cut
from tests.message.test_evasions import EVASIONS
from tests.message.test_ordinary import ORDINARY

ODD = (
    "\u00ad\u034f\u115f\u1161\u11a8\u200b\u202e\u2060\u3164\ufe0f\uff14\ufb01\u0301\u0316\u212b\u00a8\uac00\x0b\x85\u2028"
    "\r\n aä"
)
PIECES = st.lists(
    st.sampled_from(["<p>", "</p>", "<b x", "<", ">", "<xmp>", "</xmp>", "<td>", 'a="b"', " ", "\n", "x", "&lt;"])
)


@given(st.text(alphabet=ODD) | st.text())
def test_looking_at_single_characters_is_normalising_the_whole(text: str) -> None:
    """Characters changed one by one give the very text that the patterns and NFKC give."""
    assert normalise(text) == normalising._by_patterns(text)


class CutByPattern(Markup):
    """The long way."""

    def _cut(self, markup: bytes) -> list[bytes]:
        return _TAG.split(markup)


@given(PIECES.map("".join))
def test_markup_is_cut_alike_with_and_without_the_pattern(source: str) -> None:
    """Where brackets only stand around tags, splitting at them is what the pattern for tags does."""
    cut, by_pattern = Markup(source.encode()), CutByPattern(source.encode())
    assert cut.marked == by_pattern.marked
    assert cut._pieces == by_pattern._pieces


@given(st.lists(st.sampled_from([b"<a ", b"<", b">", b"x" * 499, b"x" * 500, b"x"])))
def test_long_tags_are_found_behind_long_stretches(pieces: list[bytes]) -> None:
    """Looking for ends of tags first passes over no tag that the pattern finds."""
    page = b"".join(pieces)
    assert html_cost._has_long_tag(page) == (html_cost._LONG_TAG.search(page) is not None)


@given(st.lists(st.sampled_from([b"=", b"4", b"a", b"F", b"g", b" ", b"\xff"])))
def test_codes_are_undone_in_one_piece(pieces: list[bytes]) -> None:
    """Octets out of the table of codes are those that each code's digits say."""
    coded = b"".join(pieces)
    assert decode_codes(coded) == re.sub(rb"=([0-9A-Fa-f]{2})", lambda code: bytes.fromhex(code[1].decode()), coded)


@pytest.mark.parametrize("name", [*EVASIONS, *ORDINARY])
def test_octets_without_a_sign_hold_nothing(name: str) -> None:
    """What the one pass does not see, no decoder finds either."""
    raw = EVASIONS[name] if name in EVASIONS else ORDINARY[name][0]
    for data in (raw.replace(b"\r\n", b"\n"), *(raw.replace(b"\r\n", b"\n").split(b"\n\n"))):
        signs = signs_of(data)
        assert second_look(data, signs) == second_look(data, signs | {Sign.BLOCK, Sign.WORD})
        assert Sign.UUENCODE in signs or not uuencoded_files(data)
        assert Sign.YENC in signs or not yencoded_files(data)


@given(
    st.lists(
        st.sampled_from(["{", ";", " ", "\n", "\x1c", "\xa0", "\u2003", "content", ":", '"x"', "a", "url(", "Data:"])
    )
)
def test_style_sheets_without_a_sign_show_nothing(pieces: list[str]) -> None:
    """Texts and files in style sheets have their signs, whatever blanks stand in them."""
    sheet = "".join(pieces)
    signs = signs_of(sheet.encode())
    assert Sign.CONTENT in signs or not html._STYLED_CONTENT.search(sheet)
    assert Sign.DATA in signs or not list(data_uris(sheet))


@given(st.lists(st.sampled_from([b"QUJD" * 4, b"QUJDRA==", b"QQ", b"=", b"\n", b" ", b"\t", b"-", b"\xff"])))
def test_what_is_encoded_once_more_has_a_sign(pieces: list[bytes]) -> None:
    """A second look for signs that are not there finds nothing more."""
    data = b"".join(pieces)
    signs = signs_of(data)
    assert second_look(data, signs) == second_look(data, signs | {Sign.BLOCK, Sign.WORD})


@given(st.binary(max_size=60), st.sampled_from(["", "\n", "=", "==\n", " ", "\n\n"]))
def test_base64_in_any_lines(octets: bytes, end: str) -> None:
    """Blanks, line ends and missing or doubled padding change nothing."""
    coded = base64.b64encode(octets).decode()
    spread = "\n".join(coded[at : at + 10] for at in range(0, len(coded), 10)) + end
    assert undo_base64(spread.encode()).ways[0] == octets


@given(st.binary(max_size=60), st.integers(1, 40), st.integers(1, 30), st.data())
def test_whole_base64_is_what_the_tolerant_decoder_reads(
    octets: bytes, piece: int, line: int, data: st.DataObject
) -> None:
    """In pieces and lines of any size, at any place, and with any octet amid it: the same octets, and the same
    clause."""
    packed = base64.b64encode(octets)
    coded = b"".join(packed[at : at + line] + b"\n" for at in range(0, len(packed), line))
    at = data.draw(st.integers(0, len(coded)))
    odd = data.draw(st.sampled_from([b"", b"=", b"-", b"_", b" ", b"\xff", b"A", b"\n"]))
    source = b"--" + coded[:at] + odd + coded[at:]
    with pytest.MonkeyPatch.context() as small:
        small.setattr(base64_whole, "_FEWEST", 0)
        small.setattr(base64_whole, "_PIECE", piece)
        within = undo_encoding_within(source, 2, len(source), ["base64"])
    assert within == undo_encoding(source[2:], ["base64"])


def test_a_file_in_base64_is_read_in_one_pass() -> None:
    """The installed pydantic has the decoder: without it every large file would silently go the long way."""
    importlib.import_module("pydantic")
    octets = bytes(range(256)) * 600
    assert decode_whole(base64.encodebytes(octets), 0, len(base64.encodebytes(octets))) == octets


def test_padding_between_pieces_is_not_taken_for_the_end() -> None:
    """Two encoded texts, one behind the other, are crooked wherever the first one ends."""
    coded = base64.encodebytes(b"x" * 1000)
    assert decode_whole(coded + coded, 0, 2 * len(coded)) is None
    assert transfer.undo_base64(coded + coded).odd


@given(st.lists(st.sampled_from([b"--=_b", b"--=_b--", b"-", b"--", b"\n", b" ", b"x-y", b"a" * 30]), max_size=60))
def test_lines_of_a_boundary_are_found_past_any_hyphens(pieces: list[bytes]) -> None:
    """The look at single hyphens passes over no line of the boundary."""
    source = b"".join(pieces)
    lines = re.findall(rb"^--=_b(?:--)?[ \t]*$", source, re.MULTILINE)
    found = cut(source, 0, len(source), b"=_b", 1000)
    assert found.found is bool(lines)
    if lines and all(b"_b--" not in line for line in lines):
        assert len(found.parts) == len(lines)
