"""Another address in the To, Cc and Bcc of a message: these lines change, and no other octet of it.

Mail programs differ about comments, quotes, groups and encoded words (RFC 5322, section 3.4), so nothing is parsed and
written anew: only the octets of the address itself are exchanged, wherever they stand. What then still shows the old
address to some reader of the header is refused.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mailguard.core.address import bare_readings, canonical, find_addresses
from mailguard.core.errors import CannotCorrect
from mailguard.message.headers import decode_value

_CORRECTED = frozenset({b"to", b"cc", b"bcc", b"resent-to", b"resent-cc", b"resent-bcc"})
_ANSWERED = frozenset({b"reply-to", b"resent-reply-to", b"mail-reply-to", b"mail-followup-to", b"from", b"sender"})
"""Where an answer goes: with the wrong address there, the customer's own answer would be the next leak."""
_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:")
_DOMAIN = re.compile(rb"@[A-Za-z0-9._\x80-\xff-]{1,253}")
_NO_LOCAL = frozenset(b' \t\r\n()<>[]:;@\\,"')
_LONGEST_LOCAL = 64
_ESCAPED = re.compile(r"\\(.)")
_LONGEST_LINE = 998
"""Octets without CRLF (RFC 5322, section 2.1.1)."""
_MOST_OCTETS = 64_000
"""Of one field; a longer list is nobody's letter to a customer."""


@dataclass(frozen=True, slots=True)
class ChangedLine:
    """One field before and after, unfolded and decoded, for people."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Readdressed:
    """The message with other addresses in its header."""

    raw: bytes
    lines: tuple[ChangedLine, ...]
    """Empty where none of these fields names any of them: then the octets are the same."""


def readdress(raw: bytes, corrections: Mapping[str, str]) -> Readdressed:
    """Put each address of `corrections` in the place of its key, in every To, Cc and Bcc; display names stay.

    Two spellings of one mailbox are the same address. Raises CannotCorrect where the old address would still be read
    there, as in an encoded word or spread over comments, where answers go to it, where it stands behind a line that is
    no field, or where a line would become too long.
    """
    wanted = {canonical(old): new for old, new in corrections.items()}
    pieces: list[bytes] = []
    lines: list[ChangedLine] = []
    kept = 0
    for start, end, is_list in _fields(raw):
        if end - start > _MOST_OCTETS:
            raise CannotCorrect("the letter's list of recipients is too long to be corrected")
        changed = _exchange(raw[start:end], wanted) if is_list else raw[start:end]
        if _still_named(changed, wanted):
            raise CannotCorrect("the letter names the address in a way that cannot be corrected: reject it instead")
        if changed != raw[start:end]:
            if any(len(line) > _LONGEST_LINE for line in changed.splitlines()):
                raise CannotCorrect("a line of the letter's header would become too long: reject it instead")
            pieces += (raw[kept:start], changed)
            lines.append(ChangedLine(_shown(raw[start:end]), _shown(changed)))
            kept = end
    return Readdressed(b"".join((*pieces, raw[kept:])) if lines else raw, tuple(lines))


def _fields(raw: bytes) -> Iterator[tuple[int, int, bool]]:
    """Where each field with addresses begins and ends, without its last line end; whether it is a list of recipients.

    The last one, where programs disagree about the end of the header section, is what is left of it then: to some it is
    text, and others go on to read fields (`message.headers`).
    """
    at, begun, is_list = 0, -1, False
    while at < len(raw):
        line = raw[at : raw.find(b"\n", at) + 1 or len(raw)]
        if not line.startswith((b" ", b"\t")):
            if begun >= 0:
                yield begun, _without_line_end(raw, at), is_list
            match = _FIELD.match(line)
            if match is None and not (at == 0 and line.startswith((b"From ", b">From "))):
                if line.strip():
                    yield at, _header_end(raw, at), False
                return
            name = match[1].lower() if match else b""
            is_list = name in _CORRECTED
            begun = at if is_list or name in _ANSWERED else -1
        at += len(line)
    if begun >= 0:
        yield begun, _without_line_end(raw, at), is_list


def _header_end(raw: bytes, at: int) -> int:
    ends = (raw.find(mark, at, at + 2 * _MOST_OCTETS) for mark in (b"\r\n\r\n", b"\n\n"))
    return min((end for end in ends if end >= 0), default=min(len(raw), at + 2 * _MOST_OCTETS))


def _without_line_end(raw: bytes, end: int) -> int:
    for mark in (b"\n", b"\r"):
        end -= raw[end - 1 : end] == mark
    return end


def _exchange(field: bytes, wanted: Mapping[str, str]) -> bytes:
    pieces: list[bytes] = []
    kept = 0
    for match in _DOMAIN.finditer(field):
        start = _local_start(field, kept, match.start())
        # Outlook's way to write a mailbox without a name: 'a@x.example' <a@x.example>
        start += field[start : start + 1] == b"'" and field[match.end() : match.end() + 1] == b"'"
        new = wanted.get(_compared(field[start : match.start()], match[0]))
        if new is not None:
            dot = match[0].endswith(b".")
            pieces += (field[kept:start], new.encode("utf-8"))
            kept = match.end() - dot
    return b"".join((*pieces, field[kept:]))


def _local_start(field: bytes, least: int, at: int) -> int:
    """Where the local part before the @ begins: a quoted string, or what is no special (RFC 5322, section 3.2.3)."""
    least = max(least, at - 2 * _LONGEST_LOCAL)
    if field[at - 1 : at] == b'"':
        opening = field.rfind(b'"', least, at - 1)
        while opening > least and field[opening - 1 : opening] == b"\\":
            opening = field.rfind(b'"', least, opening)
        return opening if opening >= 0 else at
    start = at
    while start > least and field[start - 1] not in _NO_LOCAL:
        start -= 1
    return start


def _compared(local: bytes, domain: bytes) -> str:
    written = local.decode("utf-8", "replace")
    if written.startswith('"'):
        written = _ESCAPED.sub(r"\1", written[1:-1])
    return canonical(written + domain.decode("utf-8", "replace").rstrip("."))


def _still_named(field: bytes, wanted: Mapping[str, str]) -> bool:
    """Whether some reader finds one of the old addresses: in encoded words, or without comments, blanks and quotes."""
    old = set(wanted) - {canonical(new) for new in wanted.values()}
    text = decode_value(field)
    if not text.isascii():
        # Other letters of the same look: a wide @ is one to whoever copies the address.
        text = unicodedata.normalize("NFKC", text)
    readings = (text, *bare_readings(text))
    return any(canonical(found.strip(".'")) in old for reading in readings for found in find_addresses(reading))


def _shown(field: bytes) -> str:
    return " ".join(decode_value(field).split())
