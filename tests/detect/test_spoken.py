"""PINs whose digits are told one by one, in words or figures."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailguard.core.errors import RulesError
from mailguard.detect.detector import Detector
from mailguard.detect.fold import fold
from mailguard.detect.spoken import SpokenDigits
from tests.detect.conftest import RULES, Kinds
from tests.evaluate.cases import plain_letter

FOUND = [
    ("Your PIN is: four, seven, one, one. Keep it.", "pin", "four, seven, one, one"),
    ("PIN: four seven 1 one", "pin", "four seven 1 one"),
    ("four seven one one is your PIN", "pin", "four seven one one"),
    ("PIN\nfour seven one one\n", "pin", "four seven one one"),
    ("The door code is one nine five eight.", "access_code", "one nine five eight"),
    ("PIN-koodisi on neljä seitsemän yksi yksi, vaihda se.", "pin", "neljä seitsemän yksi yksi"),
    ("Dörren är låst, koden är fyra sju ett ett", "access_code", "fyra sju ett ett"),
    ("Hasło: cztery siedem jeden jeden", "password", "cztery siedem jeden jeden"),
    ("Pincode: vier-zeven-een-een", "pin", "vier-zeven-een-een"),
    ("Das Passwort lautet eins zwo drei fünf", "password", "eins zwo drei fünf"),
    (
        "At the keypad post press two, seven, seven, four and the gates swing inwards.",
        "access_code",
        "two, seven, seven, four",
    ),
    (
        "An der Schranke drückt er fünf, eins, eins, neun, dann fährt der Baum hoch.",
        "access_code",
        "fünf, eins, eins, neun",
    ),
    ("Portilla näppäillään neljä, yksi, yksi, kolme ja puomi nousee.", "access_code", "neljä, yksi, yksi, kolme"),
    ("Vid grinden slår du två, fem, fem, åtta så öppnas den.", "access_code", "två, fem, fem, åtta"),
    ("Przy furtce trzeba wcisnąć trzy, osiem, zero, sześć.", "access_code", "trzy, osiem, zero, sześć"),
    ("Bij het hek toetst hij 3, 8, 0, 6 en dan gaat de poort open.", "access_code", "3, 8, 0, 6"),
    ("Bij het hek toetst hij 3 - 8 - 0 - 6 en dan gaat de poort open.", "access_code", "3 - 8 - 0 - 6"),
    ("PIN: 4, 7, 1, 1", "pin", "4, 7, 1, 1"),
    ("PUK: one two three four five six seven eight", "puk", "one two three four five six seven eight"),
]
PASSING = [
    "One two three four, count with me. The PIN follows by post.",
    "The PIN is typed three times: one, two, three.",
    "The password needs two or three digits, four letters.",
    "Enter the PIN: one digit per box.",
    "Salasana: yksi numero, kaksi kirjainta.",
    "PIN: en kod med fyra siffror",
    "Kod: jeden z dwóch trzech",
    "Pincode: een van de vier",
    "Zählen Sie eins, zwei, drei, vier und drücken Sie dann die Türklinke.",
    "We counted one, two, three, four and then everybody pressed the button at the gate.",
    "Press one for sales, two for support, three for billing, four for the door.",
    "Die Türen 1, 4, 6, 9 sind zu.",
    "The prices at the gate were 3.2, 4.1, 5.0, 2.9.",
    "The results were 3, 1, 2, 2 at the door of the alarm shop.",
    "Step one, two, three, four: choose a PIN",
    "Die PIN hat vier Ziffern, drei sind falsch, zwei fehlen.",
]


@pytest.mark.parametrize(("text", "kind", "value"), FOUND)
def test_words_are_read_as_digits(detector: Detector, text: str, kind: str, value: str) -> None:
    """In six languages; what is masked is all of the words."""
    (finding,) = detector.find(plain_letter(text))
    assert (str(finding.kind), finding.value.reveal()) == (kind, value)


@pytest.mark.parametrize("text", PASSING)
def test_numbers_in_sentences(kinds: Kinds, text: str) -> None:
    """Counting, and telling how long a PIN is, is none."""
    assert not kinds(text)


@pytest.fixture(scope="module")
def english() -> SpokenDigits:
    """The digits of one language."""
    return SpokenDigits([["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]])


@given(st.lists(st.sampled_from(["one", "two ", " three", "PIN", "4", "\n", " ", ", ", "-", "ä"]), max_size=40))
def test_runs_keep_their_place(english: SpokenDigits, pieces: list[str]) -> None:
    """Whatever stands around them: without the runs the text is as it was written."""
    text = "".join(pieces)
    spoken = english.read(text, fold(text).plain)
    written = ""
    for piece, following in zip(spoken._pieces, (*spoken._pieces[1:], None), strict=True):
        read = spoken.text[piece.read : following.read if following else None]
        assert read.isdigit() if piece.is_run else read == text[piece.written : piece.end]
        written += text[piece.written : piece.end]
    assert written == text


def test_a_text_full_of_them_is_held(detector: Detector) -> None:
    """What is not looked at is not called clean."""
    examined = detector.examine(plain_letter("one two three four, and. " * 1000))
    assert examined.exhausted


def test_a_language_gives_all_ten(tmp_path: Path) -> None:
    """A pack with nine words is refused, with the key to be mended."""
    (tmp_path / "fi.yaml").write_text("language: da\nwords: {spoken: [nul, en, to]}\n")
    with pytest.raises(RulesError, match="all ten digits"):
        Detector.load([RULES, tmp_path], prove=False)
