"""Every short cut of the detector finds what the long way finds."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban, luhn, numdb
from stdnum.nl import bsn
from stdnum.no import fodselsnummer
from stdnum.pl import pesel

from mailguard.core.part import Letter, Part, PartRole
from mailguard.detect import claims, columns, labelled
from mailguard.detect.check_digits import passes_luhn
from mailguard.detect.checks import CHECKS
from mailguard.detect.detector import Detector
from mailguard.detect.spaced import Spaced
from tests.evaluate.cases import own_cases, plain_letter

CASES = [case.text for case in own_cases()]
PAIRS = [
    f"{before}{label}{link}{value}\n"
    for before, label, link, value in product(
        ("", "Your "),
        ("login", "account", "Zugangsdaten", "tunnukset", "dane logowania", "log in with"),
        (": ", " is now ", " for the shop: ", ":\n", " - ", " ", " jest "),
        ("matti / Kesa2020!", "trainee, Harbour#25", "matti kesa83"),
    )
]


def test_what_no_keyword_calls_for_is_not_there(detector: Detector, monkeypatch: pytest.MonkeyPatch) -> None:
    """The prefilter leaves out no rule that would find something."""
    texts = [*CASES, *(example for rule in detector._all for example in rule.match)]
    found = [detector.find(plain_letter(text)) for text in texts]
    monkeypatch.setattr(detector._prefilter, "called_by", lambda plain, subject: detector._prefilter._every)
    for text, before in zip(texts, found, strict=True):
        assert {each.start for each in before} <= {each.start for each in detector.find(plain_letter(text))}


class OutOfMemory:
    """An automaton that is out of memory: the library answers as if nothing matched."""

    def Match(self, text: bytes) -> None:  # noqa: N802 - the library's name
        return None


def test_an_automaton_without_memory_calls_all_rules(detector: Detector, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the prefilter cannot say what a text calls for, everything is looked for."""
    monkeypatch.setattr(detector._prefilter._patterns, "_automaton", OutOfMemory())
    assert detector.find(plain_letter("Salasana: Kesa2020!"))


@pytest.mark.parametrize(
    ("module", "name"), [(claims.Claims, "may_claim"), (columns, "may_head"), (columns.ColumnSecrets, "_may_be_asked")]
)
def test_a_cheap_look_loses_nothing(
    detector: Detector, monkeypatch: pytest.MonkeyPatch, module: object, name: str
) -> None:
    """Findings are the same when every label is looked at closely."""
    texts = [*CASES, *PAIRS]
    found = [detector.find(plain_letter(text)) for text in texts]
    monkeypatch.setattr(module, name, lambda *_: True)
    assert found == [detector.find(plain_letter(text)) for text in texts]
    assert sum(map(bool, found)) > 500


def test_remembering_what_follows_a_label_changes_nothing(detector: Detector, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a page full of labels each is judged as on a page with few."""
    letters = [plain_letter("".join(PAIRS[start : start + 40])) for start in range(0, len(PAIRS), 40)]
    found = []
    for many in (0, 1_000_000):
        monkeypatch.setattr(labelled, "_MANY", many)
        found.append([detector.find(letter) for letter in letters])
    assert found[0] == found[1]
    assert any(found[0])


@given(st.text(alphabet="ab \n", max_size=80))
def test_spaced_signs_are_closed_up_as_they_stand(text: str) -> None:
    """Every sign of the closed text stands where its place says; a gap of several blanks parts words."""
    spaced = Spaced(text)
    for sign, place in zip(spaced.text, spaced._places, strict=True):
        if sign == " ":
            assert text[place - 2 : place] == "  "
        elif sign != "\n":
            assert text[place] == sign


def test_many_small_parts_share_one_allowance(detector: Detector) -> None:
    """Labels spread over a thousand parts are not looked at for seconds: the letter says that it is overfull."""
    texts = ["".join(f"pin {a}{b}{number} " for a, b in product("abcdef", repeat=2)) for number in range(500)]
    parts = tuple(Part(f"body.{number}", PartRole.BODY, text) for number, text in enumerate(texts, 1))
    assert len(detector.examine(Letter("", "", (), parts)).exhausted) > 300


@given(st.text(alphabet="0123456789", min_size=9, max_size=19))
def test_quick_check_digits_agree_with_the_library(digits: str) -> None:
    """What fails the quick sum fails in python-stdnum."""
    assert passes_luhn(digits.encode()) == luhn.is_valid(digits)
    assert bool(CHECKS["nl.bsn"](digits[:9])) == bsn.is_valid(digits[:9])
    assert bool(CHECKS["no.fodselsnummer"](digits[:11])) == fodselsnummer.is_valid(digits[:11])
    assert bool(CHECKS["pl.pesel"](digits[:11])) == (pesel.is_valid(digits[:11]) and len(set(digits[:11])) > 2)


@given(st.sampled_from([entry[1] for entry in numdb.get("iban").prefixes]), st.data())
def test_account_numbers_agree_with_the_library(country: str, data: st.DataObject) -> None:
    """Numbers of every country, right and wrong, are judged as python-stdnum does."""
    body = data.draw(st.text(alphabet="0123456789AB", min_size=8, max_size=30))
    for number in (
        iban.compact(f"{country}{iban.calc_check_digits(f'{country}00{body}')}{body}"),
        f"{country}21{body}",
    ):
        assert bool(CHECKS["iban"](number)) == iban.is_valid(number, check_country=False)
