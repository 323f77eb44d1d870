"""Content-Transfer-Encoding (RFC 2045 section 6): octets as they were before transport, and every way where the
label is crooked."""

import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from mailguard.message.base64_whole import decode_whole
from mailguard.message.quoted_printable import read_quoted_printable

ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_KNOWN = {
    "": "identity",
    "7bit": "identity",
    "8bit": "identity",
    "binary": "identity",
    "7-bit": "identity",
    "8-bit": "identity",
    "7bits": "identity",
    "8bits": "identity",
    "base64": "base64",
    "quoted-printable": "quoted-printable",
    "x-uuencode": "uuencode",
    "uuencode": "uuencode",
    "x-uue": "uuencode",
    "uue": "uuencode",
    "x-yencode": "yencode",
}
_LOOKS_QUOTED = re.compile(rb"=(?:\n|3[Dd]|20\n|[0-9A-Fa-f]{2}=[0-9A-Fa-f]{2})")
MOST_FILES = 100
"""Encoded files that are taken out of one text."""
_UU_BEGIN = re.compile(rb"^begin(-base64)? [0-7]{3,4} ?([^\n]{0,255})\n", re.MULTILINE)
_YENC_BEGIN = re.compile(rb"^=ybegin [^\n]{0,300}?name=([^\n]{1,255})\n", re.MULTILINE)
_YENC_SHIFT = bytes((octet - 42) % 256 for octet in range(256))


@dataclass(slots=True)
class Decoded:
    """Readings of a body, the likeliest first, and why they may be wrong."""

    ways: list[bytes] = field(default_factory=list)
    odd: str | None = None
    """What is crooked, as a clause; None in ordinary mail."""
    was_encoded: bool = False
    """The first reading is no longer the octets of the message."""


def encoding_of(label: str) -> str | None:
    """`identity`, `base64`, `quoted-printable`, `uuencode`, `yencode`, or None for a label that is none of them."""
    return _KNOWN.get(label.strip().lower().rstrip("; "))


def undo_encoding(body: bytes, labels: Sequence[str]) -> Decoded:
    """Decode a body by the values of its Content-Transfer-Encoding fields (none, one, or in crooked mail several)."""
    distinct = list(dict.fromkeys(label.strip().lower().rstrip("; ") for label in labels))
    names = [_KNOWN.get(label) for label in distinct] or ["identity"]
    if len(names) == 1 and names[0] is not None:
        return _decode_one(body, names[0])
    result = Decoded(
        odd="its transfer encoding is unknown" if len(names) == 1 else "it names several transfer encodings"
    )
    for name in dict.fromkeys([*(name for name in names if name), "base64", "quoted-printable", "identity"]):
        if name == "base64" and name not in names and not _mostly_base64(body):
            continue
        if name == "quoted-printable" and name not in names and not _LOOKS_QUOTED.search(body):
            continue
        result.ways += [way for way in _decode_one(body, name).ways if way not in result.ways]
    return result


def undo_encoding_within(source: bytes, start: int, end: int, labels: Sequence[str]) -> Decoded:
    """The same of the body in `source[start:end]`, which is not copied where it is faultless base64."""
    name = encoding_of(labels[0]) if len(labels) == 1 else None if labels else "identity"
    if name == "base64" and (whole := decode_whole(source, start, end)):
        return Decoded([whole], None, True)
    return _decode_one(source[start:end], name) if name else undo_encoding(source[start:end], labels)


def _decode_one(body: bytes, name: str) -> Decoded:
    if name == "base64":
        return undo_base64(body)
    if name == "quoted-printable":
        return Decoded(read_quoted_printable(body), None, True)
    if name == "identity":
        return Decoded([body])
    files = uuencoded_files(body) if name == "uuencode" else yencoded_files(body)
    return Decoded(
        [data for _, data in files] or [body], None if files else "its transfer encoding does not fit its content", True
    )


