"""Streets with house numbers, by the widest reading: for the question whether one known street stands in a text."""

import re
from collections.abc import Iterator
from itertools import islice

from mailguard.customers.keys import street_word

_MOST = 100
_WIDEST = 64
"""Characters before and after a house number in which the street's words are looked for."""
_HOUSE_NUMBER = re.compile(
    r"\d(?<![^\W_]\d)(?<!\d[.,:]\d)\d{0,3}(?:[^\W\d_][^\W_]{0,3})?(?![^\W_])(?![.,:]\d\d?(?!\d))"
)
"""At most four figures, and no piece of an amount, a date or an hour: most numbers of a bill are that."""
_FIGURES = re.compile(r"\d{1,4}")
_WORD = re.compile(r"[^\W_]+")


def find_streets(text: str) -> Iterator[str]:
    """Keys of what may be street and house number: one to four words before a number, or after it."""
    for match in islice(_HOUSE_NUMBER.finditer(text), _MOST):
        start, end = match.span()
        before = [street_word(word) for word in _WORD.findall(text, max(0, start - _WIDEST), start)[-4:]]
        street = _FIGURES.findall(match[0])[0]
        for word in reversed(before):
            street = f"{word} {street}"
            yield street
        street = match[0]
        for word in _WORD.findall(text, end, end + _WIDEST)[:3]:
            street = f"{street} {street_word(word)}"
            yield street
