"""Which letters of a name deceive: those of another script or face that are drawn like the Latin ones around them.

After Unicode Technical Standard 39, sections 4 and 5.1: mixed scripts within a word, and words that are confusable as a
whole. A name that is written in one script is that script's business, however foreign it looks.
"""

import re
import unicodedata

from mailguard.namesake.resemblance import drawn_like

_WORD = re.compile(r"[^\W\d_]+")
_PHONETIC = frozenset("ɑɡɪʀɴʟʙ")
"""Latin by script, and in no language's names: small capitals and other letters of the phonetic alphabet."""
_LONGEST = 2000


def deceiving_letters(text: str) -> frozenset[int]:
    """Positions of the letters that are taken for others."""
    if text.isascii():
        return frozenset()
    found: set[int] = set()
    for word in _WORD.finditer(text[:_LONGEST]):
        if not word[0].isascii():
            found.update(word.start() + index for index in _in_word(word[0]))
    return frozenset(found)


def script_of(letter: str) -> str:
    """The script of a letter by its name's first word, such as `LATIN`; its style is no script of its own."""
    return unicodedata.name(letter, "").split(" ")[0]


def _in_word(word: str) -> list[int]:
    alike = [index for index, letter in enumerate(word) if drawn_like(letter)]
    disguised = [index for index in alike if _is_other_face(word[index])]
    # A letter with an accent is Latin in most alphabets, and `ł` stands in every third Polish name.
    foreign = [index for index in alike if index not in disguised and script_of(word[index]) != "LATIN"]
    scripts = {script_of(letter) for index, letter in enumerate(word) if index not in disguised}
    mixed = len(scripts) > 1 and "LATIN" in scripts
    whole = len(foreign) + len(disguised) == len(word)
    return sorted(disguised + (foreign if mixed or whole else []))


def _is_other_face(letter: str) -> bool:
    """Full-width, mathematical, circled letters and the like."""
    return letter in _PHONETIC or unicodedata.normalize("NFKC", letter).isascii()
