"""National identity numbers, by their check digits (python-stdnum)."""

from collections.abc import Callable

from stdnum import luhn
from stdnum.be import nn
from stdnum.de import idnr
from stdnum.dk import cpr
from stdnum.ee import ik
from stdnum.fi import hetu
from stdnum.nl import bsn
from stdnum.no import fodselsnummer
from stdnum.pl import pesel
from stdnum.se import personnummer
from stdnum.us import ssn


def _check(is_valid: Callable[[str], bool]) -> Callable[[str], int]:
    def check(text: str) -> int:
        return len(text) if is_valid(text.replace(" ", "")) else 0

    return check


def _is_hetu(text: str) -> bool:
    return bool(hetu.is_valid(text.upper(), allow_temporary=True))


def _is_swedish(text: str) -> bool:
    """Personnummer and samordningsnummer (the day of birth plus 60)."""
    digits = text.replace("-", "").replace("+", "")
    day = int(digits[-6:-4])
    if day > 60:
        return bool(luhn.is_valid(digits[-10:])) and 1 <= int(digits[-8:-6]) <= 12 and day <= 91
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


NATIONAL_CHECKS: dict[str, Callable[[str], int]] = {
    "fi.hetu": _check(_is_hetu),
    "se.personnummer": _check(_is_swedish),
    "pl.pesel": _check(_is_pesel),
    "nl.bsn": _check(lambda text: bool(bsn.is_valid(text.replace(".", "")))),
    "de.idnr": _check(lambda text: bool(idnr.is_valid(text.replace("-", "").replace("/", "")))),
    "dk.cpr": _check(_is_danish),
    "no.fodselsnummer": _check(lambda text: bool(fodselsnummer.is_valid(text))),
    "ee.ik": _check(lambda text: bool(ik.is_valid(text))),
    "be.nn": _check(lambda text: bool(nn.is_valid(text.replace(".", "").replace("-", "")))),
    "us.ssn": _check(lambda text: bool(ssn.is_valid(text))),
}
