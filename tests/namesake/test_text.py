"""A letter's text as identification reads it: repeated text, disguised characters, names of files."""

import re

from hypothesis import example, given, settings
from hypothesis import strategies as st

from mailguard.core.part import Letter, Part, PartRole, Unread
from mailguard.namesake.content import Content
from mailguard.namesake.dates import DATE
from mailguard.namesake.disguises import _BEGINNINGS, _STRANGE, undisguised
from mailguard.namesake.dwellings import NUMBER_FIRST, _words_beside
from mailguard.namesake.numbers import NATIONAL
from mailguard.namesake.octets import Text, _Said
from mailguard.namesake.postcodes import POSTCODE
from mailguard.namesake.reachable import MIXED, PHONE
from mailguard.namesake.searching import Patterns

PROSE = "".join(f"The meter {number} of the house was read by our people on the way to town.\n" for number in range(40))


def _content(*texts: str) -> Content:
    parts = tuple(Part(f"body.{n}", PartRole.BODY, text) for n, text in enumerate(texts))
    return Content.of(Letter("", "", (), parts))


def test_html_does_not_say_it_again() -> None:
    """Lines of the HTML that the plain text has too, broken elsewhere, are read once; what is new is read."""
    again = PROSE.replace("\n", " ") + "\nYour customer number is 1001.\n" + PROSE
    read = Text.of(_content(PROSE.replace("the house was", "the\nhouse was"), again)).octets
    assert read.count(b"meter 7 ") == 1
    assert b"customer number is 1001" in read


def test_what_is_left_out_joins_nothing() -> None:
    """A label above a line that is left out does not get the number below it."""
    line = PROSE.splitlines()[0]
    read = Text.of(_content(PROSE, f"Customer number:\n{line}\n1001\n" + "x\n" * 1000)).octets
    assert b"Customer number:\n1001" not in read
    assert b"Customer number:\n\x1e\n1001" in read


def test_names_of_files_count() -> None:
    """Of files that are read and of those that nobody can read."""
    part = Part("attachment.1", PartRole.ATTACHMENT, "", file_name="lasku_asiakasnumero_1001.pdf")
    unread = Unread("attachment.2", "image", "image/png", "Virtanen_Matti.png", 5)
    read = Text.of(Content.of(Letter("", "", (), (part,), (), (unread,)))).octets
    assert b"lasku asiakasnumero 1001.pdf" in read
    assert b"Virtanen Matti.png" in read


def test_disguises() -> None:
    """Digits of other scripts, strokes, wide letters and Cyrillic ones in Latin words; a Russian word stays."""
    text = "Kundnummеr ٤٨١٣٠٢, 2̶0̶4̶1, Ｍａｔｔｉ, Анна"
    assert undisguised(text.encode()).decode() == "Kundnummer 481302, 2041, Matti, Анна"


_TOGETHER = Patterns(DATE, POSTCODE, NUMBER_FIRST, NATIONAL, PHONE, MIXED)


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    """Nothing breaks it, ASCII stays as it is, and what was undone once is not changed again."""
    read = Text.from_string(text).octets
    assert undisguised(read) == read
    if text.isascii():
        assert read == text.encode()


def test_every_disguise_is_seen_by_its_first_octet() -> None:
    """Texts without these octets are not searched for disguises: every character of the pattern begins with one."""
    strange = [chr(point) for point in range(0x0300, 0xFFFF) if not 0xD800 <= point < 0xE000]
    changed = [character for character in strange if _STRANGE.found_in(character.encode())]
    assert len(changed) > 500
    assert {character.encode()[:1] for character in changed} == set(_BEGINNINGS)


@settings(deadline=None)
@given(st.text(), st.text(alphabet="ab \n\t\u00a0\u2003", max_size=20), st.text(alphabet="ab \n\u00a0", max_size=20))
def test_what_was_said_is_known_however_it_is_broken(text: str, said: str, line: str) -> None:
    """A line counts as said exactly when it stands in the words of the text before, one blank between each."""
    for before, asked in ((text, text[3:9]), (said, line), (said, said.strip())):
        assert (asked.strip() in _Said([before, "x"])) == (asked.strip() in " ".join(f"{before} x".split()))


@settings(deadline=None)
@given(st.text(), st.text(), st.binary(max_size=30))
def test_words_beside_a_number(before: str, after: str, octets: bytes) -> None:
    """The words beside a house number are those that Python's own pattern finds, in any script, also when cut."""
    for front, back in ((before.encode()[1:], after.encode()[:-1]), (octets, after.encode()), (b"", octets)):
        words = [re.findall(r"\w+", cut.decode("utf-8", "ignore")) for cut in (front, back)]
        beside = _words_beside(front + b"5" + back, len(front), len(front) + 1)
        assert beside == (words[0][-4:], words[1][:12])


@settings(deadline=None)
@given(st.text(alphabet="AaKk1290 .,:-/+()@\n"))
@example("Kp 2.5.1974, 020574-123N, +358 40 555 0142, mvirtanen74\n12 Harbour Row, Espoo\n02100 Espoo")
def test_patterns_together_find_what_each_finds(text: str) -> None:
    """One automaton of several patterns names exactly those that occur."""
    octets = text.encode()
    assert _TOGETHER.found_in(octets) == {pattern for pattern in _TOGETHER.all if pattern.found_in(octets)}


def test_a_letter_of_any_length_is_sifted_rightly() -> None:
    """What a long letter does not have is known to be absent; of a short one and of one past its head nothing is."""
    patterns = (DATE, POSTCODE, NATIONAL)
    for length, absent in ((50, set()), (9000, {POSTCODE, NATIONAL}), (250_000, set())):
        text = Text.from_string("born on 24.12.1980 " + "x" * length)
        assert text.sifted(Patterns(*patterns)).absent == absent
