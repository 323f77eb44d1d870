"""Text as the rules see it: lower-case ASCII of the very same length, so that offsets hold in both.

People write `haslo` for `hasło` and `LOSENORD` for `lösenord`; rules are written once, without diacritics.
"""

import re
import unicodedata
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


def fold(text: str) -> Folded:
    """Fold a text. Linear; characters of other scripts become `~` (letters) or `?`, never nothing."""
    if text.isascii():
        return Folded(text, text.lower().encode("ascii"))
    strange = {character for character in set(text) if character > "\x7f"}
    folded = text
    if any(ord(character) in _DRAWN_ALIKE for character in strange):
        folded = _WORD.sub(_latin_word, folded)
    if len(strange) > 48:
        table = {ord(character): _fold_character(character) for character in strange}
        return Folded(text, folded.translate(table).lower().encode("ascii", "replace"))
    for character in strange:
        folded = folded.replace(character, _fold_character(character))
    return Folded(text, folded.lower().encode("ascii", "replace"))
