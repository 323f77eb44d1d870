"""What a text says that can tell one person from another: names, dates, postcodes, streets, numbers."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import islice

import re2
from babel.dates import get_month_names

from mailguard.customers.keys import PARTICLES, fold, pair_key, postcode_key, units

LANGUAGES = ("en", "fi", "sv", "pl", "nl", "de")
_LONGEST = 200_000
"""So many characters are searched for names and addresses; labelled numbers are searched in the whole letter."""
_MOST_NAMES = 2000
_MOST = 500
_NEXT = 3
"""A first and a last name stand within so many capitalised words (`First name: Matti, Last name: Virtanen`)."""
_WIDEST_GAP = 30
NEAR = 200
"""A postcode belongs to a name that stands at most so many characters before or after it."""

_CAPITALISED = re2.compile(r"\p{Lu}[\pL\pM'’‐-]*")
_ISO = re2.compile(r"\b(1[89]\d\d|20\d\d)[-/.](\d{1,2})[-/.](\d{1,2})\b")
_DAY_FIRST = re2.compile(r"\b(\d{1,2})[. /\-]{1,2}(\d{1,2})[. /\-]{1,2}(1[89]\d\d|20\d\d)\b")
_DAY_MONTH = re2.compile(r"\b(\d{1,2})(?:st|nd|rd|th|\.)?\s+(?:of\s+|de\s+)?(\pL{3,12})\.?,?\s+(1[89]\d\d|20\d\d)\b")
_MONTH_DAY = re2.compile(r"\b(\pL{3,12})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(1[89]\d\d|20\d\d)\b")
_POSTCODE = re2.compile(r"\b(?:\d{5}|\d{3}[  ]\d{2}|\d{2}-\d{3}|\d{4}[  ]?[A-Z]{2})\b")
_NUMBER = re2.compile(r"(?:[A-Za-z]{1,6}[-_./]?)?\d[0-9A-Za-z]*(?:[-./]\d[0-9A-Za-z]*){0,3}")
_NATIONAL = re2.compile(
    r"\b(?:\d{6}[-+A-FU-Ya-fu-y]\d{3}[0-9A-Ya-y]|(?:\d{2})?\d{6}[-+]?\d{4}|\d{11}|\d{9}|\d{2} \d{3} \d{3} \d{3})\b"
)
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Clues:
    """Clues of one letter, in the form in which the register is asked."""

    names: dict[str, list[int]]
    """Name keys, each with the places where the name stands."""
    birth_dates: frozenset[date]
    postcodes: dict[str, list[int]]
    streets: frozenset[str]

    def name_is_near(self, name_keys: Sequence[str], postcode: str) -> bool:
        """Whether one of the names stands near the postcode."""
        places = [place for key in name_keys for place in self.names.get(key, ())]
        return any(abs(place - other) <= NEAR for place in places for other in self.postcodes.get(postcode, ()))


def gather(text: str) -> Clues:
    """Read the clues of a text; linear in its length."""
    text = text[:_LONGEST]
    return Clues(find_names(text), frozenset(find_dates(text)), find_postcodes(text), frozenset(find_streets(text)))


def find_names(text: str) -> dict[str, list[int]]:
    """Keys of capitalised words that stand close together: any two of them may be somebody's name."""
    found: dict[str, list[int]] = {}
    words = [(match.start(), match.end(), match.group(0)) for match in _CAPITALISED.finditer(text)]
    words = [word for word in words if fold(word[2]) not in PARTICLES and len(word[2]) < 50]
    for number, (start, end, word) in enumerate(words):
        for other_start, other_end, other in words[number + 1 : number + 1 + _NEXT]:
            if other_start - end > _WIDEST_GAP:
                break
            for key in _keys(word, other):
                places = found.setdefault(key, [])
                if len(places) < 5:
                    places.append(start)
            end = max(end, other_end)
        if len(found) >= _MOST_NAMES:
            break
    return found


def _keys(word: str, other: str) -> Iterator[str]:
    one, two = units(word), units(other)
    if not one or not two:
        return
    for first in {"".join(one), *one}:
        for second in {"".join(two), *two}:
            yield pair_key(first, second)


def find_dates(text: str) -> Iterator[date]:
    """Every day that the text may mean, in figures or with a month's name of the six languages."""
    for match in islice(_ISO.finditer(text), _MOST):
        yield from _day(match.group(1), match.group(2), match.group(3))
    for match in islice(_DAY_FIRST.finditer(text), _MOST):
        yield from _day(match.group(3), match.group(2), match.group(1))
    for pattern, day, month in ((_DAY_MONTH, 1, 2), (_MONTH_DAY, 2, 1)):
        for match in islice(pattern.finditer(text), _MOST):
            number = _months().get(match.group(month).casefold().rstrip("."))
            if number:
                yield from _day(match.group(3), str(number), match.group(day))


def _day(year: str, month: str, day: str) -> Iterator[date]:
    try:
        yield date(int(year), int(month), int(day))
    except ValueError:
        return


@cache
def _months() -> dict[str, int]:
    return {
        name.casefold().rstrip("."): number
        for language in LANGUAGES
        for width in ("wide", "abbreviated")
        for context in ("format", "stand-alone")
        for number, name in get_month_names(width, context, language).items()
    }


def find_postcodes(text: str) -> dict[str, list[int]]:
    """Postcode keys of the five countries' forms, each with its places."""
    found: dict[str, list[int]] = {}
    for match in islice(_POSTCODE.finditer(text), _MOST):
        found.setdefault(postcode_key(match.group(0)), []).append(match.start())
    return found


def find_streets(text: str) -> Iterator[str]:
    """What may be street and house number: one to four words before a number, or after it."""
    words = _WORD.findall(text)
    seen = 0
    for place, word in enumerate(words):
        number = re.match(r"\d{1,4}", word)
        if not number or len(word) > 5:
            continue
        seen += 1
        if seen > _MOST // 5:
            return
        before = [fold(other) for other in words[max(0, place - 4) : place]]
        for start in range(len(before)):
            yield " ".join([*before[start:], number[0]])
        after = [fold(other) for other in words[place + 1 : place + 4]]
        for end in range(1, len(after) + 1):
            yield " ".join([word, *after[:end]])


def find_numbers(text: str) -> list[str]:
    """Bare numbers that may be a customer's, longest spelling first, each once."""
    found: dict[str, None] = {}
    for match in _NUMBER.finditer(text[:_LONGEST]):
        value = match.group(0)
        if 3 < len(value) <= 24:
            found.setdefault(value)
        if len(found) >= _MOST:
            break
    return list(found)


def find_national_ids(text: str) -> list[str]:
    """What has the form of a national id of the five countries; the register tells whose it is."""
    return list(dict.fromkeys(match.group(0) for match in islice(_NATIONAL.finditer(text), _MOST)))
