"""A letter's text as UTF-8 octets: places are counted in octets, and words decoded only around what is found."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from mailguard.namesake.content import Content
from mailguard.namesake.disguises import undisguised
from mailguard.namesake.searching import Pattern, Patterns

_SPACES = "\u00a0\u2007\u2009\u202f"
"""Spaces that printers put into long numbers."""
_LONGEST = 200_000
"""So many octets are searched for names, addresses and bare numbers; labelled numbers are searched in all of them."""

_WORTH_SIFTING = 6000
_SHORT = 2000
_LINE = 60
_MOST_NEW = 5
_GAP = "\x1e"
"""Stands for lines that are left out: no pattern reaches over it."""


@dataclass(frozen=True)
class Text:
    """What a letter says, in one run of octets."""

    octets: bytes
    absent: frozenset[Pattern] = field(default=frozenset(), repr=False)
    """Patterns of which it is known that they occur nowhere in it."""

    @classmethod
    def of(cls, content: Content) -> "Text":
        """Every text, and the names of files as words: `lasku_asiakasnumero_1001.pdf`.

        What a letter says twice (as HTML, as table) stands there once.
        """
        texts: list[str] = []
        for text in content.texts:
            may_repeat = len(text) > _SHORT and any(len(before) >= _LINE for before in texts)
            texts.append(_unsaid(text, texts) if may_repeat else text)
        return cls.from_string("\n".join((*texts, *(name.replace("_", " ") for name in content.file_names))))

    @classmethod
    def from_string(cls, text: str) -> "Text":
        """From one string."""
        if text.isascii():
            return cls(text.encode())
        for space in _SPACES:
            # `str.translate` takes 40 times as long for a text that has none of them.
            text = text.replace(space, " ")
        return cls(undisguised(text.encode("utf-8", "replace")))

    def sifted(self, *together: Patterns) -> "Text":
        """The same text, with those patterns as `absent` that do not occur in it.

        Not a short one: to fetch an automaton of several patterns into the processor's cache takes longer than to look
        for each by itself (2 kB: 50 us and 30; 22 kB: 150 and 400). Nor a very long one: in a head that ends in the
        middle of a number another may occur than in the whole.
        """
        if not _WORTH_SIFTING <= len(self.octets) <= _LONGEST:
            return self
        absent = [patterns.all - patterns.found_in(self.octets) for patterns in together]
        return replace(self, absent=frozenset().union(*absent))

    def may_have(self, pattern: Pattern) -> bool:
        """Whether it is worth looking for."""
        return pattern not in self.absent

    @cached_property
    def head(self) -> bytes:
        """As much as is searched for what has no label."""
        return self.octets[:_LONGEST]

    @cached_property
    def lowered(self) -> bytes:
        """The head with its ASCII letters small."""
        return self.head.lower()

    @cached_property
    def start(self) -> str:
        """The same in characters."""
        return self.head.decode("utf-8", "ignore")

    def string(self, start: int, end: int) -> str:
        """The characters between two places; halves of one at the ends are left out."""
        return self.octets[max(0, start) : max(0, end)].decode("utf-8", "ignore")


def _unsaid(text: str, before: Sequence[str]) -> str:
    """A text without those of its longer lines that stand in a text before it, however that breaks its lines.

    The HTML of a letter repeats its plain text, and half of all that is done here would be done twice.
    """
    lines = text.split("\n")
    said, gaps, new = _Said(before), 0, 0
    for number, line in [place for place in enumerate(lines) if len(place[1]) >= _LINE]:
        if line.strip() in said:
            lines[number] = _GAP
            gaps += 1
        else:
            new += 1
            if new == _MOST_NEW:
                break
    return "\n".join(lines) if gaps else text


class _Said:
    """Texts without their line breaks and runs of blanks: whether a line stands in them."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._behind = -2

    def __contains__(self, line: str) -> bool:
        # To put 13 kB together word by word takes 150 us. A line with nothing but single blanks between its words that
        # stands in the text as it is would stand in that too, and mostly it is the next paragraph in both.
        place = self._behind + 2 if self._unfolded.startswith(line, self._behind + 2) else self._unfolded.find(line)
        if place >= 0 and line.isprintable() and "  " not in line:
            self._behind = place + len(line)
            return True
        return line in self._words

    @cached_property
    def _unfolded(self) -> str:
        return " ".join(self._texts).replace("\n", " ")

    @cached_property
    def _words(self) -> str:
        return " ".join(" ".join(self._texts).split())
