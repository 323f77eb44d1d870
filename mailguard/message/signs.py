"""Signs that octets are encoded once more, or are HTML that needs a closer look, found by one pass of one automaton
before anything is looked for in earnest.

30 kB of HTML take 55 us, where the searches one by one take 350; most texts carry none of them, or only long words.
"""

from enum import StrEnum
from functools import lru_cache

from mailguard.core.octet_patterns import octet_options
from mailguard.core.pattern_set import PatternSet


class Sign(StrEnum):
    """Regular expressions of what each encoding, and each oddity of HTML, cannot be without."""

    BLOCK = r"(?:\A|\n)[A-Za-z0-9+/]+={0,2}[ \t]*\n[A-Za-z0-9+/]+={0,2}[ \t]*(?:\n|\z)"
    """Two lines of base64."""
    WORD = r"[A-Za-z0-9+/]{16}"
    """As many characters as the shortest word of base64 that is decoded."""
    QUOTED = r"=(?:\n|3[Dd]|20\n|[0-9A-Fa-f]{2}=[0-9A-Fa-f]{2})"
    """A soft break, or codes of quoted-printable."""
    UUENCODE = r"(?:\A|\n)begin"
    YENC = r"=ybegin "
    BINHEX = r"BinHex 4\.0\)"
    ARMOUR = r"-----BEGIN PGP MESSAGE-----"
    CONTROL = r"[\x00-\x08\x0e-\x19\x1c-\x1f]"
    """An octet that texts in ASCII-based character sets do without (`sniff`)."""
    MARK = r"[\x0b\x0e\x0f\x1c-\x1f]"
    """One of the octets that stand for tags (`markup.MARKS`)."""
    REFERENCE = r"&#"
    """A character by its number, which may be such an octet."""
    QUOTED_END = r"""=[ \t\n\f\r]*(?:"[^">]*>|'[^'>]*>)"""
    """A `>` in the value of an attribute, which does not end its tag."""
    STYLE = r"<style"
    CONTENT = r"content[^!-9;-~]*:"
    """A text in a style sheet; blanks of any kind may stand before the colon."""
    DATA = r"[Dd][Aa][Tt][Aa]:"
    """The address of a file that is the file itself."""
    LINKED_DATA = r"ld\+json"


ENCODINGS = frozenset({Sign.BLOCK, Sign.WORD, Sign.QUOTED, Sign.UUENCODE, Sign.YENC})
_SIGNS = tuple(Sign)
LONGEST_KEPT = 1024 * 1024
"""Octets of a text whose signs are kept for whoever asks next."""


_PATTERNS = PatternSet((sign.value.encode("ascii") for sign in _SIGNS), octet_options())


def signs_of(data: bytes) -> frozenset[Sign]:
    """What may be found in octets with LF line ends. The last text's signs are kept: each is asked for three times."""
    global _last  # one tuple, put in place at once, so that threads cannot mix two texts
    known, signs = _last
    if data == known:
        return signs
    hits = _PATTERNS.found_in(data)
    signs = _named(tuple(hits)) if hits else frozenset(Sign)
    if len(data) <= LONGEST_KEPT:
        _last = data, signs
    return signs


@lru_cache(maxsize=1024)
def _named(hits: tuple[int, ...]) -> frozenset[Sign]:
    return frozenset([_SIGNS[hit] for hit in hits if hit < len(_SIGNS)])


_last: tuple[bytes, frozenset[Sign]] = (b"", frozenset())
