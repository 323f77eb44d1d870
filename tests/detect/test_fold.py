"""Folding keeps every offset."""

from hypothesis import given
from hypothesis import strategies as st

from mailguard.detect.fold import fold


@given(st.text(max_size=400))
def test_one_byte_for_each_code_point(text):
    """Whatever the text, the folded form has one ASCII byte for each code point."""
    folded = fold(text)
    assert len(folded.plain) == len(text)
    assert folded.plain.isascii()


def test_letters_lose_their_marks():
    """Diacritics, capitals and typographic signs fold to what rules are written in."""
    assert fold("HASŁO Lösenord – „Größe“ İ").plain == b'haslo losenord - "grose" i'
