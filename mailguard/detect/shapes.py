"""The shape of a value: how much it looks like a secret, or what else it plainly is."""

import re
from enum import StrEnum
from functools import lru_cache

from mailguard.detect.lookalikes import BRACKETED, CODED, DATE, NUMBER_OF_ANOTHER_KIND, SOMETHING_ELSE, UNIT

_CAMEL = re.compile(r"[a-z]+(?:[A-Z][a-z]+)+|[A-Z][a-z]+(?:[A-Z][a-z]*)+")
_STRONG_INSIDE = re.compile(r"\w[!#$%^~*?@]{1,3}\w")
_TWO_WORDS = re.compile(r"[^\W\d_]{3,24}[./][^\W\d_]{2,24}")
_WEAK_INSIDE = re.compile(r"\w[&+=_\-.:,;/'§]{1,2}\w")


class Shape(StrEnum):
    """Classes of values, from surely a secret to surely none."""

    VERY_STRONG = "very_strong"
    STRONG = "strong"
    CODED = "coded"
    """Letters and digits like a ticket, product or standard."""
    NUMERIC = "numeric"
    JOINED = "joined"
    """Words joined by a hyphen or underscore; two words with a dot or stroke between them."""
    PLAIN = "plain"
    PHRASE = "phrase"
    NONE = "none"


def shape_of(value: str) -> Shape:
    """Classify one token (or a quoted run of words)."""
    return Shape.NONE if not value or len(value) > 128 else _shape_of(value)


def is_split(value: str) -> bool:
    """Whether it is two words with a dot or stroke between them: `blue.heron`, but also `and/or` and `form.value`."""
    return bool(_TWO_WORDS.fullmatch(value))


@lru_cache(maxsize=8192)
def _shape_of(value: str) -> Shape:
    if _is_something_else(value):
        return Shape.NONE
    if " " in value:
        return Shape.PHRASE
    letters = sum(character.isalpha() for character in value)
    digits = sum(character.isdigit() for character in value)
    if not letters:
        return _shape_without_letters(value, digits)
    if not digits:
        return _shape_of_letters(value)
    if UNIT.fullmatch(value) or len(value) < 4:
        return Shape.NONE
    if any(pattern.fullmatch(value) for pattern in CODED):
        return Shape.CODED
    upper = any(character.isupper() for character in value)
    lower = any(character.islower() for character in value)
    other = len(value) - letters - digits
    if (other or (upper and lower)) and len(value) >= 6:
        return Shape.VERY_STRONG
    return Shape.STRONG


def _is_something_else(value: str) -> bool:
    if BRACKETED.fullmatch(value):
        return False
    return "://" in value or any(pattern.fullmatch(value) for pattern in SOMETHING_ELSE)


def _shape_without_letters(value: str, digits: int) -> Shape:
    if digits < 4 or _is_date(value) or any(pattern.fullmatch(value) for pattern in NUMBER_OF_ANOTHER_KIND):
        return Shape.NONE
    if any(not (character.isdigit() or character in "-#* ") for character in value) and len(value) >= 6:
        return Shape.STRONG
    return Shape.NUMERIC


def _is_date(value: str) -> bool:
    """Whether a number reads as a day: `12-03-24` does, `14-32-08` is the combination of a lock."""
    if not DATE.fullmatch(value):
        return False
    numbers = [int(number) for number in re.findall(r"\d+", value)[:3]]
    return len(numbers) < 3 or any(
        1 <= day <= 31 and 1 <= month <= 12 for day, month in (numbers[:2], numbers[1::-1], numbers[:0:-1])
    )


def _shape_of_letters(value: str) -> Shape:
    if len(value) < 3:
        return Shape.NONE
    if _STRONG_INSIDE.search(value) and len(value) >= 5:
        return Shape.VERY_STRONG
    if is_split(value):
        return Shape.JOINED
    if "/" in value or ":" in value:
        return Shape.NONE
    if _WEAK_INSIDE.search(value):
        pieces = re.split(r"[&+=_\-.,;'§]+", value)
        odd = any(_odd_case(piece) for piece in pieces) or (
            "_" in value and value not in {value.upper(), value.lower()}
        )
        return Shape.STRONG if odd else Shape.JOINED
    if value[-1] in "!#$%&*+@" or value[0] in "!#$%&*+@":
        return Shape.JOINED
    if _odd_case(value) and not _CAMEL.fullmatch(value):
        return Shape.STRONG
    return Shape.PLAIN


def _odd_case(word: str) -> bool:
    """Capitals where no spelling puts them (`sommarVIND`); `McDonald`, `userName` and `PDFs` are told apart before."""
    return len(word) >= 6 and not word.isupper() and any(character.isupper() for character in word[1:])
