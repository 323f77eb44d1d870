"""Digits that are told one by one: `PIN: four seven one one`, or `press 4, 7, 1, 1`, is read as `4711`."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

from mailguard.detect.page import Candidate
from mailguard.detect.pattern import Pattern, any_of, compile_pattern

SPOKEN = "spoken"
"""Name of this detector to the prefilter."""
FEWEST = 4
"""Digits of the shortest PIN. Runs of three are stairs that one counts: one, two, three, go."""
MOST_RUNS = 400
"""Runs that are read in one part. A list of PINs in words is no letter, and each costs as much as a label."""
_BETWEEN = r"(?:[ ]?[,.;\-/][ ]{0,2}|[ ]{1,3}(?:-[ ]{1,2})?|[ ]?\n[ >]{0,8})"
_DIGITS = "0123456789"
_BY_FIGURE = {digit.encode(): digit for digit in _DIGITS}
_FIGURES = rf"\b[0-9](?:(?:, ?| - )[0-9]\b){{{FEWEST - 1},11}}"
_TOKEN = re.compile(rb"[a-z]+|[0-9]")
_WORDS = re.compile(r"[a-z]+(?:\|[a-z]+)*")


class SpokenDigits:
    """The words for digits of all languages, and single figures.

    A run keeps to one of them: Swedish `en` is one, German `acht` eight.
    """

    def __init__(self, languages: Iterable[Sequence[str]]) -> None:
        """Each language gives its words for nought to nine, folded, with a stroke between several for one digit.

        Raises ValueError where one is missing, or a word is none.
        """
        self._languages = [words for words in languages if words]
        if any(len(words) != len(_DIGITS) or not all(map(_WORDS.fullmatch, words)) for words in self._languages):
            raise ValueError("`spoken` needs the words for all ten digits, from nought to nine, folded to a-z")
        self._runs = [(compile_pattern(_run_of(words)), _by_word(words)) for words in self._languages]
        self._runs.append((compile_pattern(_FIGURES), _BY_FIGURE))

    @property
    def probe(self) -> str:
        """A pattern that every text with a run in it matches."""
        return any_of((*map(_run_of, self._languages), _FIGURES))

    def read(self, text: str, plain: bytes) -> "Spoken":
        """The runs of a text, as digits."""
        return Spoken(text, plain, self._runs)


class Spoken:
    """A text with its runs as one number each."""

    def __init__(self, text: str, plain: bytes, runs: Iterable[tuple[Pattern, Mapping[bytes, str]]]) -> None:
        spans = [(*span, digits) for run, digits in runs for span in islice(run.spans(plain), MOST_RUNS)]
        self.overfull = len(spans) >= MOST_RUNS
        """There may be more runs than are read."""
        found = [
            (start, end, _digits_of(plain[start:end], digits))
            for start, end, digits in spans[:MOST_RUNS]
            if not _is_cut_out(plain, start, end)
        ]
        self._pieces: list[_Piece] = []
        read, at, length = [], 0, 0
        # Of two languages' runs at one place the longer one: Dutch and German share most of theirs.
        for start, end, digits in sorted(found, key=lambda each: (each[0], -each[1])):
            if start < at:
                continue
            for written, piece, is_run in ((at, text[at:start], False), (start, digits, True)):
                self._pieces.append(_Piece(length, written, end if is_run else start, is_run))
                read.append(piece)
                length += len(piece)
            at = end
        self._pieces.append(_Piece(length, at, len(text), False))
        self.text = "".join((*read, text[at:]))

    def place(self, candidates: Iterable[Candidate]) -> Iterator[Candidate]:
        """The candidates that stand for a run, where they stand in the part."""
        for each in candidates:
            if self._piece(each.start).is_run:
                label = (self._start(each.label[0]), self._end(each.label[1])) if each.label[1] else each.label
                yield each._replace(start=self._start(each.start), end=self._end(each.end), label=label)

    def _piece(self, offset: int) -> "_Piece":
        return self._pieces[bisect_right(self._pieces, offset, key=lambda piece: piece.read) - 1]

    def _start(self, offset: int) -> int:
        piece = self._piece(offset)
        return piece.written if piece.is_run else piece.written + offset - piece.read

    def _end(self, offset: int) -> int:
        piece = self._piece(offset - 1)
        return piece.end if piece.is_run else piece.written + offset - piece.read


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of the text: where it begins as it is read, and where it begins and ends as it is written."""

    read: int
    written: int
    end: int
    is_run: bool


def is_counted(digits: str) -> bool:
    """Whether each is greater than the one before: rooms, pages, or somebody who counts aloud. Of 50 codes one is."""
    return all(one < next_one for one, next_one in pairwise(digits))


def _is_cut_out(plain: bytes, start: int, end: int) -> bool:
    """Whether a run is a piece of numbers with points, such as amounts and times."""
    before, behind = plain[max(0, start - 2) : start], plain[end : end + 2]
    return bool(_JOINED_BEFORE.fullmatch(before) or _JOINED_BEHIND.fullmatch(behind))


_JOINED_BEFORE, _JOINED_BEHIND = re.compile(rb"[0-9][.,:/-]"), re.compile(rb"[.,:/-][0-9]")


def _by_word(words: Sequence[str]) -> dict[bytes, str]:
    spelt = {word.encode(): digit for digit, each in zip(_DIGITS, words, strict=True) for word in each.split("|")}
    return spelt | _BY_FIGURE


def _run_of(words: Sequence[str]) -> str:
    one = any_of((*words, "[0-9]"))
    # A word first: a run that begins with a figure is the rest of a number.
    return rf"\b{any_of(words)}(?:{_BETWEEN}{one}){{{FEWEST - 1},11}}\b"


def _digits_of(run: bytes, digits: Mapping[bytes, str]) -> str:
    return "".join([digits[token] for token in _TOKEN.findall(run)])
