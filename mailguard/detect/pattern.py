"""Compiling patterns with RE2, whose matching time is linear in the text whatever the pattern (promise 9)."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import re2

MEMORY = 64 << 20
"""Bytes that one compiled pattern may take for its automaton; RE2 falls back to a slower linear engine beyond it."""


_LONG_RUN = 10
_ATOM = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{(?P<fewest>\d+),(?P<most>\d+)\}\??|.", re.DOTALL)
"""An escaped sign, a class, a repetition, or a sign of a pattern."""

Span = tuple[int, int]


class Found:
    """One match: spans of the whole and of its groups, in bytes of the text."""

    __slots__ = ("_spans", "_text")

    def __init__(self, text: bytes, spans: list[Span]) -> None:
        self._text = text
        self._spans = spans

    def span(self, group: int = 0) -> Span:
        """Start and end of a group; (-1, -1) when it took no part."""
        return self._spans[group]

    def start(self, group: int = 0) -> int:
        """Where a group begins."""
        return self._spans[group][0]

    def end(self, group: int = 0) -> int:
        """Where a group ends."""
        return self._spans[group][1]

    def __getitem__(self, group: int) -> bytes:
        start, end = self._spans[group]
        return self._text[start:end] if start >= 0 else b""


class Pattern:
    """A pattern that RE2 takes, compiled for good when it is first asked.

    Compiled, the rules of six languages take 25 MB in each process, and most letters ask few of them (half a
    millisecond each, once).

    The library's own object makes a generator and a match of Python for every call (2 us, the matching itself 0.5);
    a letter takes thousands of calls, so its engine is asked directly.
    """

    __slots__ = ("_engine", "_made_of", "groups")

    def __init__(self, source: str | bytes, options: Any) -> None:
        """Raises `re2.error` when RE2 refuses it."""
        self.groups: Mapping[str | bytes, int] = re2.compile(source, options).groupindex
        self._made_of = source, options
        self._engine: Any = None

    def search(self, text: bytes, at: int = 0, end: int | None = None) -> Found | None:
        """The leftmost match."""
        return self._match(_ANYWHERE, text, at, end)

    def match(self, text: bytes, at: int = 0, end: int | None = None) -> Found | None:
        """A match that begins at `at`."""
        return self._match(_AT_START, text, at, end)

    def fullmatch(self, text: bytes, at: int = 0, end: int | None = None) -> Found | None:
        """A match of everything between `at` and `end`."""
        return self._match(_WHOLE, text, at, end)

    def spans(self, text: bytes) -> Iterator[Span]:
        """Spans of all matches, from left to right, without overlap; empty ones are passed over."""
        at, end = 0, len(text)
        engine = self._engine or self._compile()
        while at <= end:
            start, at = engine(_ANYWHERE, text, at, end)[0]
            if start < 0:
                return
            if at > start:
                yield start, at
            else:
                at += 1

    def _match(self, anchor: Any, text: bytes, at: int, end: int | None) -> Found | None:
        last = len(text) if end is None else min(end, len(text))
        if at > last:
            return None
        spans = (self._engine or self._compile())(anchor, text, at, last)
        return Found(text, spans) if spans[0][0] >= 0 else None

    def _compile(self) -> Any:
        """The engine. Two threads may both come here: they make the same."""
        self._engine = re2.compile(*self._made_of)._regexp.Match
        return self._engine


_ANYWHERE, _AT_START, _WHOLE = (
    re2._Anchor.UNANCHORED,
    re2._Anchor.ANCHOR_START,
    re2._Anchor.ANCHOR_BOTH,
)


def _options(longest: bool, captures: bool) -> Any:
    options = re2.Options()
    options.never_capture = not captures
    options.log_errors = False
    options.max_mem = MEMORY
    options.longest_match = longest
    return options


def compile_pattern(pattern: str, *, longest: bool = False, exact: bool = False, captures: bool = True) -> Pattern:
    """Compile a pattern for folded bytes, or (`exact`) for original text in UTF-8.

    Without `captures` its groups are not told: a match of a long pattern with groups takes 5 us, one without .8.

    Raises ValueError in words that an operator understands when RE2 refuses it.
    """
    try:
        source: str | bytes = pattern if exact else widen_spaces(pattern).encode("ascii")
        return Pattern(source, _options(longest, captures))
    except UnicodeEncodeError:
        raise ValueError("write it without diacritics: rules see text folded to a-z") from None
    except re2.error as error:
        reason = error.args[0].decode() if error.args and isinstance(error.args[0], bytes) else str(error)
        raise ValueError(f"RE2 refuses the pattern ({reason}); look-around and back-references do not exist") from None


def widen_spaces(pattern: str) -> str:
    """Let every space of a pattern stand for one to three: people and mail programs double them."""
    out = []
    in_class = escaped = False
    for index, sign in enumerate(pattern):
        follows = pattern[index + 1 : index + 2]
        if sign == " " and not in_class and not escaped and follows not in {"?", "*", "+", "{"}:
            out.append(" {1,3}")
        else:
            out.append(sign)
        if not escaped and sign in "[]":
            in_class = sign == "["
        escaped = sign == "\\" and not escaped
    return "".join(out)


def roughly(pattern: str) -> str:
    """A pattern that finds all that this one does, and more, but counts no long runs: `{2,40}` becomes `{2,}`, as short
    as may be.

    Where such runs may begin at every word, the automaton needs a new state for nearly every octet: of 100 kB of `PIN `
    and blanks in no order one such rule took 150 ms, and its rough pattern takes 1.
    """
    pieces = []
    at = 0
    while found := _ATOM.match(pattern, at):
        at = found.end()
        fewest, most = found["fewest"], found["most"]
        pieces.append(f"{{{fewest},}}?" if most and int(most) >= _LONG_RUN else found.group())
    return "".join(pieces)


def any_of(alternatives: Iterable[str]) -> str:
    """An alternation of patterns; one that matches nothing when there are none."""
    parts = [alternative for alternative in alternatives if alternative]
    return "(?:" + "|".join(parts) + ")" if parts else r"[^\x00-\x{10FFFF}]"
