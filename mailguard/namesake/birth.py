"""Birth dates that national ids carry: HETU, personnummer, PESEL. A BSN and a tax id carry none."""

from collections.abc import Iterator
from datetime import date

_CENTURIES = {"+": (1800,), "-": (1900,)} | dict.fromkeys("UVWXY", (1900,)) | dict.fromkeys("ABCDEF", (2000,))
_PESEL_CENTURIES = {80: 1800, 0: 1900, 20: 2000, 40: 2100, 60: 2200}
"""Added to the month (Polish act on the register of inhabitants of 24 September 2010, Art. 15)."""


def birth_dates_of(national_id: str) -> Iterator[date]:
    """Every birth date that a number of that form may mean; a personnummer of ten digits leaves the century open."""
    text = national_id.strip().upper()
    digits = "".join(ch for ch in text if ch.isdigit())
    if len(text) == 11 and text[:6].isdigit() and text[6] in _CENTURIES and text[7:10].isdigit():
        # HETU, decree 128/2010 of Finland: day, month, year and the century's sign. A personnummer has the same length.
        yield from _day(_CENTURIES[text[6]], text[4:6], text[2:4], text[:2])
    if len(text) == 11 and text.isdigit():
        month = int(text[2:4])
        century = _PESEL_CENTURIES.get(month // 20 * 20)
        if century is not None:
            yield from _day((century,), text[:2], str(month % 20), text[4:6])
    if len(digits) in (10, 12) and text[-4:].isdigit():
        # Personnummer, Swedish act 1991:481, section 18; a coordination number has 60 more in its day.
        centuries = (int(digits[:2]) * 100,) if len(digits) == 12 else (1900, 2000)
        year, month_, day = digits[-10:-8], digits[-8:-6], int(digits[-6:-4])
        yield from _day(centuries, year, month_, str(day - 60 if day > 60 else day))


def _day(centuries: tuple[int, ...], year: str, month: str, day: str) -> Iterator[date]:
    for century in centuries:
        try:
            yield date(century + int(year), int(month), int(day))
        except ValueError:
            continue
