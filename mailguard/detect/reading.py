"""What is read for a label: the value of the class that its rule expects, and its shape."""

import re

from mailguard.detect.labels import Labels
from mailguard.detect.lexicon import Lexicon
from mailguard.detect.links import Link
from mailguard.detect.pack import Rule
from mailguard.detect.shapes import Shape, shape_of
from mailguard.detect.typed import EMERGENCY
from mailguard.detect.values import Value, read_digits, read_value
from mailguard.detect.window import Window

_DOOR = re.compile(r"[A-Z]\d{3,5}|\d{3,5}[A-Z]")
"""Codes of stairwells: one letter and some digits."""
_CODE = re.compile(r"(?=.*\d.*\d)[A-Za-z0-9_#*\-]{4,20}")
"""What is typed into a keypad or a form."""
_PHRASE = re.compile(rb"[a-z~'\-]{2,20}(?:[ ]{1,3}[a-z~'\-]{2,20}){2,8}")
_PHRASE_ENDS = (b"", b"\n", b".", b",", b"(", b'"', b"'", b"\r", b"\t", b"|")
_NOTHING = (None, Shape.NONE)
_BACKWARDS = {"digits": {Shape.NUMERIC}, "code": {Shape.NUMERIC, Shape.STRONG, Shape.VERY_STRONG}}
"""Shapes that a value before its label may have; other classes take what is strong."""


class Reader:
    """Reads values for one rule."""

    def __init__(self, rule: Rule, lexicon: Lexicon, labels: Labels) -> None:
        self._rule = rule
        self._lexicon = lexicon
        self._labels = labels

    def read(self, window: Window, link: Link) -> tuple[Value | None, Shape]:
        """Read what the rule expects at the link's end; (None, NONE) where that does not stand there."""
        if link.end is not None:
            return self._read_back(window, link)
        fewest, most = self._rule.digits
        digits = window.once(("digits", link.at, fewest, most), lambda: read_digits(window, link.at, fewest, most))
        if digits and self._is_code(window.text[digits.start : digits.end]):
            return digits, Shape.NUMERIC
        expected = self._rule.value
        if expected == "digits" or link.form == "gapped":
            return _NOTHING
        phrase = self._read_phrase(window, link, 3) if expected == "phrase" else None
        if phrase:
            return phrase, Shape.PHRASE
        brackets = link.form == "separator"
        value = window.once(("value", link.at, brackets), lambda: read_value(window, link.at, brackets=brackets))
        if value is None:
            return _NOTHING
        text = window.text[value.start : value.end]
        shape = shape_of(text)
        if not self._is_of_class(text, shape, link):
            return _NOTHING
        if shape is Shape.PLAIN and expected == "secret" and link.form == "separator" and not value.alone:
            phrase = self._read_phrase(window, link, 4)
            if phrase:
                return phrase, Shape.PHRASE
        return value, shape

    def _is_code(self, digits: str) -> bool:
        """Whether digits are a code; three alone only for a rule that asks for no more, and then no emergency call."""
        bare = digits.replace(" ", "")
        if self._rule.digits[1] == 3:
            return bare not in EMERGENCY
        return shape_of(bare) in {Shape.NUMERIC, Shape.STRONG}

    def _is_of_class(self, text: str, shape: Shape, link: Link) -> bool:
        """Whether a value that is more than digits fits the rule's class."""
        expected = self._rule.value
        if expected not in {"code", "key"}:
            return True
        if shape in {Shape.PLAIN, Shape.PHRASE}:
            return False
        if shape is Shape.CODED and link.form not in {"separator", "copula", "element"}:
            return not self._rule.near and bool(_DOOR.fullmatch(text))
        return expected == "key" or (shape is not Shape.JOINED and bool(_CODE.fullmatch(text)))

    def _read_back(self, window: Window, link: Link) -> tuple[Value | None, Shape]:
        """Read a value that stands before its label, between the ends that the link gives."""
        text = window.text[link.at : link.end]
        stripped = text.strip(".,;:)\"'")
        start = link.at + text.find(stripped)
        value = Value(start, start + len(stripped), text != stripped and text[-1:] in "\"'", b"", False, True)
        digits = stripped.replace(" ", "")
        shape = shape_of(digits if digits.isdigit() else stripped)
        wanted = _BACKWARDS.get(self._rule.value)
        count = sum(character.isdigit() for character in stripped)
        if shape is Shape.NUMERIC and not self._rule.digits[0] <= count <= self._rule.digits[1]:
            return _NOTHING
        if (wanted and shape not in wanted) or shape in {Shape.PLAIN, Shape.PHRASE, Shape.CODED}:
            return _NOTHING
        return value, shape

    def _read_phrase(self, window: Window, link: Link, fewest: int) -> Value | None:
        """Several ordinary words that make no sentence, up to the end of the line or clause."""
        found = _PHRASE.match(window.plain, link.at + (window.plain[link.at : link.at + 1] in (b'"', b"'")))
        if not found:
            return None
        start, end = found.span()
        rest = window.plain[end : end + 1]
        words = found.group().decode().split()
        if rest not in _PHRASE_ENDS or len(words) < fewest:
            return None
        capitals = sum(window.text[start + each.start()].isupper() for each in re.finditer(rb"[^ ]+", found.group()))
        if self._rule.value != "phrase" and capitals not in {0, len(words)}:
            return None
        if any(word in self._lexicon.function or self._labels.is_label(word.encode()) for word in words):
            return None
        return Value(start, end, False, b"", True, True)
