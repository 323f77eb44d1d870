"""Text as the rules see it: lower-case ASCII of the very same length, so that offsets hold in both.

People write `haslo` for `hasło` and `LOSENORD` for `lösenord`; rules are written once, without diacritics.
"""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

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
    base = unicodedata.normalize("NFD", lowered)[:1]
    if base.isascii():
        return base
    base = _LETTERS.get(base, base)
    return base if base.isascii() else ("~" if character.isalpha() else "?")


def fold(text: str) -> Folded:
    """Fold a text. Linear; characters of other scripts become `~` (letters) or `?`, never nothing."""
    if text.isascii():
        return Folded(text, text.lower().encode("ascii"))
    strange = {character for character in set(text) if character > "\x7f"}
    if len(strange) > 48:
        table = {ord(character): _fold_character(character) for character in strange}
        return Folded(text, text.translate(table).lower().encode("ascii", "replace"))
    folded = text
    for character in strange:
        folded = folded.replace(character, _fold_character(character))
    return Folded(text, folded.lower().encode("ascii", "replace"))
