"""Header sections: where they end, their fields, and the words in them (RFC 5322 section 2.2, RFC 2047)."""

import binascii
import re
from dataclasses import dataclass, field
from functools import lru_cache

from mailguard.message.budget import Budget
from mailguard.message.charsets import codec_of, decode
from mailguard.message.normalise import USUAL
from mailguard.message.quoted_printable import decode_codes

_NAME = re.compile(rb"[!-9;-~]+")
_SPACED_FIELD = re.compile(rb"([!-9;-~]+)[ \t]+:[ \t]*(.*)", re.DOTALL)
_LOOSE_FIELD = re.compile(rb"(content-[a-z-]{2,30})[\x00-\x20\x7f-\xff]*:", re.IGNORECASE)
_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?\n]*)\?=")
_BETWEEN_WORDS = re.compile(r"(\?=)[ \t\r\n]+(?==\?[^?\s]{1,60}\?[bBqQ]\?)")


@dataclass(slots=True)
class HeaderSection:
    """The fields of a message or body part, and what is odd about them."""

    fields: list[tuple[str, bytes]] = field(default_factory=list)
    """Names as written, values unfolded but not decoded."""
    body_start: int = 0
    odd: str | None = None
    """Why mail programs may disagree about what these fields say; None in ordinary mail."""
    over_budget: str | None = None
    raw: bytes = b""
    """The section as it stood."""
    by_name: dict[str, list[bytes]] = field(default_factory=dict)
    """Values in their order by lower-case name."""

    def all(self, name: str) -> list[bytes]:
        """Every value of a field name in lower case, in order."""
        return self.by_name.get(name, [])

    @property
    def is_plain(self) -> bool:
        """Whether there is nothing to decode: printable ASCII without encoded words."""
        return b"=?" not in self.raw and not self.raw.translate(None, USUAL)


def read_header_section(source: bytes, start: int, end: int, budget: Budget) -> HeaderSection:
    """Fields of the header section at `start`; `source` has LF line ends. It ends at an empty line or a line that
    is no field."""
    section = HeaderSection()
    stop = _section_end(source, start, end)
    section.body_start = min(end, stop + 1)
    if stop - start > budget.header_octets:
        section.over_budget = f"a header section is larger than {budget.header_octets} octets"
        stop = start + budget.header_octets
    section.raw = source[start:stop]
    folded: list[tuple[str, list[bytes]]] = []
    position = start
    for line in section.raw.split(b"\n"):
        following = position + len(line) + 1
        written, colon, value = line.partition(b":")
        if colon and (name := _field_name(written)):
            folded.append((name, [value]))
        elif line[:1] in (b" ", b"\t"):
            _note_odd_fold(section, bool(folded), line, source[following : min(stop, following + 60)])
            if folded:
                folded[-1][1].append(line)
        elif (match := _SPACED_FIELD.match(line)) is not None:
            name = match[1].decode("ascii")
            if name.lower().startswith("content-"):
                section.odd = "a Content field has a space before its colon"
            folded.append((name, [match[2]]))
        elif line and not (position == start and line.startswith((b"From ", b">From "))):
            section.body_start = position  # a line that is no field: most programs take it for the body
            if _LOOSE_FIELD.search(source[position:stop]):
                section.odd = "a line in the header is no field, and fields follow it"
            section.raw = source[start:position]
            break
        position = following
        if len(folded) > budget.header_fields:
            section.over_budget = f"a header section has more than {budget.header_fields} fields"
            break
    for name, lines in folded:
        value = b"".join(lines).strip()
        section.fields.append((name, value))
        section.by_name.setdefault(name.lower(), []).append(value)
    return section


@lru_cache(maxsize=1024)
def _field_name(written: bytes) -> str:
    """The name of a field; empty where it is none."""
    return written.decode("ascii") if _NAME.fullmatch(written) else ""


def _section_end(source: bytes, start: int, end: int) -> int:
    """Offset of the line end that precedes the body's empty line, or of the empty line itself where no field stands."""
    if source[start : start + 1] == b"\n":
        return start
    gap = source.find(b"\n\n", start, end)
    return end if gap < 0 else gap + 1


def _note_odd_fold(section: HeaderSection, has_field: bool, line: bytes, following: bytes) -> None:
    if not line.strip() and _LOOSE_FIELD.match(following.lstrip()):
        section.odd = "a line of spaces in the header may end it, and Content fields follow"
    elif not has_field and _LOOSE_FIELD.match(line.lstrip()):
        section.odd = "the header begins with a folded line"


def decode_value(value: bytes) -> str:
    """Text of a field value: UTF-8 (RFC 6532) or a code page, with encoded words (RFC 2047) decoded; broken ones
    stay as they are."""
    text = decode(value)
    return decode_words(text) if "=?" in text else text


def decode_words(text: str) -> str:
    """Decode the encoded words of a text.

    Blanks between two of them fall away; a character cut in two by a pair is joined.
    """
    text = _BETWEEN_WORDS.sub(r"\1", text)
    pieces: list[str] = []
    position = 0
    pending: tuple[str, bytes] | None = None
    for match in _WORD.finditer(text):
        label, octets = match.group(1).partition("*")[0], _word_octets(match.group(2), match.group(3))
        joined = match.start() == position and pending is not None
        if pending is not None and (octets is None or not joined or pending[0] != label.lower()):
            pieces.append(decode(pending[1], pending[0]))
            pending = None
        if octets is None or (codec_of(label) is None and not octets.isascii() and _is_not_text(octets)):
            pieces.append(text[position : match.end()])
        else:
            pieces.append(text[position : match.start()])
            pending = (label.lower(), pending[1] + octets if pending else octets)
        position = match.end()
    if pending is not None:
        pieces.append(decode(pending[1], pending[0]))
    pieces.append(text[position:])
    return "".join(pieces)


def _word_octets(encoding: str, text: str) -> bytes | None:
    try:
        raw = text.encode("ascii")
    except UnicodeEncodeError:
        return None
    if encoding in "qQ":
        return decode_codes(raw.replace(b"_", b" "))
    try:
        return binascii.a2b_base64(raw.rstrip(b"=") + b"==")
    except binascii.Error:
        return None


def _is_not_text(octets: bytes) -> bool:
    return b"\0" in octets
