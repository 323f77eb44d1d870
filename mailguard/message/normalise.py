"""Text as a reader sees it: one form for letters, digits, spaces and line ends, and no invisible characters.

Findings' offsets count in this text and the review desk shows it, so it is made once and never changed again.
"""

import re
import unicodedata
from functools import lru_cache

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e0fff]+"
)
"""Default-ignorable code points (Unicode, DerivedCoreProperties), bidi controls, fillers and tag characters."""
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]+")
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_TAGS = re.compile("[\U000e0020-\U000e007e]{2,}")
_OVERRIDE = re.compile("[\u202e\u2067]([^\u202a-\u202e\u2066-\u2069\n]{1,500})")

USUAL = bytes((0x09, 0x0A, *range(0x20, 0x7F)))
"""The octets of a text that needs no thought: printable ASCII, tabs and line ends."""
_MOST_CHANGES = 32
"""Different odd characters that are replaced one after the other."""

_PIECE = 512
"""Code points handed to NFKC at once.

The sorting of combining marks is quadratic: 100,000 of them take 8 s in one piece.
"""


def normalise(text: str, octets: bytes | None = None) -> str:
    """Unicode NFKC (full-width digits, ligatures, non-breaking spaces), `\\n` line ends, no controls, no invisibles.

    Ordinary text is given back as it is. Only the few different characters beyond plain ASCII are looked at, each once
    in the life of the process: 16 kB take 20 us where patterns and NFKC over the whole take 500. `octets`: the text's
    UTF-8, where somebody has it.
    """
    changes = {char: shown for char in _unusual(text, octets) if (shown := _by_itself(char)) != char}
    if not changes:
        return text
    if len(changes) > _MOST_CHANGES or None in changes.values():
        return _by_patterns(text)
    if "\r" in changes:
        text = text.replace("\r\n", "\n")
    for char, shown in changes.items():
        text = text.replace(char, shown or "")
    return text


def _unusual(text: str, octets: bytes | None) -> set[str]:
    """The different characters of a text but plain ASCII. What is left of UTF-8 without its ASCII is UTF-8 still."""
    if octets is None:
        octets = text.encode("utf-8", "surrogatepass")
    unusual = octets.translate(None, USUAL)
    return set(unusual.decode("utf-8", "surrogatepass")) if unusual else set()


@lru_cache(maxsize=16_384)
def _by_itself(char: str) -> str | None:
    """What becomes of a character wherever it stands; None where its neighbours decide.

    Only marks (categories Mn, Mc, Me) and Hangul jamo ever join what stands before them.
    """
    shown = _by_patterns(char)
    if any(unicodedata.category(each)[0] == "M" or "\u1100" <= each <= "\u11ff" for each in shown):
        return None
    return shown


def _by_patterns(text: str) -> str:
    """The rule that all of this follows."""
    return _compose(_INVISIBLE.sub("", _CONTROLS.sub("", _LINE_ENDS.sub("\n", text))))


def hidden_readings(text: str) -> list[tuple[str, str]]:
    """Other texts that the invisible characters of a text spell: `(name, text)`.

    Tag characters (U+E0020..U+E007E) are an invisible ASCII; a right-to-left override shows a run backwards.
    """
    readings: list[tuple[str, str]] = []
    if text.isascii():
        return readings
    if runs := _TAGS.findall(text):
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
