"""What a text says that can tell one person from another: names, dates, postcodes, streets, numbers.

Names, numbers and streets stand everywhere in a letter, and one match costs 4 us with RE2's Python wrapper, 0.3 us with
the standard library's `re`. So these are found by the latter, with patterns that cannot backtrack: runs of one class of
characters, begun by a character that decides.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from itertools import islice

import re2
from babel.dates import get_month_names

from mailguard.customers.keys import PARTICLES, fold, postcode_key, street_word, units
from mailguard.namesake.birth import birth_dates_of

LANGUAGES = ("en", "fi", "sv", "pl", "nl", "de")
_LONGEST = 200_000
"""So many characters are searched for names and addresses; labelled numbers are searched in the whole letter."""
_MOST_NAMES = 2000
_MOST = 500
_NEXT = 3
"""A first and a last name stand within so many capitalised words (`First name: Matti, Last name: Virtanen`)."""
_WIDEST_GAP = 30
_WIDEST_NAME = 240
"""Characters that a name and the words between its halves take at most: `_NEXT` words and gaps."""
_WIDEST_STREET = 64
"""Characters before and after a house number in which the street's words are looked for."""
NEAR = 200
"""A postcode belongs to a name that stands at most so many characters before or after it."""

_CAPITALS = "".join(chr(point) for point in range(0x2000) if unicodedata.category(chr(point)) == "Lu")
"""Of all scripts with two cases that a name is written in; made from the Unicode tables that Python carries."""
CAPITALISED = re.compile(rf"[{_CAPITALS}][^\W\d_]*(?:['’‐-]+[^\W\d_]*)*")
_ISO = re2.compile(r"\b(1[89]\d\d|20\d\d)[-/.](\d{1,2})[-/.](\d{1,2})\b")
_DAY_FIRST = re2.compile(r"\b(\d{1,2})[. /\-]{1,2}(\d{1,2})[. /\-]{1,2}(1[89]\d\d|20\d\d)\b")
_DAY_MONTH = re2.compile(r"\b(\d{1,2})(?:st|nd|rd|th|\.)?\s+(?:of\s+|de\s+)?(\pL{3,12})\.?,?\s+(1[89]\d\d|20\d\d)\b")
_MONTH_DAY = re2.compile(r"\b(\pL{3,12})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(1[89]\d\d|20\d\d)\b")
POSTCODE = re2.compile(r"\b(?:\d{5}|\d{3}[  ]\d{2}|\d{2}-\d{3}|\d{4}[  ]?[A-Z]{2})\b")
_NUMBER = re.compile(r"[0-9][0-9A-Za-z]*(?:[-./][0-9][0-9A-Za-z]*){0,3}")
_PREFIX = re.compile(r"[A-Za-z]{1,6}[-_./]?\Z")
_NATIONAL = re2.compile(
    r"\b(?:\d{6}[-+A-FU-Ya-fu-y]\d{3}[0-9A-Ya-y]|(?:\d{2})?\d{6}[-+]?\d{4}|\d{11}|\d{9}|\d{2} \d{3} \d{3} \d{3})\b"
)
_WORD = re.compile(r"[^\W_]+")
HOUSE_NUMBER = re.compile(r"\d(?<![^\W_]\d)(?<!\d[.,:]\d)\d{0,3}(?:[^\W\d_][^\W_]{0,3})?(?![^\W_])(?![.,:]\d\d?(?!\d))")
"""At most four figures, and no piece of an amount, a date or an hour: most numbers of a bill are that."""
_FIGURES = re.compile(r"\d{1,4}")


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


def gather(text: str, about: Collection[str] | None = None) -> Clues:
    """Read the clues of a text; linear in its length.

    With `about`, the names that have a word in common with these name keys; nothing at all where there are none.
    """
    text = text[:_LONGEST]
    names = find_names(text) if about is None else find_names_about(text, frozenset(" ".join(about).split()))
    if about is not None and not names:
        return Clues({}, frozenset(), {}, frozenset())
    born = {day for number in find_national_ids(text) for day in birth_dates_of(number)} if names else set()
    return Clues(names, frozenset(find_dates(text)) | born, find_postcodes(text), frozenset(find_streets(text)))


