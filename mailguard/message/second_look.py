"""A look at octets without any structure: what in them is encoded once more, under whatever label or none.

The tree of a message says how its parts are encoded; a program that reads the tree differently decodes something else.
So whatever reads as base64 or quoted-printable is decoded here too, and the detector sees both.
"""

import re
from collections.abc import Set

from mailguard.message.charsets import HIGH, looks_wide
from mailguard.message.normalise import USUAL
from mailguard.message.quoted_printable import undo_quoted_printable
from mailguard.message.signs import Sign
from mailguard.message.sniff import CONTROLS, looks_like_text, sniff
from mailguard.message.transfer import ALPHABET, undo_base64, unpack

_LINE = rb"\n[A-Za-z0-9+/]++={0,2}[ \t]*+(?=\n|\Z)"
_BLOCK = re.compile(rb"%b(?:%b)++" % (_LINE, _LINE))
_TOKEN = re.compile(rb"[A-Za-z0-9+/]*+={0,2}")
_IN_ALPHABET = bytes(65 if octet in ALPHABET else 32 for octet in range(256))
_SHORTEST = 16
"""Characters of a single base64 token: twelve octets, `password: x`."""
_FILES = (b"PK\x03\x04", b"%PDF-", b"\xd0\xcf\x11\xe0\xa1\xb1", b"\x1f\x8b\x08", b"7z\xbc\xaf\x27", b"Rar!\x1a\x07")
"""What files begin with that hold text and are none."""
_WIDE = b"\xff\xfe"
_MOST_FINDS = 100
_MOST_WORDS = 1000
"""Words of one text that decode to text; links of long newsletters hold some hundred."""


class TooManyFinds(Exception):
    """More encoded pieces in one text than are decoded."""


def second_look(data: bytes, signs: Set[Sign]) -> list[bytes]:
    """Octets that decode out of a text and are text or an archive themselves. Linear in the text.

    Single words that decode to text (links of newsletters carry dozens) come joined, as lines of one find.
    `signs`: which encodings are looked for. Raises TooManyFinds beyond 100 finds or 1,000 words.
    """
    finds: list[bytes] = []
    words: list[bytes] = []
    if Sign.BLOCK in signs or Sign.WORD in signs:
        mapped = data.translate(_IN_ALPHABET)
        if Sign.BLOCK in signs:
            finds, mapped = _blocks(data, mapped)
        if Sign.WORD in signs:
            words = _words(data, mapped)
    if lines := [octets for octets in words if _is_plain(octets)]:
        finds.append(b"\n".join(lines))
    finds += [octets for octets in words if not _is_plain(octets)]
    if Sign.QUOTED in signs:
        finds += _quoted_lines(data)
    if len(finds) > _MOST_FINDS:
        raise TooManyFinds
    return finds


def _blocks(data: bytes, mapped: bytes) -> tuple[list[bytes], bytes]:
    """Runs of lines that are base64 through and through, and `mapped` with these blotted out."""
    finds: list[bytes] = []
    left = bytearray()
    for match in _BLOCK.finditer(b"\n" + data) if data.count(b"\n") > 1 else ():
        if (octets := _decode(match.group()) or _decode(_without_words(match.group()))) is not None:
            finds.append(octets)
            left = left or bytearray(mapped)
            start, end = max(0, match.start() - 1), match.end() - 1
            left[start:end] = b" " * (end - start)
    return finds, bytes(left) if finds else mapped


def _without_words(run: bytes) -> bytes:
    """A run of lines without those at its beginning that are words of the text: a line of base64 has whole groups."""
    lines = run.split(b"\n")
    first = next((number for number, line in enumerate(lines) if line and len(line) % 4 == 0), 0)
    return b"\n".join(lines[first:]) if first > 1 else b""


def _quoted_lines(data: bytes) -> list[bytes]:
    """The lines that quoted-printable decoding changes, each with its neighbours, where a label may stand."""
    before = set(data.split(b"\n"))
    lines = undo_quoted_printable(data).split(b"\n")
    wanted = [False] * (len(lines) + 2)
    for number, line in enumerate(lines):
        if line not in before:
            wanted[number : number + 3] = True, True, True  # shifted by one: the line before, itself, the line after
    shown = b"\n".join(line for number, line in enumerate(lines) if wanted[number + 1])
    if sniff(shown, "", None) == "unknown":
        # In a letter without the encoding, `?id=1753` of a link decodes to a control character, which no program shows.
        shown = shown.translate(None, CONTROLS)
    return [shown] if shown.strip() else []


def _words(data: bytes, mapped: bytes) -> list[bytes]:
    """Single words that are base64. A search for 16 equal octets is fast where a pattern would try at every letter."""
    needle = b"A" * _SHORTEST
    finds = []
    position = mapped.find(needle)
    while position >= 0:
        match = _TOKEN.match(data, position)
        end = match.end() if match else position + _SHORTEST
        if (octets := _decode_word(data[position:end])) is not None:
            finds.append(octets)
            if len(finds) > _MOST_WORDS:
                raise TooManyFinds
        position = mapped.find(needle, end)
    return finds


def _is_plain(octets: bytes) -> bool:
    """Text in an ASCII-based character set, which may stand beside other such text."""
    return b"\0" not in octets and not octets.startswith((*_FILES, _WIDE))


def _decode(run: bytes) -> bytes | None:
    """The octets of a base64 run when they make sense, else None."""
    if not _makes_sense(undo_base64(run[:128].rstrip(b"=\n \t")).ways[0], share=0.8):
        return None
    octets = undo_base64(run).ways[0]
    return octets if len(octets) >= 6 and _makes_sense(octets, share=0.6) else None


def _decode_word(word: bytes) -> bytes | None:
    """The same for a word of the alphabet, mostly short enough to be looked at as a whole."""
    if len(word) > 128:
        return _decode(word)
    octets = unpack(word.rstrip(b"="))
    return octets if len(octets) >= 6 and _makes_sense(octets, share=0.8) else None


def _makes_sense(octets: bytes, share: float) -> bool:
    if not octets.translate(None, USUAL):
        return True  # as most that makes sense does; the tests below take ten times as long
    if octets.startswith((*_FILES, _WIDE, b"\xef\xbb\xbf")):
        return True
    if b"\0" in octets[:400] and looks_wide(octets):
        return True
    return len(octets.translate(None, HIGH)) >= share * len(octets) and looks_like_text(octets)
