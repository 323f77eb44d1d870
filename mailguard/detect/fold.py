"""Text as the rules see it: lower-case ASCII of the very same length, so that offsets hold in both.

People write `haslo` for `hasło` and `LOSENORD` for `lösenord`; rules are written once, without diacritics.
"""

import re
import unicodedata
from collections import deque
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

_PUNCTUATION = {
    "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‟": '"', "″": '"',
    "‘": "'", "’": "'", "‚": "'", "‛": "'", "′": "'", "´": "'", "`": "'",
    "–": "-", "—": "-", "−": "-", "‐": "-", "‑": "-", "‒": "-", "―": "-",
    "→": ">", "➜": ">", "⇒": ">", "⟶": ">", "►": ">", "▸": ">", "➔": ">",
    "•": "*", "●": "*", "∙": "*", "·": "*", "▪": "*", "◦": "*", "⚫": "*", "■": "*", "□": "*",
    "…": ".", "¦": "|", "│": "|", "┃": "|", "║": "|", "¬": " ",
    "\u00a0": " ", "\u2007": " ", "\u202f": " ", "\u2003": " ", "\u2002": " ", "\u2009": " ", "\u200a": " ",
    "\u3000": " ", "\u2028": "\n", "\u2029": "\n", "\u0085": "\n", "\x0b": "\n", "\x0c": "\n",
    "：": ":", "＝": "=", "﹕": ":", "∶": ":", "€": "$", "£": "$", "§": "$",
}  # fmt: skip
_LETTERS = {
    "ł": "l",
    "ø": "o",
    "đ": "d",
    "ð": "d",
    "ß": "s",
    "æ": "a",
    "œ": "o",
    "ı": "i",
    "þ": "t",
    "ſ": "s",
    "ŀ": "l",
}
_DRAWN_ALIKE = str.maketrans(
    "аАбвВгеЕёЁзЗіІїЇјЈкКмМнНоОпрРсСтТуУхХѕЅһҺԁԛԝԜαΑΒεΕΖηΗιΙκΚΜνΝοΟρΡτΤυΥχΧγϲɑɡ",
    "aAbbBreEeEzZiIiIjJkKmMhHoOnpPcCtTyYxXsShHdqwWaABeEZnHiIkKMvNoOpPtTuYxXycag",
)
"""Cyrillic, Greek and phonetic letters that are drawn like Latin ones."""
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Folded:
    """A part's text beside its folded form; `plain[i]` is a byte that stands for `text[i]`."""

    text: str
    plain: bytes


@lru_cache(maxsize=4096)
def _fold_character(character: str) -> str:
    known = _PUNCTUATION.get(character) or _LETTERS.get(character)
    if known:
        return known
    lowered = character.lower()
    # Letters and digits of another width or face (fullwidth, mathematical) are read as plain ones.
    form: Literal["NFKD", "NFD"] = "NFKD" if character.isalpha() or character.isdecimal() else "NFD"
    base = unicodedata.normalize(form, lowered)[:1]
    if base.isascii():
        return base
    base = _LETTERS.get(base, base)
    return base if base.isascii() else ("~" if character.isalpha() else "?")


def _latin_word(found: re.Match[str]) -> str:
    """A word that is Latin in part, its look-alikes of other scripts made Latin: only a trick mixes the two."""
    word = found.group()
    return word if word.isascii() or min(word) > "z" else word.translate(_DRAWN_ALIKE)


_ASCII = bytes(range(128))
_LATIN = bytes(ord(_fold_character(chr(code)).lower()) if code > 127 else ord(chr(code).lower()) for code in range(256))
"""Folded form of every character of ISO 8859-1, which holds nearly all letters of western mail."""
_MANY = 48
"""Different characters from which one pass with a table is faster than one pass for each."""


def fold(text: str) -> Folded:
    """Fold a text. Linear; characters of other scripts become `~` (letters) or `?`, never nothing.

    Characters beyond ISO 8859-1 are replaced one by one, all others by one look-up each in C: 16 kB take 20 us.
    """
    if len(text) not in _WORTH_KEEPING:
        return _fold(text)
    for folded in tuple(_recent):
        if folded.text is text:
            return folded
    folded = _fold(text)
    _recent.append(folded)
    return folded


def _fold(text: str) -> Folded:
    if text.isascii():
        return Folded(text, text.encode("ascii").lower())
    try:
        latin = text.encode("latin-1")
    except UnicodeEncodeError:
        latin = _narrow(text).encode("latin-1")
    return Folded(text, latin.translate(_LATIN))


def _narrow(text: str) -> str:
    """The text, its characters beyond ISO 8859-1 folded."""
    # What is left of UTF-8 without its ASCII is UTF-8 still; a set of all characters would take ten times as long.
    strange = set(text.encode("utf-8", "surrogatepass").translate(None, _ASCII).decode("utf-8", "surrogatepass"))
    folded = text
    if any(ord(character) in _DRAWN_ALIKE for character in strange):
        folded = _WORD.sub(_latin_word, folded)
    wide = [character for character in strange if character > "\xff"]
    if len(wide) > _MANY:
        folded = folded.translate({ord(character): _fold_character(character) for character in wide})
    else:
        for character in wide:
            folded = folded.replace(character, _fold_character(character))
    return folded


_WORTH_KEEPING = range(500, 64 * 1024)
"""Characters of a text whose folded form is kept: below, keeping takes as long as folding; beyond, much memory."""
_recent: deque[Folded] = deque(maxlen=8)
"""The detectors, the count of people, and hints ask for the same texts one after the other: 16 kB take 35 us each. They
are known by identity, since the hash of a text takes half of that."""
