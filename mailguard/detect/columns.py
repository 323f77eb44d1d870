"""Secrets in the column under a heading: `User;Password` and the rows below it."""

from collections.abc import Iterator, Sequence

from mailguard.detect.fold import fold
from mailguard.detect.labels import Labels
from mailguard.detect.lexicon import Lexicon
from mailguard.detect.pack import Rule
from mailguard.detect.page import Candidate, Page
from mailguard.detect.pattern import compile_pattern
from mailguard.detect.shaped import DENSITY, FEWEST
from mailguard.detect.shapes import Shape, shape_of
from mailguard.detect.tables import goes_over_cells, labelled_columns, may_head
from mailguard.detect.values import LONGEST

_POSTAL = compile_pattern(r"city|state|address|district|pincode|street|town")
"""Headings beside which a column PIN holds Indian postal codes."""
_BY_CLASS = {
    "secret": {Shape.VERY_STRONG, Shape.STRONG, Shape.CODED, Shape.NUMERIC, Shape.JOINED, Shape.PLAIN},
    "digits": {Shape.NUMERIC},
    "code": {Shape.NUMERIC, Shape.STRONG, Shape.VERY_STRONG},
    "key": {Shape.NUMERIC, Shape.STRONG, Shape.VERY_STRONG},
    "phrase": {Shape.VERY_STRONG, Shape.STRONG, Shape.JOINED, Shape.PHRASE},
}


class ColumnSecrets:
    """The detector of values under headings."""

    def __init__(self, rules: Sequence[Rule], labels: Labels, lexicon: Lexicon) -> None:
        self._rules = rules
        self._labels = labels
        self._lexicon = lexicon
        self._takes_columns = [rule.value in _BY_CLASS and not rule.near for rule in rules]

    def find(self, page: Page, spans: Sequence[tuple[int, int]], active: frozenset[str]) -> Iterator[Candidate]:
        """Candidates of the active rules. Rules that need words nearby do not take part."""
        judged: dict[tuple[bytes, bool, str], tuple[tuple[int, float, Shape], ...]] = {}
        postal: dict[bytes, bool] = {}
        budget = FEWEST + len(page.text) // DENSITY
        heads = [span for span in spans if may_head(page.plain, *span)]
        # All of them or none: a line that is a row under one heading is no heading itself.
        if not any(self._may_be_asked(page.plain, *span, active) for span in heads):
            return
        offsets = [start for start, _ in heads]
        for heading, header, start, end in labelled_columns(page, offsets, self._labels):
            label = page.plain[slice(*heading)]
            if header not in postal:
                postal[header] = bool(_POSTAL.search(header))
            key = (label, postal[header], page.text[start : min(end, start + LONGEST + 1)])
            if key not in judged:
                judged[key] = tuple(self._judge(*key))
            for number, score, shape in judged[key]:
                rule = self._rules[number]
                if rule.id not in active:
                    continue
                if budget <= 0:
                    page.exhausted = True
                    return
                budget -= 1
                yield Candidate(rule.id, rule.kind, start, end, score, rule.hold_at, heading, "column", shape.value)

    def _may_be_asked(self, plain: bytes, start: int, end: int, active: frozenset[str]) -> bool:
        """Whether an active rule may take values from under a label: `account` stands in half of all letters."""
        return goes_over_cells(plain, start, end) or any(
            self._takes_columns[number] and self._rules[number].id in active
            for number in self._labels.rules_of(plain[start:end])
        )

    def _judge(self, label: bytes, postal: bool, text: str) -> Iterator[tuple[int, float, Shape]]:
        """Numbers of the rules that claim a cell, with their scores, and the cell's shape."""
        if len(text) > LONGEST:
            return
        digits = text.replace(" ", "")
        shape = shape_of(digits if digits.isdigit() else text)
        word = fold(text).plain
        if shape in {Shape.PLAIN, Shape.JOINED} and (
            self._lexicon.is_ordinary(word.decode()) or self._labels.is_label(word)
        ):
            return
        count = sum(character.isdigit() for character in text)
        if postal and label == b"pin" and count == 6:
            return
        for number in self._labels.rules_of(label):
            rule = self._rules[number]
            if rule.near or shape not in _BY_CLASS.get(rule.value, ()):
                continue
            if shape is Shape.NUMERIC and not rule.digits[0] <= count <= rule.digits[1]:
                continue
            weights = {**self._lexicon.weights, **rule.scores}
            score = weights["column"] + max(0.0, weights[shape.value])
            if score >= rule.hold_at:
                yield number, score, shape