def find_names_about(text: str, about: frozenset[str]) -> dict[str, list[int]]:
    """Those of `find_names` that one of the folded words is part of, and a few that stand beside them."""
    hits = [word for word in set(CAPITALISED.findall(text)) if not about.isdisjoint(_forms(word))]
    spans: list[tuple[int, int]] = []
    for match in re.finditer("|".join(map(re.escape, hits)), text) if hits else ():
        start, end = max(0, match.start() - _WIDEST_NAME), match.end() + _WIDEST_NAME
        if spans and start <= spans[-1][1]:
            start, _ = spans.pop()
        spans.append((start, end))
    found: dict[str, list[int]] = {}
    for start, end in spans:
        for key, places in find_names(text[start:end]).items():
            found.setdefault(key, []).extend(start + place for place in places)
    return found


def find_names(text: str) -> dict[str, list[int]]:
    """Keys of capitalised words that stand close together: any two of them may be somebody's name."""
    found: dict[str, list[int]] = {}
    words = [
        (match.start(), match.end(), _forms(match[0]))
        for match in CAPITALISED.finditer(text)
        if match.end() - match.start() < 50
    ]
    words = [word for word in words if word[2]]
    for number, (start, end, forms) in enumerate(words):
        for other_start, other_end, others in words[number + 1 : number + 1 + _NEXT]:
            if other_start - end > _WIDEST_GAP:
                break
            for first in forms:
                for second in others:
                    key = f"{first} {second}" if first <= second else f"{second} {first}"  # keys.pair_key
                    places = found.get(key)
                    if places is None:
                        found[key] = [start]
                    elif len(places) < 5:
                        places.append(start)
            end = max(end, other_end)
        if len(found) >= _MOST_NAMES:
            break
    return found


@lru_cache(maxsize=1 << 15)
def _forms(word: str) -> tuple[str, ...]:
    """The folded ways to write one word of a name: joined, and each part of a double name; none for a particle."""
    parts = () if fold(word) in PARTICLES else units(word)
    return tuple(dict.fromkeys(("".join(parts), *parts))) if parts else ()


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
    for match in islice(POSTCODE.finditer(text), _MOST):
        found.setdefault(postcode_key(match.group(0)), []).append(match.start())
    return found


def find_streets(text: str) -> Iterator[str]:
    """What may be street and house number: one to four words before a number, or after it."""
    for match in islice(HOUSE_NUMBER.finditer(text), _MOST // 5):
        start, end = match.span()
        before = [street_word(word) for word in _WORD.findall(text, max(0, start - _WIDEST_STREET), start)[-4:]]
        street = _FIGURES.findall(match[0])[0]
        for word in reversed(before):
            street = f"{word} {street}"
            yield street
        street = match[0]
        for word in _WORD.findall(text, end, end + _WIDEST_STREET)[:3]:
            street = f"{street} {street_word(word)}"
            yield street


def find_numbers(text: str) -> list[str]:
    """Bare numbers that may be a customer's, with the letters before them (`K-0042`), each once."""
    found: dict[str, None] = {}
    last = 0
    for match in _NUMBER.finditer(text[:_LONGEST]):
        start = match.start()
        if start > last and text[start - 1] not in " \n":
            prefix = _PREFIX.search(text, max(last, start - 7), start)
            start = prefix.start() if prefix else start
        last = match.end()
        value = text[start:last]
        if 3 < len(value) <= 24:
            found.setdefault(value)
        if len(found) >= _MOST:
            break
    return list(found)


def find_national_ids(text: str) -> list[str]:
    """What has the form of a national id of the five countries; the register tells whose it is."""
    return list(dict.fromkeys(match.group(0) for match in islice(_NATIONAL.finditer(text), _MOST)))