def undo_base64(body: bytes) -> Decoded:
    """Base64 with tolerance for line ends and missing padding.

    Foreign characters or padding amid the data are read every way.
    """
    packed = body.replace(b"\n", b"")  # a single octet: a third of the time of removing all blanks
    if (foreign := packed.translate(None, ALPHABET)).strip(b"="):
        packed = packed.translate(None, b" \t\r")
        foreign = packed.translate(None, ALPHABET)
    if not foreign.strip(b"=") and packed.endswith(foreign):
        padded = len(packed) % 4 == 0 and len(foreign) <= 2
        way = binascii.a2b_base64(packed) if padded else unpack(packed[: len(packed) - len(foreign)])
        return Decoded([way], None, True)
    content = packed.rstrip(b"=")
    result = Decoded([], "its base64 is broken", True)
    pieces = [piece for piece in re.split(rb"=+", content.translate(None, _FOREIGN_BUT_PADDING)) if piece]
    result.ways.append(b"".join(unpack(piece) for piece in pieces[:1000]))
    first = packed[: len(packed) - len(packed.lstrip(ALPHABET))]
    tail = packed[len(first) :].lstrip(b"=")
    other = [
        unpack(first),
        unpack(content.translate(None, _FOREIGN)),
        unpack(content.translate(_URL_SAFE, _FOREIGN_URL_SAFE)),
    ]
    other.append(body)
    result.ways += [way for way in dict.fromkeys(other) if way and way != result.ways[0]]
    if not tail.translate(None, b"=-.>_*~"):
        result.odd = None  # a stray full stop or rule at the end, as sloppy programs leave it
    return result


_FOREIGN = bytes(octet for octet in range(256) if octet not in ALPHABET)
_FOREIGN_BUT_PADDING = bytes(octet for octet in _FOREIGN if octet != ord("="))
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_FOREIGN_URL_SAFE = bytes(octet for octet in _FOREIGN if octet not in b"-_")


def unpack(content: bytes) -> bytes:
    """Decode characters of the alphabet; what is left over of the last group of four is dropped."""
    spare = len(content) % 4
    if spare == 1:
        content, spare = content[:-1], 0
    return binascii.a2b_base64(content + b"=" * (-len(content) % 4))


def uuencoded_files(text: bytes) -> list[tuple[str, bytes]]:
    """Files in uuencode blocks (`begin 644 name` to `end`) anywhere in a text: `(name, octets)`."""
    files: list[tuple[str, bytes]] = []
    position = 0
    while len(files) < MOST_FILES and (begin := _UU_BEGIN.search(text, position)) is not None:
        position = begin.end()
        if begin.group(1):
            stop = text.find(b"\n====", position - 1)
            stop = stop if stop >= 0 else len(text)
            data, position = undo_base64(text[position:stop]).ways[0], stop
        else:
            data, position = _uudecode(text, position)
        if data:
            files.append((begin.group(2).decode("utf-8", "replace").strip(), data))
    return files


def _uudecode(text: bytes, position: int) -> tuple[bytes, int]:
    """Octets of the lines at `position`, and where the first line stands that belongs to no file."""
    pieces = []
    while position < len(text):
        stop = text.find(b"\n", position)
        stop = stop if stop >= 0 else len(text)
        line = text[position:stop]
        if line == b"end" or not line:
            break
        # Some encoders write more characters than the length octet says.
        count = ((line[0] - 32) & 63) * 4 // 3 + 3
        try:
            pieces.append(binascii.a2b_uu(line[:count]))
        except binascii.Error:
            break
        position = stop + 1
    return b"".join(pieces), position


def yencoded_files(text: bytes) -> list[tuple[str, bytes]]:
    """Files in yEnc blocks (`=ybegin ... name=` to `=yend`): `(name, octets)`."""
    files: list[tuple[str, bytes]] = []
    position = 0
    while (begin := _YENC_BEGIN.search(text, position)) is not None and len(files) < MOST_FILES:
        stop = text.find(b"\n=yend", begin.end() - 1)
        position = stop if stop >= 0 else len(text)
        lines = [line for line in text[begin.end() : position].split(b"\n") if not line.startswith(b"=ypart")]
        escaped = re.sub(
            rb"=(.)", lambda match: bytes([(match.group(1)[0] - 64) % 256]), b"".join(lines), flags=re.DOTALL
        )
        files.append((begin.group(1).decode("utf-8", "replace").strip(), escaped.translate(_YENC_SHIFT)))
    return files


def _mostly_base64(body: bytes) -> bool:
    packed = body.translate(None, b" \t\n\r=")
    return len(packed) >= 8 and len(packed.translate(None, ALPHABET)) * 5 < len(packed)
