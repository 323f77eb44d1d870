"""Known streets with their house numbers, looked for in a text by the widest reading."""

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import islice

from mailguard.customers.keys import street_word

_MOST = 500
"""Places with the wanted number that are looked at."""
_MOST_NUMBERS = 20_000
"""Those of a whole part; the bill of a busy telephone has some thousand before its last page."""
_WIDEST = 64
"""Characters before and after a house number in which the street's words are looked for."""
_HOUSE_NUMBER = re.compile(
    r"\d(?<![^\W_]\d)(?<!\d[.,:]\d)\d{0,3}(?:[^\W\d_][^\W_]{0,3})?(?![^\W_])(?![.,:]\d\d?(?!\d))"
)
"""At most four figures, and no piece of an amount, a date or an hour: most numbers of a bill are that."""
_FIGURES = re.compile(r"\d{1,4}")
_WORD = re.compile(r"[^\W_]+")


def find_streets(text: str, keys: Collection[str]) -> set[str]:
    """Those of some streets (`customers.keys.street_key`) that stand in a text, wherever in it.

    Only numbers that one of the streets has are looked at: what is full of others must not hide it.
    """
    numbers = {number for key in keys for number in _FIGURES.findall(key)}
    found = islice(_HOUSE_NUMBER.finditer(text), _MOST_NUMBERS) if numbers else ()
    likely = (match.span() for match in found if _FIGURES.findall(match[0])[0] in numbers)
    return {street for start, end in islice(likely, _MOST) for street in _readings(text, start, end)} & set(keys)


def _readings(text: str, start: int, end: int) -> Iterator[str]:
    number = text[start:end]
    yield from streets_before(number, _WORD.findall(text, max(0, start - _WIDEST), start))
    yield from streets_behind(number, _WORD.findall(text, end, end + _WIDEST))


def streets_before(number: str, words: Sequence[str]) -> list[str]:
    """Keys of what may be the street of a house number: its last word before it, the last two, up to four."""
    street = number if number.isdecimal() else _FIGURES.findall(number)[0]
    streets = []
    for word in words[:-5:-1]:
        street = f"{street_word(word)} {street}"
        streets.append(street)
    return streets


def streets_behind(number: str, words: Sequence[str]) -> list[str]:
    """The same where the number comes first (`12 Harbour Row`): up to three words behind it."""
    street = number
    streets = []
    for word in words[:3]:
        street = f"{street} {street_word(word)}"
        streets.append(street)
    return streets
