"""A letter's text as identification reads it: repeated text, disguised characters, names of files."""

from hypothesis import given
from hypothesis import strategies as st

from mailguard.core.part import Letter, Part, PartRole, Unread
from mailguard.namesake.disguises import undisguised
from mailguard.namesake.octets import Text

PROSE = "".join(f"The meter {number} of the house was read by our people on the way to town.\n" for number in range(40))


def _letter(*texts: str) -> Letter:
    return Letter("", "", (), tuple(Part(f"body.{n}", PartRole.BODY, text) for n, text in enumerate(texts)))


def test_html_does_not_say_it_again() -> None:
    """Lines of the HTML that the plain text has too, broken elsewhere, are read once; what is new is read."""
    again = PROSE.replace("\n", " ") + "\nYour customer number is 1001.\n" + PROSE
    read = Text.of(_letter(PROSE.replace("the house was", "the\nhouse was"), again)).octets
    assert read.count(b"meter 7 ") == 1
    assert b"customer number is 1001" in read


def test_what_is_left_out_joins_nothing() -> None:
    """A label above a line that is left out does not get the number below it."""
    line = PROSE.splitlines()[0]
    read = Text.of(_letter(PROSE, f"Customer number:\n{line}\n1001\n" + "x\n" * 1000)).octets
    assert b"Customer number:\n1001" not in read
    assert b"Customer number:\n\x1e\n1001" in read


def test_names_of_files_count() -> None:
    """Of files that are read and of those that nobody can read."""
    part = Part("attachment.1:x", PartRole.ATTACHMENT, "", file_name="lasku_asiakasnumero_1001.pdf")
    unread = Unread("attachment.2", "image", "image/png", "Virtanen_Matti.png", 5)
    read = Text.of(Letter("", "", (), (part,), (), (unread,))).octets
    assert b"lasku asiakasnumero 1001.pdf" in read
    assert b"Virtanen Matti.png" in read


def test_disguises() -> None:
    """Digits of other scripts, strokes, wide letters and Cyrillic ones in Latin words; a Russian word stays."""
    text = "Kundnummеr ٤٨١٣٠٢, 2̶0̶4̶1, Ｍａｔｔｉ, Анна"
    assert undisguised(text.encode()).decode() == "Kundnummer 481302, 2041, Matti, Анна"


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    """Nothing breaks it, ASCII stays as it is, and what was undone once is not changed again."""
    read = Text.from_string(text).octets
    assert undisguised(read) == read
    if text.isascii():
        assert read == text.encode()
