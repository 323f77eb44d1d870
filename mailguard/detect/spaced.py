"""Letter-spaced writing: `p a s s w o r d : K e s a 7 7` is read as `password:Kesa77`."""

import re
from collections.abc import Iterable, Iterator

from mailguard.detect.page import Candidate

_RUN = re.compile(r"(?<!\S)\S(?: {1,3}\S(?!\S)){6,}")
"""Seven or more signs, each on its own; two or three spaces part words."""
_WORD = re.compile(r"\S(?: \S)*")
SPACED = "spaced"
"""Name of this detector to the prefilter."""
PROBE = r"[^\t\n\f\r ](?: {1,3}[^\t\n\f\r ]){6}"
"""What the folded text of every such run holds. The run itself takes Python's `re` 300 us to look for in 16 kB."""
_FOLDED_TO_BLANK = "¬"


def may_be_spaced(text: str, called: frozenset[str]) -> bool:
    """Whether a text may hold a run, by what it calls for; one sign folds to a blank and hides runs from the probe."""
    return SPACED in called or _FOLDED_TO_BLANK in text


class Spaced:
    """The letter-spaced runs of a part, closed up, a line each."""

    def __init__(self, text: str) -> None:
        signs: list[str] = []
        self._places: list[int] = []
        for run in _RUN.finditer(text):
            for word in _WORD.finditer(text, run.start(), run.end()):
                first, last = word.span()
                if first > run.start():
                    signs.append(" ")
                    self._places.append(first)
                signs.append(text[first:last:2])
                self._places += range(first, last, 2)
            signs.append("\n")
            self._places.append(run.end())
        self.text = "".join(signs)

    def place(self, candidates: Iterable[Candidate]) -> Iterator[Candidate]:
        """Candidates of the closed text where they stand in the part."""
        for each in candidates:
            label = (self._places[each.label[0]], self._end(each.label[1])) if each.label[1] else each.label
            yield each._replace(start=self._places[each.start], end=self._end(each.end), label=label)

    def _end(self, end: int) -> int:
        return self._places[end - 1] + 1
