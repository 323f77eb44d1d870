"""One part of a letter on the detectors' bench, and what a detector lays down there."""

from bisect import bisect_right
from dataclasses import replace
from functools import cached_property
from itertools import accumulate, repeat
from operator import add
from typing import NamedTuple

from mailguard.core.finding import FindingKind
from mailguard.core.part import Part, PartRole
from mailguard.detect.allowance import Allowance
from mailguard.detect.file_names import holds_names, read_names
from mailguard.detect.fold import fold
from mailguard.detect.pattern import Pattern

SHORT = 1200
"""Characters of a body whose subject says what it is about: "Bike lock", and then "the combination is 3-8-1-5"."""
LEARNED = "learned"
"""The form of a candidate that learned signs speak for."""
_LONGEST_WORD = 40
"""Characters of a pattern of words that are near, at most."""


class Candidate(NamedTuple):
    """A value that a rule claims, before overlaps are settled. `start` and `end` are code points of the part.

    A tuple, as other values of the grammar are: a frozen dataclass takes four times as long to make, and hostile
    letters have thousands.
    """

    rule: str
    kind: FindingKind
    start: int
    end: int
    score: float
    hold_at: float = 0.0
    label: tuple[int, int] = (0, 0)
    """Start and end of the label; the same number twice when there is none."""
    form: str = "pattern"
    shape: str = ""
    veto: str = ""
    """What around the place speaks against it, such as `not_near` or `conference`; empty when nothing does."""
    made_of: str = ""
    """Name of what the letter must tell for it to stand (`shared.told`); empty for a value that is written there."""

    @property
    def stands(self) -> bool:
        """Sure enough, and nothing against it."""
        return self.score >= self.hold_at and not self.veto

    @property
    def paired(self) -> bool:
        """It was read as the second of `user / password`."""
        return self.form == "pair"


class Page:
    """A part with its folded text and its line starts, each made once."""

    def __init__(self, part: Part, allowance: Allowance | None = None, subject: bytes = b"") -> None:
        self.part = part
        self.subject = subject if part.role is PartRole.BODY and len(part.text) <= SHORT else b""
        """The letter's subject, folded, beside a body so short that its subject says what it is about."""
        self.allowance = allowance or Allowance.for_letter(len(part.text)).for_part(len(part.text))
        self.text = part.text
        self.plain: bytes = fold(self.text).plain
        """The folded bytes, one for each code point of the text."""
        self.exhausted = False
        """Some detector met more places than it looks at: what lies beyond is not known."""

    @cached_property
    def line_starts(self) -> list[int]:
        """Offset of each line's first character."""
        lengths = map(len, self.plain.split(b"\n"))
        return list(accumulate(map(add, lengths, repeat(1)), initial=0))[:-1]

    @property
    def named(self) -> "Page":
        """The page as labels are looked for in it: itself, or the names of files without extension and joints.

        Other detectors see names as they are written: a hyphen is part of many a number. Not kept, since few pages are
        names: to look whether it was takes longer.
        """
        return self.with_text(read_names(self.text)) if holds_names(self.part) else self

    def with_text(self, text: str) -> "Page":
        """Another reading of the part, out of the same allowance."""
        return Page(replace(self.part, path="", text=text), self.allowance, self.subject)

    def line_of(self, offset: int) -> int:
        """Number (from 0) of the line that holds an offset."""
        return bisect_right(self.line_starts, offset) - 1

    def speaks_of(self, near: Pattern, around: bytes) -> bool:
        """Whether a word that a rule wants near stands around a place, or in the subject of a short body."""
        return bool(near.search(around)) or self.is_about(near)

    def is_about(self, near: Pattern, not_near: Pattern | None = None) -> bool:
        """Whether the subject of a short body has a word that a rule wants near, and none that it does not."""
        if not self.subject or not near.search(self.subject):
            return False
        return not (not_near and not_near.search(self.subject))

    def lines_around(self, near: Pattern, reach: int) -> list[tuple[int, int]]:
        """The stretches of whole lines that come within `reach` characters of a word."""
        stretches: list[tuple[int, int]] = []
        at = 0
        while found := near.search(self.plain, at):
            start = self.plain.rfind(b"\n", 0, max(0, found.start() - reach)) + 1
            end = self.plain.find(b"\n", found.end() + reach)
            end = end if end >= 0 else len(self.plain)
            if stretches and start <= stretches[-1][1]:
                start = stretches.pop()[0]
            stretches.append((start, end))
            at = max(found.end(), end - reach - _LONGEST_WORD)  # what is met before makes the stretch no longer
        return stretches

    def around(self, start: int, end: int, reach: int, lines: int = 3) -> bytes:
        """Folded text around a place: at most `reach` characters and `lines` lines to either side."""
        above = self.plain[max(0, start - reach) : start].rsplit(b"\n", lines + 1)[-lines - 1 :]
        below = self.plain[end : end + reach].split(b"\n", lines + 1)[: lines + 1]
        return b"\n".join(above) + self.plain[start:end] + b"\n".join(below)
