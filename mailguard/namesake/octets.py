"""A letter's text as UTF-8 octets, and patterns that are searched in them.

RE2 goes through two octets in a nanosecond and a half; its Python wrapper adds 4 us a match, most of it for turning
octets into characters and back. So the text is encoded once, places are counted in octets, and words are decoded only
around what is found. Groups cost a second search of the match, and a counted repetition of all letters of the world
makes an automaton that does not fit in RE2's memory: then it is fifty times slower.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import re2

from mailguard.core.part import Letter, PartRole

_SPACES = "\u00a0\u2007\u2009\u202f"
"""Spaces that printers put into long numbers."""
_LONGEST = 200_000
"""So many octets are searched for names, addresses and bare numbers; labelled numbers are searched in all of them."""
_ANYWHERE, _WHOLE = re2._Anchor.UNANCHORED, re2._Anchor.ANCHOR_BOTH

_SHORT = 2000
_LINE = 60
_MOST_NEW = 5
_GAP = "\x1e"
"""Stands for lines that are left out: no pattern reaches over it."""

Span = tuple[int, int]


@dataclass(frozen=True)
class Text:
    """What a letter says, in one run of octets."""

    octets: bytes

    @classmethod
    def of(cls, letter: Letter) -> "Text":
        """Every text but the header's, each once: a letter says much of its own twice (as HTML, as table)."""
        texts: list[str] = []
        for text in dict.fromkeys(part.text for part in letter.parts if part.role is not PartRole.HEADER):
            texts.append(_unsaid(text, texts) if len(text) > _SHORT and texts else text)
        return cls.from_string("\n".join(texts))

    @classmethod
    def from_string(cls, text: str) -> "Text":
        """From one string."""
        for space in _SPACES:
            # `str.translate` takes 40 times as long for a text that has none of them.
            text = text.replace(space, " ")
        return cls(text.encode("utf-8", "replace"))

    @cached_property
    def head(self) -> bytes:
        """As much as is searched for what has no label."""
        return self.octets[:_LONGEST]

    @cached_property
    def start(self) -> str:
        """The same in characters."""
        return self.head.decode("utf-8", "ignore")

    def string(self, start: int, end: int) -> str:
        """The characters between two places; halves of one at the ends are left out."""
        return self.octets[max(0, start) : max(0, end)].decode("utf-8", "ignore")


def _unsaid(text: str, before: Sequence[str]) -> str:
    """A text without those of its longer lines that stand in a text before it, however that breaks its lines.

    The HTML of a letter repeats its plain text, and half of all that is done here would be done twice.
    """
    lines = text.split("\n")
    long = [number for number, line in enumerate(lines) if len(line) >= _LINE]
    if not long:
        return text
    said, new = " ".join(" ".join(before).split()), 0
    for number in long:
        if lines[number].strip() in said:
            lines[number] = _GAP
        else:
            new += 1
            if new == _MOST_NEW:
                break
    return "\n".join(lines)


class Pattern:
    """A compiled RE2 pattern for octets: linear in the text, whatever the pattern."""

    __slots__ = ("_engine", "groups")

    def __init__(self, source: str) -> None:
        """Raises ValueError when RE2 refuses the pattern."""
        options = re2.Options()
        options.log_errors = False
        try:
            compiled = re2.compile(source, options)
        except re2.error as error:
            reason = error.args[0].decode() if error.args and isinstance(error.args[0], bytes) else str(error)
            raise ValueError(reason) from None
        self._engine: Any = compiled._regexp.Match
        self.groups: int = compiled.groups

    def spans(self, text: bytes, start: int = 0, end: int | None = None) -> Iterator[list[Span]]:
        """The spans of every match and of its groups, from left to right; empty matches are passed over."""
        at, last = start, len(text) if end is None else end
        while at <= last:
            spans: list[Span] = self._engine(_ANYWHERE, text, at, last)
            found, behind = spans[0]
            if found < 0:
                return
            if behind > found:
                yield spans
                at = behind
            else:
                at = behind + 1

    def found_in(self, text: bytes) -> bool:
        """Whether it matches anywhere."""
        return bool(self._engine(_ANYWHERE, text, 0, len(text))[0][0] >= 0)

    def is_whole(self, text: bytes) -> bool:
        """Whether it matches all of the text."""
        return bool(self._engine(_WHOLE, text, 0, len(text))[0][0] >= 0)
