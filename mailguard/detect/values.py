"""Reading a value at a place: where it begins and ends, and what shape it has."""

import re
from typing import NamedTuple

from mailguard.detect.window import Window

LONGEST = 72
"""Characters of the longest value read; keys with a form of their own are found by their own rules."""

_OPENING = {'"': '"', "'": "'"}
_ENCLOSED = re.compile(rb"(?:\[([^\s\[\]]{6,40})\]|\(([^\s()]{6,40})\)|\{([^\s{}]{6,40})\})(?![\w(\[])")
"""A word in brackets; with a digit and a letter it is no placeholder, which are words."""
_REMARK = re.compile(rb"[a-z]{2,12}(?:[-_][a-z]{2,12})+[-_]?[0-9]{0,2}")
"""Words with hyphens in brackets stand in the value's place and are none: `[see-section-2]`."""
_TOKEN = re.compile(rb"[^\s|<>]{1,200}")
_MARKUP = re.compile(rb"[*_~]{1,3}")
_CUT = re.compile(rb";(?:$|[a-z ]{2,20}=)|,$|\t|&(?:[a-z_]{2,16})=")
_DIGIT_RUN = re.compile(rb"[0-9](?:(?: {1,2}|[\-./])?[0-9]){1,23}")
_TRAILING = b".,;:)]}\"'!?"

# Python's re is used here on slices of at most 200 bytes and with patterns that cannot back-track into each other;
# rules from packs always run on RE2.


class Value(NamedTuple):
    """A place in the text read as a value."""

    start: int
    end: int
    quoted: bool
    follows: bytes
    """Up to 40 folded characters after it, on its own line."""
    alone: bool
    """Nothing else stands on its line after it (and its closing quote)."""
    stop: bool
    """A sign that ends a clause stands directly after it."""


def _finish(plain: bytes, start: int, end: int, after: int, quoted: bool) -> Value:
    line = plain[after : after + 41].split(b"\n", 1)[0]
    rest = line.strip(b" \t\r*_\"'`|")
    stop = (
        not rest
        or rest[:1] in b".,;:!?()[]<>|/-"
        or (after > end and not quoted)
        or b"\t" in line[:2]
        or b"|" in line[:3]
    )
    return Value(start, end, quoted, line[:40], rest in (b"", b".", b",", b";", b"!", b")"), stop)


def read_value(window: Window, at: int, *, brackets: bool = False) -> Value | None:
    """Read the value that begins at `at`, also one in `brackets` if so wished; None where there is none."""
    plain = window.plain
    if at >= len(plain):
        return None
    opening = _MARKUP.match(plain, at)
    if opening and plain[opening.end() : opening.end() + 1].isalnum():
        return _read_marked(plain, at, opening.end(), opening.group())
    if opening:
        at = opening.end()
        while plain[at : at + 1] == b" ":
            at += 1
        if at >= len(plain):
            return None
    escaped = plain[at : at + 2] in (b'\\"', b"\\'")
    at += escaped
    character = chr(plain[at])
    if character in _OPENING:
        closing = plain.find(_OPENING[character].encode(), at + 1, at + 2 + LONGEST)
        if closing > at + 1 and b"\n" not in plain[at:closing]:
            return _finish(plain, at + 1, closing - (escaped and plain[closing - 1] == 0x5C), closing + 1, True)
        at += 1
    if brackets and (enclosed := _ENCLOSED.match(plain, at)):
        start, end = enclosed.span(enclosed.lastindex or 0)
        if _REMARK.fullmatch(plain, start, end):
            return None
        if any(0x30 <= sign <= 0x39 for sign in plain[start:end]) and plain[start:end].upper() != plain[start:end]:
            return _finish(plain, start, end, end + 1, True)
    return _read_bare(plain, at)


def _read_marked(plain: bytes, at: int, start: int, mark: bytes) -> Value | None:
    """A value in the emphasis of plain-text mail: `*Kesa2020*`."""
    end = plain.find(mark, start, start + LONGEST)
    line = plain.find(b"\n", start, start + LONGEST)
    if end < 0 or (0 <= line < end) or b" " in plain[start:end]:
        return _read_bare(plain, start if len(mark) == 1 else at)
    return _finish(plain, start, end, end + len(mark), False)


def _read_bare(plain: bytes, at: int) -> Value | None:
    token = _TOKEN.match(plain, at)
    if not token:
        return None
    start, end = token.span()
    cut = _CUT.search(plain, start, end)
    if cut and cut.start() > start:
        end = cut.start()
    quote = plain.find(b'"', start + 1, end)
    if quote > 0:
        end = quote
    whole = end
    while end > start and plain[end - 1] in _TRAILING:
        if plain[end - 1] == 0x29 and plain.count(b"(", start, end) >= plain.count(b")", start, end):
            break
        end -= 1
    if end == start:
        return None
    return _finish(plain, start, end, whole, False)


def read_digits(window: Window, at: int, fewest: int, most: int) -> Value | None:
    """Read a code of digits, also when it is spelt out in groups (`8 8 1 4`, `994 201`, `12-34`)."""
    plain = window.plain
    quoted = plain[at : at + 1] in (b'"', b"'", b"*", b"(")
    found = _DIGIT_RUN.match(plain, at + quoted)
    if not found:
        return None
    start, end = found.span()
    if plain[end : end + 1] in (b"#", b"*"):
        end += 1
    count = sum(48 <= byte <= 57 for byte in plain[start:end])
    after = plain[end : end + 1]
    if not fewest <= count <= most or after.isalpha() or after in (b"%", b"@", b"_"):
        return None
    if after in (b"-", b"/", b":") and plain[end + 1 : end + 2].isalnum():
        return None
    if after in (b".", b",") and plain[end + 1 : end + 2].isdigit():
        return None
    return _finish(plain, start, end, end + (quoted and plain[end : end + 1] in (b'"', b"'", b"*", b")")), False)
