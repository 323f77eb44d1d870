"""Text as a reader sees it: one form for letters, digits, spaces and line ends, and no invisible characters.

Findings' offsets count in this text and the review desk shows it, so it is made once and never changed again.
"""

import re
import unicodedata

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e0fff]+"
)
"""Default-ignorable code points (Unicode, DerivedCoreProperties), bidi controls, fillers and tag characters."""
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]+")
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_ODD_ASCII = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_TAGS = re.compile("[\U000e0020-\U000e007e]{2,}")
_TAG_OCTETS = b"\xf3\xa0"
"""How every tag character begins in UTF-8."""
_OVERRIDE = re.compile("[\u202e\u2067]([^\u202a-\u202e\u2066-\u2069\n]{1,500})")

_ODD_OCTETS = bytes([*range(9), *range(0x0B, 0x20), 0x7F, 0xE1, 0xED, 0xEF, 0xF3])
"""Controls, and the UTF-8 lead octets of Hangul fillers, surrogates, U+FExx and tag characters."""
_ODD_PAIRS = ("\u00ad".encode(), "\u034f".encode(), "\u061c".encode(), b"\xe2\x81", b"\xe3\x85")
_ODD_TRIPLES = re.compile(rb"\xe2\x80[\x8b-\x8f\xa8-\xae]|\xc2[\x80-\x9f]")

_PIECE = 512
"""Code points handed to NFKC at once.

The sorting of combining marks is quadratic: 100,000 of them take 8 s in one piece.
"""


def normalise(text: str) -> str:
    """Unicode NFKC (full-width digits, ligatures, non-breaking spaces), `\\n` line ends, no controls, no invisibles."""
    if text.isascii():
        if _ODD_ASCII.search(text) is None:
            return text
        return _CONTROLS.sub("", _LINE_ENDS.sub("\n", text))
    if _may_hold_odd(text):
        text = _INVISIBLE.sub("", _CONTROLS.sub("", _LINE_ENDS.sub("\n", text)))
    return _compose(text)


def _may_hold_odd(text: str) -> bool:
    """Whether the patterns need to look at all: searching octets for a few beginnings is ten times faster."""
    octets = text.encode("utf-8", "surrogatepass")
    if len(octets.translate(None, _ODD_OCTETS)) < len(octets):
        return True
    if any(pair in octets for pair in _ODD_PAIRS):
        return True
    # Western text has few of these octets, and looking for them is faster than beginning the pattern everywhere.
    return (b"\xe2\x80" in octets or b"\xc2" in octets) and _ODD_TRIPLES.search(octets) is not None


def hidden_readings(text: str) -> list[tuple[str, str]]:
    """Other texts that the invisible characters of a text spell: `(name, text)`.

    Tag characters (U+E0020..U+E007E) are an invisible ASCII; a right-to-left override shows a run backwards.
    """
    readings = []
    if _TAG_OCTETS in text.encode("utf-8", "surrogatepass") and (runs := _TAGS.findall(text)):
        readings.append(("tags", "\n".join("".join(chr(ord(char) - 0xE0000) for char in run) for run in runs)))
    if "\u202e" in text or "\u2067" in text:
        shown = _OVERRIDE.sub(lambda match: match.group(1)[::-1], text)
        readings.append(("override", normalise(shown)))
    return readings


def _compose(text: str) -> str:
    pieces = []
    start, length = 0, len(text)
    while start < length:
        end = start + _PIECE
        if end < length:  # cut at a space, where no letter can be parted from its accent
            space = max(text.rfind(" ", start, end), text.rfind("\n", start, end))
            end = space if space > start else end
        pieces.append(unicodedata.normalize("NFKC", text[start:end]))
        start = end
    return "".join(pieces)
