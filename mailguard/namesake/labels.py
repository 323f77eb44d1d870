"""Labels and the values that belong to them: `Kd.-Nr.: 448120`, `481302 (kundnummer)`, a column with a title."""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import islice

import re2

from mailguard.namesake.columns import columns_under
from mailguard.namesake.searching import Pattern, Span

MOST_VALUES = 500
"""So many labelled numbers are read of one text. A letter about more people is held for its bulk anyway."""
_MOST_MATCHES = 5000
_LONGEST_VALUE = 64
_ENDING_FROM = 6

_LETTER = r"[a-zß-öø-ž]"
"""Latin letters: the class of all letters makes a label's pattern a hundred times larger."""
_EDGE = r"[^0-9a-zß-öø-ž]"
PLAIN_ID = r"(?:[A-Za-z]{1,6}[-_./]?)?\d[0-9A-Za-z]*(?:[-_./]\d[0-9A-Za-z]*)*"
_MORE = r"[-_./ ]\d[0-9A-Za-z]*|-\r?\n[\s>|]*\d[0-9A-Za-z]*|[,'’]\d{3}\b| ?[|\t] ?\d[0-9A-Za-z]*"
"""A number goes on behind a joint, a broken line, as thousands do, in the next cell."""
NUMBER = rf"(?:[A-Za-z]{{1,6}}[-_./]?)?\d[0-9A-Za-z]*(?:{_MORE})*"
NAME = r"[\pL\pN][\pL\pN._@+\-]*"
_BETWEEN = r"[\s:=#|>*\"'“”„()\[\]{}–—._/\-]{0,12}(?:[.…_·]{4,80}[ ]?)?"
_IS = r"(?:on|är|is|ist|to|jest)"


@dataclass(frozen=True, slots=True)
class Labels:
    """The patterns of one kind of label."""

    any: Pattern
    labelled: Pattern
    """A label, and behind it its values, which are the first group."""
    behind: Pattern
    """The same without the label."""
    turned: Pattern | None
    """A value, which is the first group, and its label behind it."""
    title: Pattern
    value: Pattern

    @classmethod
    def of(cls, words: Sequence[str], linking: Sequence[str], listing: Sequence[str], value: str) -> "Labels":
        """From the words of `identifiers.yaml`; with `listing` several values may stand behind one label.

        Raises ValueError when RE2 refuses a pattern.
        """
        label = any_label(words)
        link = "|".join(re2.escape(word) for word in sorted(linking, key=len, reverse=True))
        join = "|".join([*(re2.escape(word) for word in listing), ",", ";", "/"])
        more = rf"(?:\s*(?:{join})\s*(?:{value}))*" if listing else ""
        behind = rf"{_BETWEEN}(?:(?:{link})\b{_BETWEEN}){{0,3}}((?:{value}){more})"
        return cls(
            Pattern(rf"(?i){label}"),
            Pattern(rf"(?i){label}{behind}"),
            Pattern(rf"(?i){behind}"),
            Pattern(rf"(?i)(?:^|[^0-9a-zß-öø-ž.,])({PLAIN_ID}),? ?(?:[(\[]|{_IS}\s(?:\pL{{2,8}}\s)?){label}")
            if listing
            else None,
            Pattern(rf"(?i){_EDGE}*{label}{_EDGE}*"),
            Pattern(value),
        )

    def values(self, text: bytes) -> list[str]:
        """What stands behind a label, in the columns under one, before one; as written, in that order, each once."""
        places = [span for span, *_ in islice(self.any.spans(text), _MOST_MATCHES)]
        if not places:
            return []
        found: dict[str, None] = {}
        behind = [(start, spans[1]) for start, end in places if (spans := self._spans_of(text, start, end))]
        for _, (first, last) in behind:
            for value, *_ in self.value.spans(text, first, last):
                found.setdefault(text[slice(*value)].decode("utf-8", "ignore")[:_LONGEST_VALUE])
            if len(found) >= MOST_VALUES:
                break
        # A title has another title behind it, or the end of the line.
        valued = {start for start, _ in behind}
        for cell in columns_under(text, self.title, [span for span in places if span[0] not in valued]):
            if self.value.is_whole(cell) and len(found) < MOST_VALUES:
                found.setdefault(cell.decode("utf-8", "ignore"))
        for before in self._before(text, places, valued):
            found.setdefault(before)
        return list(found)[:MOST_VALUES]

    def _spans_of(self, text: bytes, start: int, end: int) -> list[Span] | None:
        """Where the values of a label stand."""
        if not _begins_word(text, start):
            return None
        # Mostly the value stands behind the label as it was found: that is seen in half the time that the pattern of
        # all labels takes. Where none does, another label may begin at the same place: `kund` and `kund id`.
        return self.behind.at(text, end) or self.labelled.at(text, start)

    def _before(self, text: bytes, places: Sequence[Span], with_value: Set[int]) -> Iterator[str]:
        """The values in front of those labels that have none behind."""
        for start, end in places if self.turned is not None else ():
            if start not in with_value and self.turned is not None:
                for _, value in self.turned.spans(text, max(0, start - 2 * _LONGEST_VALUE), end):
                    yield text[slice(*value)].decode("utf-8", "ignore")[:_LONGEST_VALUE]


def _begins_word(text: bytes, place: int) -> bool:
    before = text[max(0, place - 4) : place].decode("utf-8", "ignore")[-1:]
    return not before.isalnum()


def any_label(labels: Sequence[str]) -> str:
    """A pattern for one of the labels, and the character behind it."""
    return "(?:" + "|".join(_label(label) for label in sorted(set(labels), key=len, reverse=True)) + f")(?:{_EDGE}|$)"


def _label(label: str) -> str:
    words = [_word(word) for word in label.split()]
    return r"[\s._:>\-]*".join(words)


def _word(word: str) -> str:
    if word.endswith("!"):
        return str(re2.escape(word[:-1]))
    return str(re2.escape(word)) + (f"{_LETTER}*" if len(word) >= _ENDING_FROM else "")
