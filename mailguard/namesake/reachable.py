"""Telephone numbers and user names that stand in a text without a label."""

import re
from itertools import islice

from mailguard.namesake.greeting import Greeted

_LONGEST = 200_000
_MOST = 60
_PHONE = re.compile(r"(?<![\w.,@/])[+(]{0,2}\d[\d ()/.‐–\-\u00a0]{5,22}\d(?!\w)")
_FEWEST_DIGITS, _MOST_DIGITS = 7, 15
"""ITU-T E.164, section 6: fifteen digits at most."""
_TOKEN = re.compile(r"[^\W_][\w.@/+\-]{3,63}")
_ALONE = re.compile(r"(?m)(?:^|[:=|\t\"“”„»«'‘’(])[ \t]*([^\W\d_][\w.\-]{6,31})[ \t]*(?=$|[\"“”«»'’.,;)|\t])")
_LONG = 7
_LIKE_A_NAME = 4


def find_phones(text: str) -> list[tuple[str, int, int]]:
    """What may be a telephone number, with its place. A number and a date behind it may be one number, or not."""
    found: list[tuple[str, int, int]] = []
    for match in islice(_PHONE.finditer(text[:_LONGEST]), _MOST):
        pieces = match[0].split(" ")
        for count in range(1, len(pieces) + 1):
            number = " ".join(pieces[:count])
            if _FEWEST_DIGITS <= sum(ch.isdigit() for ch in number) <= _MOST_DIGITS:
                found.append((number, match.start(), match.start() + len(number)))
    return found[:_MOST]


def find_usernames(text: str, greeted: Greeted | None) -> list[tuple[str, int, int]]:
    """Words that are no everyday words: with digits in them, standing alone, or made of the greeted name."""
    text = text[:_LONGEST]
    beginnings = [
        word[:_LIKE_A_NAME].casefold()
        for word in (greeted.name.split() if greeted is not None else ())
        if len(word) >= _LIKE_A_NAME
    ]
    found: dict[str, tuple[int, int]] = {}
    for match in _TOKEN.finditer(text):
        word = match[0].rstrip("._-+")
        if len(word) < 4 or not set(word).isdisjoint("@/+"):
            continue
        mixed = not word.isalpha() and any(ch.isalpha() for ch in word)
        if mixed or (len(word) >= _LONG and any(begin in word.casefold() for begin in beginnings)):
            found.setdefault(word, (match.start(), match.start() + len(word)))
        if len(found) >= _MOST:
            break
    for match in islice(_ALONE.finditer(text), _MOST):
        found.setdefault(match[1].rstrip("._-"), match.span(1))
    return [(word, *place) for word, place in found.items()][: 2 * _MOST]
