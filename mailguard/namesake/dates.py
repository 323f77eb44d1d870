"""Days that stand in a text with their year: one of them may be a birth date."""

import re
from collections.abc import Iterator
from datetime import date
from itertools import islice

from mailguard.namesake.months import MONTHS
from mailguard.namesake.searching import Pattern

_MOST = 100
_YEAR = r"(?:1[89]|20)\d\d"
DATE = Pattern(
    rf"\b{_YEAR}[-/.]\d{{1,2}}[-/.]\d{{1,2}}\b"
    rf"|\b\d{{1,2}}[. /\-]{{1,2}}\d{{1,2}}[. /\-]{{1,2}}{_YEAR}\b"
    rf"|\b\d{{1,2}}(?:st|nd|rd|th|\.)?\s+(?:of\s+|de\s+)?\pL{{3,12}}\.?,?\s+{_YEAR}\b"
    rf"|\pL{{3,12}}\.?\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+{_YEAR}\b"
    r"|\b\d{1,2}\.\d{1,2}\.\d{2}\b"
    r"|\b(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\b"
)
_PIECE = re.compile(r"\d+|[^\W\d_]+")
_NOT_MONTHS = frozenset({"st", "nd", "rd", "th", "of", "de"})


def find_dates(text: bytes) -> dict[date, int]:
    """Every day that the text may mean, in figures or with a month's name of the six languages, and its first place."""
    found: dict[date, int] = {}
    for ((start, end),) in islice(DATE.spans(text), _MOST):
        for day in _days(text[start:end].decode()):
            found.setdefault(day, start)
    return found


def _days(text: str) -> Iterator[date]:
    if text.isdigit():
        yield from _day(text[:4], text[4:6], text[6:])
        return
    first, second, third = (piece for piece in _PIECE.findall(text) if piece not in _NOT_MONTHS)
    month = second if first.isdigit() else first
    if not month.isdigit():
        number = MONTHS.get(month.casefold())
        yield from _day(third, number, second if month is first else first) if number else ()
    elif len(first) == 4:
        yield from _day(first, second, third)
    elif len(third) == 2:
        for century in ("19", "20"):
            yield from _day(century + third, second, first)
    else:
        yield from _day(third, second, first)
        if "/" in text and first != second:
            # English is written with the month first as often as not.
            yield from _day(third, first, second)


def _day(year: str, month: str | int, day: str) -> Iterator[date]:
    try:
        yield date(int(year), int(month), int(day))
    except ValueError:
        return
