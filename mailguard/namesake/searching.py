"""Patterns that are searched in UTF-8 octets.

RE2 goes through two octets in a nanosecond and a half; its Python wrapper adds 4 us a match, most of it for turning
octets into characters and back. So its engine is asked directly, with octets. Groups cost a second search of the match,
and a counted repetition of all letters of the world makes an automaton that does not fit in RE2's memory: then it is
fifty times slower.
"""

from collections.abc import Iterator
from typing import Any

import re2

from mailguard.core.pattern_set import PatternSet

_ANYWHERE, _HERE, _WHOLE = re2._Anchor.UNANCHORED, re2._Anchor.ANCHOR_START, re2._Anchor.ANCHOR_BOTH

_MEMORY = 16 << 20
"""Octets that automata may take at most; they take what they need, 1 MB more than before for all of them. Days are the
largest pattern: it does not fit in RE2's usual 8 MB, and a letter with a date was searched for 180 us instead of 5."""

Span = tuple[int, int]


class Pattern:
    """A compiled RE2 pattern for octets: linear in the text, whatever the pattern."""

    __slots__ = ("_engine", "groups", "source")

    def __init__(self, source: str) -> None:
        """Raises ValueError when RE2 refuses the pattern."""
        options = re2.Options()
        options.log_errors = False
        options.max_mem = _MEMORY
        try:
            compiled = re2.compile(source, options)
        except re2.error as error:
            reason = error.args[0].decode() if error.args and isinstance(error.args[0], bytes) else str(error)
            raise ValueError(reason) from None
        self._engine: Any = compiled._regexp.Match
        self.groups: int = compiled.groups
        self.source = source

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

    def at(self, text: bytes, place: int) -> list[Span] | None:
        """The spans of a match that begins there."""
        spans: list[Span] = self._engine(_HERE, text, place, len(text))
        return spans if spans[0][0] >= 0 else None

    def found_in(self, text: bytes) -> bool:
        """Whether it matches anywhere."""
        return bool(self._engine(_ANYWHERE, text, 0, len(text))[0][0] >= 0)

    def is_whole(self, text: bytes) -> bool:
        """Whether it matches all of the text."""
        return bool(self._engine(_WHOLE, text, 0, len(text))[0][0] >= 0)


class Patterns:
    """Several patterns in one automaton, which tells in one pass which of them occur in a text, and not where.

    Most of what is looked for is in no letter at all. Nine patterns over 22 kB take 150 us in two automata, 400 one by
    one (measured between the other steps of judging, which push them out of the processor's cache).
    """

    def __init__(self, *patterns: Pattern) -> None:
        self.all = frozenset(patterns)
        self._patterns = patterns
        self._automaton = PatternSet((pattern.source.encode() for pattern in patterns), re2.Options(), _MEMORY)

    def found_in(self, text: bytes) -> frozenset[Pattern]:
        """Those that occur; all of them where the automaton does not fit in its memory: then each is asked itself."""
        hits = self._automaton.found_in(text)
        return frozenset([self._patterns[hit] for hit in hits if hit < len(self._patterns)]) if hits else self.all
