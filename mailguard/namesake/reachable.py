"""Telephone numbers and user names that stand in a text without a label."""

import re
from collections.abc import Iterator
from itertools import islice

from mailguard.namesake.octets import Text
from mailguard.namesake.searching import Pattern, Span

_MOST = 60
PHONE = Pattern(r"(?:^|[^\pL\pN_.,@/])([+(]{0,2}\d[\d ()/.‐–\-]{5,22}\d)")
_FEWEST_DIGITS, _MOST_DIGITS = 7, 15
"""ITU-T E.164, section 6: fifteen digits at most."""
_WORDS = r"[\pL\pN_.\-]"
MIXED = Pattern(
    rf"(?:^|[^\pL\pN_.@/+\-])(\pL[\pL_.\-]*(?:\d|[_.\-]\pL){_WORDS}*|\d[\d.\-]*\pL{_WORDS}*)(?:[^\pL\pN_.@/+\-]|$)"
)
_ALONE = Pattern(
    r"(?:^|[\n:=|\t\"“”„»«'‘’(])[ \t]*[A-Za-zÀ-ɏ][0-9A-Za-zÀ-ɏ_.\-]{6,31}[ \t]*(?:[\"“”«»'’.,;)|\t\r\n]|$)"
)
_LONGEST = 64
_LONG = 7
_LIKE_A_NAME = 4
_JOINTS = "._-"
_WORD = re.compile(rb"[0-9A-Za-z\xc3-\xdf][0-9A-Za-z_.\x80-\xbf\xc3-\xdf-]+")
"""Octets of Latin, Greek and Cyrillic letters among others; quotation marks begin with another octet."""


def find_phones(text: Text) -> list[tuple[str, int, int]]:
    """What may be a telephone number, with its place. A number and a date behind it may be one number, or not."""
    found: list[tuple[str, int, int]] = []
    if not text.may_have(PHONE):
        return found
    for _, (start, end) in islice(PHONE.spans(text.head), _MOST):
        if text.head[end : end + 1].isalnum():
            continue
        pieces = text.string(start, end).split(" ")
        for count in range(1, len(pieces) + 1):
            number = " ".join(pieces[:count])
            if _FEWEST_DIGITS <= sum(ch.isdigit() for ch in number) <= _MOST_DIGITS:
                found.append((number, start, start + len(number.encode())))
    return found[:_MOST]


def find_usernames(text: Text, greeted: str) -> list[tuple[str, int, int]]:
    """Words that are no everyday words: with digits or joints in them, standing alone, or made of the greeted name."""
    found: dict[str, Span] = {}
    mixed = _mixed(text.head) if text.may_have(MIXED) else ()
    for start, end in (*mixed, *_like_the_greeted(text, greeted), *_alone(text.head)):
        word = text.string(start, end).rstrip(_JOINTS)
        if 4 <= len(word) <= _LONGEST:
            found.setdefault(word, (start, end))
    return [(word, *place) for word, place in found.items()][: 2 * _MOST]


def _mixed(text: bytes) -> Iterator[Span]:
    for _, place in islice(MIXED.spans(text), _MOST):
        yield place


def _alone(text: bytes) -> Iterator[Span]:
    for ((start, end),) in islice(_ALONE.spans(text), _MOST):
        if word := _WORD.search(text, start, end):
            yield word.span()


def _like_the_greeted(text: Text, greeted: str) -> Iterator[Span]:
    """Words of seven letters or more that hold the beginning of a greeted name: `mvirtanen`."""
    for name in greeted.split():
        if len(name) >= _LIKE_A_NAME:
            yield from _words_with(text.head, text.lowered, name[:_LIKE_A_NAME].lower().encode())


def _words_with(text: bytes, small: bytes, begin: bytes) -> Iterator[Span]:
    at = small.find(begin)
    for _ in range(_MOST):
        if at < 0:
            return
        start, end = _token_around(small, at, at + len(begin))
        if end - start >= _LONG and text[start - 1 : start] not in _ADDRESS and text[end : end + 1] not in _ADDRESS:
            yield start, end
        at = small.find(begin, end)


_ADDRESS = frozenset({b"@", b"/", b"+"})


def _token_around(text: bytes, start: int, end: int) -> Span:
    while start and end - start < _LONGEST and _is_token(text[start - 1]):
        start -= 1
    while end < len(text) and end - start < _LONGEST and _is_token(text[end]):
        end += 1
    return start, end


def _is_token(octet: int) -> bool:
    return octet >= 0x80 or octet in _TOKEN_OCTETS


_TOKEN_OCTETS = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789_.-")
