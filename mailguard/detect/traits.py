"""Traits of a place in a letter: the form of a value, and the words around it, each with where it stands.

A trait is a pair of strings: one character for where something stands, and what it is.
"""

import re
from collections.abc import Iterator

from mailguard.detect.page import Page

Trait = tuple[str, str]

BEFORE, AFTER, AROUND = 120, 60, 300
"""Characters that are looked at before and after a value, and for words that stand anywhere near."""
MOST_BEFORE, MOST_ABOVE, MOST_AFTER = 10, 8, 4
"""Words that are looked at in the value's line, in the line above it and behind it."""
OF_VALUE = 6
"""Words of a value that is made of nothing else."""
FEW = 3
"""A line with fewer words before the value is understood from the line above it."""

_WORD = re.compile(r"[a-z~]+")
_LONG_WORD = re.compile(r"[a-z~]{3,}")
_RUN = re.compile(r"([Aa0])\1+")
_MAKES = (
    ("S", re.compile(r"[^\W_][!#$%&*=?^~§£€+][^\W_]")),  # a sign within
    ("s", re.compile(r"[!#$%&*?^]$")),
    ("L", re.compile(r"[a-z]\d+[A-Za-z]")),  # a digit in a letter's place
    ("M", re.compile(r"[a-z][A-Z]")),
    ("D", re.compile(r"[A-Za-z]{4,}[-_.]?\d{1,4}\W?$")),  # a word and a number
    ("d", re.compile(r"\d[a-z]{4}")),
    ("U", re.compile(r"^[A-Z0-9. _-]+$")),
    ("Y", re.compile(r"^(?:19|20)\d\d$")),
)
"""What values are made of, as passwords are and references are not."""
_JOINT = re.compile(r"[-_. /]")
_BLANKS = str.maketrans("\n\t\r", "/  ")
_LEADING = " \t-*>\"'("
_TRAILING = " \t.,\"'*)"
_DISTANCE = ("1", "2", "2", *"3333333")
"""How far a word stands before the value: next to it, near it, in its line."""

AS_WRITTEN = frozenset("=#+<>|V@w")
"""Where traits are no words, or words so far away that only the whole of them counts."""


def close_traits(page: Page, start: int, end: int) -> list[Trait]:
    """The value's form, and the words of its line."""
    value = page.text[start:end]
    line = _text(page.plain, max(0, start - BEFORE), start).rpartition("\n")[2]
    rest = _text(page.plain, end, end + AFTER).partition("\n")
    kind = "n" if value[-1:].isdigit() and not any(map(str.isalpha, value)) else "a"
    traits = [
        ("=", _RUN.sub(r"\1", "".join(map(_sign_of, value)))[:8]),
        ("#", str(min(sum(map(str.isdigit, value)), 12))),
        ("+", str(min(end - start, 20))),
        ("<", (line[-2:] or "/").translate(_BLANKS)),
        (">", (rest[0][:2] or rest[1]).translate(_BLANKS)),
        ("|", f"{not line.strip(_LEADING):d}{not rest[0].strip(_TRAILING):d}"),
        *_makes_of(value),
    ]
    if not any(map(str.isdigit, value)):
        said = _WORD.findall(_text(page.plain, start, end))
        traits += [("v", word) for word in said[:OF_VALUE]]
        traits.append(("V", str(min(len(said), OF_VALUE))))
    words = _WORD.findall(line)[: -MOST_BEFORE - 1 : -1]
    traits += zip(_DISTANCE, words, strict=False)
    traits += [(kind, word) for word in words]
    behind = _WORD.findall(rest[0])[:MOST_AFTER]
    traits += zip("5666", behind, strict=False)
    return traits


def far_traits(page: Page, start: int, end: int) -> list[Trait]:
    """The words above the value's line, of the subject, and anywhere near."""
    above, _, line = _text(page.plain, max(0, start - BEFORE), start).rpartition("\n")
    traits = [("s", word) for word in _LONG_WORD.findall(page.subject.decode("latin-1"))]
    if len(_WORD.findall(line)) < FEW:
        traits += [("^", word) for word in _WORD.findall(above.rstrip("\n").rpartition("\n")[2])[-MOST_ABOVE:]]
    around = _text(page.plain, max(0, start - AROUND), start) + " " + _text(page.plain, end, end + AROUND)
    traits += [("w", word) for word in set(_LONG_WORD.findall(around))]
    return traits


def spellings(trait: Trait) -> Iterator[str]:
    """Under which keys a trait is learned: compounds and endings of six languages share the pieces of their words."""
    where, what = trait
    yield f"{where}{what}"
    if where not in AS_WRITTEN and len(what) > 4:
        for length in (3, 4, 5):
            if length < len(what):
                yield f"{where}{what[:length]}-"
                yield f"{where}-{what[-length:]}"


def _makes_of(value: str) -> list[Trait]:
    """Each of what the value is made of, and all of it together with the number of its joints."""
    makes = [make for make, pattern in _MAKES if pattern.search(value)]
    whole = f"{''.join(makes)}{min(len(_JOINT.findall(value)), 3)}"
    return [("@", whole), *(("@", make) for make in makes)]


def _sign_of(character: str) -> str:
    if character.isalpha():
        return "A" if character.isupper() else "a"
    return "0" if character.isdigit() else character


def _text(plain: bytes, start: int, end: int) -> str:
    return plain[start:end].decode("latin-1")
