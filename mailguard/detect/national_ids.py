"""National identity numbers, by their check digits (python-stdnum)."""

from collections.abc import Callable

from stdnum.at import vnr
from stdnum.be import nn
from stdnum.ch import ssn as ahv
from stdnum.de import idnr
from stdnum.dk import cpr
from stdnum.ee import ik
from stdnum.fi import hetu
from stdnum.gb import nhs
from stdnum.ie import pps
from stdnum.nl import bsn
from stdnum.no import fodselsnummer
from stdnum.pl import pesel
from stdnum.se import personnummer
from stdnum.us import ssn

from mailguard.detect.check_digits import digits_of, is_multiple, passes_luhn


def _check(is_valid: Callable[[str], bool]) -> Callable[[str], int]:
    def check(text: str) -> int:
        try:
            return len(text) if is_valid(text.replace(" ", "")) else 0
        except (ValueError, IndexError):
            return 0  # the pattern of an operator's pack handed over something of another form

    return check


def _weighted(weights: tuple[int, ...], modulus: int, is_valid: Callable[[str], bool]) -> Callable[[str], int]:
    """A check with a quick one before it: the weighted sum of the first digits is a multiple of the modulus."""
    check = _check(is_valid)
    return lambda text: check(text) if is_multiple(digits_of(text), weights, modulus) else 0


def _is_hetu(text: str) -> bool:
    return bool(hetu.is_valid(text.upper(), allow_temporary=True))


def _is_swedish(text: str) -> bool:
    """Personnummer and samordningsnummer (the day of birth plus 60)."""
    if not passes_luhn(digits_of(text)[-10:]):
        return False
    digits = text.replace("-", "").replace("+", "")
    day = int(digits[-6:-4])
    if day > 60:
        return 1 <= int(digits[-8:-6]) <= 12 and day <= 91
    return bool(personnummer.is_valid(text))


def _is_pesel(text: str) -> bool:
    return len(set(text)) > 2 and bool(pesel.is_valid(text))


def _is_danish(text: str) -> bool:
    """Date only: since 2007 numbers are given out whose modulus 11 does not fit (Det Centrale Personregister)."""
    try:
        cpr.get_birth_date(text.replace("-", ""))
    except ValueError:
        return False
    return True


def _is_of_pension(text: str) -> bool:
    """German Versicherungsnummer (Sozialgesetzbuch VI, § 147; check digit by VKVV, § 4): cross sums of weighted digits.

    python-stdnum has none. The letter of the name counts as its two-digit place in the alphabet.
    """
    letter = ord(text[8].upper()) - ord("A") + 1
    digits = f"{text[:8]}{letter:02}{text[9:11]}"
    weighted = (weight * int(digit) for weight, digit in zip(_OF_PENSION, digits, strict=True))
    return sum(value // 10 + value % 10 for value in weighted) % 10 == int(text[11])


_OF_PENSION = (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)

NATIONAL_CHECKS: dict[str, Callable[[str], int]] = {
    "fi.hetu": _check(_is_hetu),
    "se.personnummer": _check(_is_swedish),
    "pl.pesel": _weighted((1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1), 10, _is_pesel),
    "nl.bsn": _weighted((9, 8, 7, 6, 5, 4, 3, 2, -1), 11, lambda text: bool(bsn.is_valid(text.replace(".", "")))),
    "de.rvnr": _check(_is_of_pension),
    "de.idnr": _check(lambda text: bool(idnr.is_valid(text.replace("-", "").replace("/", "")))),
    "at.vnr": _check(lambda text: bool(vnr.is_valid(text.replace("/", "").replace("-", "")))),
    "ch.ahv": _check(lambda text: bool(ahv.is_valid(text.replace(".", "")))),
    "dk.cpr": _check(_is_danish),
    "no.fodselsnummer": _weighted((3, 7, 6, 1, 8, 9, 4, 5, 2, 1), 11, lambda text: bool(fodselsnummer.is_valid(text))),
    "ee.ik": _check(lambda text: bool(ik.is_valid(text))),
    "be.nn": _check(lambda text: bool(nn.is_valid(text.replace(".", "").replace("-", "")))),
    "gb.nhs": _check(lambda text: bool(nhs.is_valid(text.replace("-", "")))),
    "ie.pps": _check(lambda text: bool(pps.is_valid(text.upper()))),
    "us.ssn": _check(lambda text: bool(ssn.is_valid(text))),
}
