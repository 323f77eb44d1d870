"""Normalised text: one form, nothing invisible, in linear time."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailguard.message.normalise import normalise


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sala\u00adsana", "Salasana"),
        ("Sa\u200bla\u200d\ufeffsana\u2060", "Salasana"),
        ("４８２６", "4826"),
        ("a\u00a0b\u202fc\u3000d", "a b c d"),
        ("a\r\nb\rc\u2028d\x0be", "a\nb\nc\nd\ne"),
        ("\u202eab\u202c", "ab"),
        ("a\x00b\x08c\x9fd", "abcd"),
        ("ﬁ", "fi"),
        ("a\u0308", "ä"),
        ("x\U000e0041\U000e007fy", "xy"),
        ("a\tb  c", "a\tb  c"),
    ],
)
def test_normal_form(text: str, expected: str) -> None:
    """Each kind of odd character becomes what a reader takes it for."""
    assert normalise(text) == expected


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    """The text that findings count in is a fixed point."""
    assert normalise(normalise(text)) == normalise(text)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zl", "Zp", "Mn", "Lo", "Co", "Cn"])))
def test_is_nfkc(text: str) -> None:
    """On visible text the result is Unicode's own NFKC."""
    assert normalise(text) == unicodedata.normalize("NFKC", text)


def test_combining_marks_are_handed_over_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """NFKC is quadratic in a run of accents, so no piece is longer than 512 code points (counted, not timed)."""
    lengths = []

    def count(form: str, text: str) -> str:
        lengths.append(len(text))
        return text

    monkeypatch.setattr(unicodedata, "normalize", count)
    normalise("a" + "\u0301\u0316" * 20_000)
    assert max(lengths) <= 512
    assert sum(lengths) >= 40_001


def test_a_letter_is_not_parted_from_its_accent() -> None:
    """Pieces are cut at blanks, so decomposed words longer than one piece compose as a whole."""
    text = ("paa\u0308ma\u0308a\u0308ra\u0308 " * 400).strip()
    assert normalise(text) == unicodedata.normalize("NFKC", text)
