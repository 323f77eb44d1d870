"""Bank account numbers: IBAN (ISO 13616) with check digits and the structure of its country."""

import re
from functools import lru_cache

from stdnum import numdb

_BLANKS = " -.\u00a0\u202f"
_PIECE = re.compile(r"([1-9][0-9]*)!([nac])")
_SIGNS = {"n": "[0-9]", "a": "[A-Z]", "c": "[A-Z0-9]"}
_AS_NUMBER = {letter: str(number) for number, letter in enumerate(range(ord("A"), ord("Z") + 1), 10)}


def check_iban(text: str) -> int:
    """Length of the IBAN that the text begins with, blanks included; 0 when there is none.

    What follows an IBAN (`... 00 BIC NDEAFIHH`) may look like more of it; the country says how long it is.
    python-stdnum knows the countries, but takes 200 us for a number, too much for a letter of nothing but numbers.
    """
    compact = [(index, character) for index, character in enumerate(text[:80]) if character not in _BLANKS][:34]
    country = "".join(character for _, character in compact[:2]).upper()
    length, structure = _structure_of(country)
    if not length or len(compact) < length:
        return 0
    end = compact[length - 1][0] + 1
    if end < len(text) and text[end].isalnum():
        return 0
    number = "".join([character for _, character in compact[:length]]).upper()
    if not structure.fullmatch(number):
        return 0
    return end if int((number[4:] + number[:4]).translate(_AS_NUMBER)) % 97 == 1 else 0


@lru_cache(maxsize=1024)
def _structure_of(country: str) -> tuple[int, re.Pattern[str]]:
    """Length and pattern of a country's numbers (SWIFT, IBAN registry); length 0 for a country that has none."""
    found = numdb.get("iban").info(country)
    written = found[0][1].get("bban", "") if found else ""
    pieces = _PIECE.findall(written)
    pattern = "".join(f"{_SIGNS[sign]}{{{count}}}" for count, sign in pieces)
    return (4 + sum(int(count) for count, _ in pieces) if pieces else 0), re.compile(f"[A-Z]{{2}}[0-9]{{2}}{pattern}")
