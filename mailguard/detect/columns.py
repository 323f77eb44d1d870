"""Secrets in the column under a heading: `User;Password` and the rows below it."""

from collections.abc import Iterator

from mailguard.detect.labels import Labels
from mailguard.detect.lexicon import Lexicon
from mailguard.detect.pack import Rule
from mailguard.detect.page import Candidate, Page
from mailguard.detect.pattern import compile_pattern
from mailguard.detect.shapes import Shape, shape_of
from mailguard.detect.tables import labelled_columns

_POSTAL = compile_pattern(r"city|state|address|district|pincode|street|town")
"""Headings beside which a column PIN holds Indian postal codes."""
_BY_CLASS = {
    "secret": {Shape.VERY_STRONG, Shape.STRONG, Shape.CODED, Shape.NUMERIC, Shape.JOINED, Shape.PLAIN},
    "digits": {Shape.NUMERIC},
    "code": {Shape.NUMERIC, Shape.STRONG, Shape.VERY_STRONG},
    "key": {Shape.NUMERIC, Shape.STRONG, Shape.VERY_STRONG},
    "phrase": {Shape.VERY_STRONG, Shape.STRONG, Shape.JOINED, Shape.PHRASE},
}


def find_in_columns(
    page: Page,
    spans: list[tuple[int, int]],
    labels: Labels,
    rules: list[Rule],
    lexicon: Lexicon,
    active: frozenset[str],
) -> Iterator[Candidate]:
    """Candidates under the headings of the active rules. Rules that need words nearby do not take part."""
    plain = page.plain
    offsets = [start for start, _ in spans]
    for label, header, start, end in labelled_columns(page, offsets, labels):
        if end - start > 72:
            continue
        text = page.text[start:end]
        word = plain[start:end]
        shape = shape_of(text.replace(" ", "") if text.replace(" ", "").isdigit() else text)
        for number in labels.rules_of(label):
            rule = rules[number]
            if rule.id not in active or rule.near or shape not in _BY_CLASS.get(rule.value, ()):
                continue
            count = sum(character.isdigit() for character in text)
            if shape is Shape.NUMERIC and not rule.digits[0] <= count <= rule.digits[1]:
                continue
            if shape in {Shape.PLAIN, Shape.JOINED} and (lexicon.is_ordinary(word.decode()) or labels.is_label(word)):
                continue
            if label == b"pin" and count == 6 and _POSTAL.search(header):
                continue
            weights = {**lexicon.weights, **rule.scores}
            score = weights["column"] + max(0.0, weights[shape.value])
            if score >= rule.hold_at:
                yield Candidate(rule.id, rule.kind, start, end, score)
