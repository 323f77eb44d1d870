"""Folding keeps every offset."""

from hypothesis import given
from hypothesis import strategies as st

from mailguard.detect.fold import fold


@given(st.text(max_size=400))
def test_one_byte_for_each_code_point(text: str) -> None:
    """Whatever the text, the folded form has one ASCII byte for each code point."""
    folded = fold(text)
    assert len(folded.plain) == len(text)
    assert folded.plain.isascii()


def test_letters_lose_their_marks() -> None:
    """Diacritics, capitals and typographic signs fold to what rules are written in."""
    assert fold("HASŁO Lösenord – „Größe“ İ").plain == b'haslo losenord - "grose" i'


def test_letters_drawn_like_latin_ones_are_read_so_in_latin_words() -> None:
    """Cyrillic and Greek look-alikes fold in a word that has Latin letters; words of their own scripts stay strange."""
    assert fold("Рassword Раsswоrd Ρassword Ｐassword 𝐏assword").plain == b" ".join([b"password"] * 5)
    assert fold("пароль рассказ κωδικός").plain == b"~~~~~~ ~~~~~~~ ~~~~~~~"
    assert len(fold("Ёlk αβγ").plain) == 7
