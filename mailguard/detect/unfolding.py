"""Paragraphs as they were before a mail program broke them into lines: `the password is\nKettu-77` is one sentence.

Plain mail is wrapped at some 72 columns (RFC 3676, section 4.2), and PDF files have the lines of their pages. Of the
labelled letters' secrets, rules that know sentences missed 5 of 100 when the letters were wrapped at 72 columns, and 12
at 52.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise

from mailguard.detect.page import Candidate

_NARROWEST, _WIDEST = 30, 120
"""Characters of the longest line of a paragraph that a program may have wrapped."""
_PROSE_WIDTH = 55
"""A paragraph so wide, without a sign that forms and tables have, is prose."""
_FORMED = (":", "=", "|", "\t", "  ")
_QUOTE = re.compile(r"[ \t]{0,3}(?:>[ \t]?)+")
_OF_ITS_OWN = re.compile(r"(?:[-*•–·#|+]|\d{1,3}[.)])\s|[-=_*~]{2}")
"""A bullet, a number or a ruling: the line was begun by its writer."""
_LABELLED = re.compile(r"[^\W\d_][^\s:]*(?: [^\s:]+){0,2}:(?:\s|$)")
"""`Order number: 204`; where the line before is of that kind too, the two are a form's."""


class Unfolded:
    """A text with a blank for each line break that wrapping has put in, and for quotation marks and blanks behind it.

    A break is one of wrapping if the next line's first word had no room left in the width of its paragraph. Lines of a
    list that are so by chance are joined too, hence what is `doubtful` is to be read as it is written besides.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.doubtful = ""
        """The text as it is written, with blanks for what is surely prose; empty where all that was joined is."""
        lines = text.split("\n")
        quotes = list(map(_quote_of, lines)) if ">" in text else [""] * len(lines)
        words = [line[len(quote) :] for line, quote in zip(lines, quotes, strict=True)] if ">" in text else lines
        going_on: list[int] = []
        prose: set[int] = set()
        doubts = False
        for first, end in _paragraphs(words, quotes):
            if wrapped := _wrapped_lines(words[first:end]):
                going_on += [first + number for number in wrapped]
                if _is_prose(words[first:end]):
                    prose.update(range(first, end))
                else:
                    doubts = True
        if doubts:
            self.doubtful = "\n".join([" " * len(line) if at in prose else line for at, line in enumerate(lines)])
        starts = list(accumulate([len(line) + 1 for line in lines], initial=0))
        self._join([(starts[at] - 1, starts[at + 1] - 1 - len(words[at].lstrip())) for at in going_on])

    def _join(self, breaks: Sequence[tuple[int, int]]) -> None:
        """Put blanks where these line breaks, with what stands before the first word behind them, begin and end."""
        ends = [0, *(end for _, end in breaks)]
        pieces = [self.text[end:start] for end, start in zip(ends, (start for start, _ in breaks), strict=False)]
        self._heads = frozenset(ends[1:])
        """Where the lines that go on with the one before begin, in the text as it is written."""
        self._joints = [length - 1 for length in accumulate([len(piece) + 1 for piece in pieces])]
        """Where lines were joined, in the text as it is read."""
        self._left_out = list(accumulate([end - start - 1 for start, end in breaks], initial=0))
        """Signs that are missing up to each joint, and behind the last one."""
        self.text = " ".join((*pieces, self.text[ends[-1] :]))

    @property
    def was_wrapped(self) -> bool:
        """Whether it reads otherwise than it is written."""
        return bool(self._joints)

    def is_cut(self, candidate: Candidate) -> bool:
        """Whether, in the text as it is written, wrapping has cut off what stands before a value or its label.

        `Call 0800\\n12345 for a PIN`: the second line is no answer to the first. The joined text tells what it is.
        """
        return candidate.start in self._heads or (candidate.label[1] > 0 and candidate.label[0] in self._heads)

    def place(self, candidates: Iterable[Candidate]) -> Iterator[Candidate]:
        """Candidates of the joined text where they stand in the written one."""
        for each in candidates:
            label = (self._start(each.label[0]), self._end(each.label[1])) if each.label[1] else each.label
            yield each._replace(start=self._start(each.start), end=self._end(each.end), label=label)

    def _start(self, offset: int) -> int:
        return offset + self._left_out[bisect_left(self._joints, offset)]

    def _end(self, offset: int) -> int:
        return self._start(offset - 1) + 1


def _quote_of(line: str) -> str:
    found = _QUOTE.match(line)
    return found[0] if found else ""


def _paragraphs(words: Sequence[str], quotes: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Numbers of the first line and of that after the last one: lines that stand together at one depth of quotation."""
    depths = [quote.count(">") for quote in quotes]  # once for each line, however long its marks are
    ends = [-1, *(number for number, line in enumerate(words) if not line or line.isspace()), len(words)]
    for before, end in pairwise(ends):
        first = before + 1
        for number in range(first + 1, end):
            if depths[number] != depths[first]:
                yield first, number
                first = number
        if end > first:
            yield first, end


def _wrapped_lines(paragraph: Sequence[str]) -> list[int]:
    """Numbers of a paragraph's lines whose first word had no room any more in the line before."""
    lengths = list(map(len, paragraph))
    width = max(lengths)
    if width > _WIDEST:  # by an address, perhaps, which cannot be wrapped
        width = max([len(line) for line in paragraph if " " in line], default=0)
    if not _NARROWEST <= width <= _WIDEST:
        return []
    return [
        number
        for number, (before, line) in enumerate(zip(lengths, paragraph[1:], strict=False), 1)
        if width < 2 * before <= 2 * width
        and before + len(line) >= width
        and line.find(" ", 0, width - before) < 0
        and (line[0].isalpha() or not _OF_ITS_OWN.match(line))
        and not (":" in line and _LABELLED.match(line) and _LABELLED.match(paragraph[number - 1]))
    ]


def _is_prose(paragraph: Sequence[str]) -> bool:
    """A word alone in the last line may be what the line above speaks of, unless a sentence ends with it."""
    wide = max(map(len, paragraph)) >= _PROSE_WIDTH
    ended = " " in paragraph[-1] or paragraph[-1].endswith((".", "!", "?"))
    together = "\n".join(paragraph)
    return wide and ended and not any(sign in together for sign in _FORMED)
