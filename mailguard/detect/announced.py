"""Secrets that the subject announces (`Your new password`) and the body gives without a word: alone on a line."""

import re
from collections.abc import Iterator, Sequence

from mailguard.core.part import Letter, Part, PartRole
from mailguard.detect.labels import Labels
from mailguard.detect.lexicon import Lexicon
from mailguard.detect.pack import Rule
from mailguard.detect.page import Candidate, Page
from mailguard.detect.pattern import any_of, compile_pattern
from mailguard.detect.shapes import Shape, shape_of

MOST_LINES, MOST_CHARACTERS = 8, 400
"""Written lines and characters of a body so short that its subject says what it is about."""
LONGEST = 40
_ALONE = re.compile(r"^[ \t>*\"']*([^\s\"']{4,60}?)[\"'*.,]*[ \t]*$", re.MULTILINE)
_REFERENCE = re.compile(r"[A-Z0-9#][A-Z0-9#/_.-]*")
"""Capitals and digits: the number of a ticket or an order."""


class AnnouncedSecrets:
    """The detector of lines that the subject is the label of."""

    def __init__(self, rules: Sequence[Rule], labels: Labels, lexicon: Lexicon) -> None:
        self._rules = rules
        self._labels = labels
        self._lexicon = lexicon
        self._near = [compile_pattern(any_of(rule.near)) if rule.near else None for rule in rules]
        self._not_near = [compile_pattern(any_of(rule.not_near)) for rule in rules]

    def find(self, letter: Letter) -> dict[str, list[Candidate]]:
        """Candidates by the path of their part."""
        subject = next((part for part in letter.parts if part.role is PartRole.SUBJECT), None)
        rules = self._rules_of(subject) if subject else []
        bodies = [part for part in letter.parts if part.role is PartRole.BODY] if rules else []
        return {part.path: list(self._read(part, rules)) for part in bodies if _is_short(part.text)}

    def _rules_of(self, subject: Part) -> list[Rule]:
        """The rules whose labels stand in the subject; none for an invitation to a meeting."""
        page = Page(subject)
        numbers = {
            number for span in self._labels.find(page) for number in self._labels.rules_of(page.plain[slice(*span)])
        }
        if not numbers or self._lexicon.conference.search(page.plain):
            return []
        return [self._rules[number] for number in sorted(numbers) if self._speaks_of(number, page.plain)]

    def _speaks_of(self, number: int, plain: bytes) -> bool:
        """Whether the subject also has the words that a rule wants near its label, and none that it does not."""
        near = self._near[number]
        return (near is None or bool(near.search(plain))) and not self._not_near[number].search(plain)

    def _read(self, part: Part, rules: Sequence[Rule]) -> Iterator[Candidate]:
        for found in _ALONE.finditer(part.text):
            shape = shape_of(found[1])
            if self._lexicon.names.fullmatch(found[1].lower().encode("ascii", "replace")):
                continue
            for rule in rules:
                if _fits(rule, found[1], shape):
                    start, end = found.span(1)
                    yield Candidate(
                        rule.id, rule.kind, start, end, rule.hold_at, rule.hold_at, form="subject", shape=shape.value
                    )


def _is_short(text: str) -> bool:
    return len(text) <= MOST_CHARACTERS and sum(bool(line.strip()) for line in text.splitlines()) <= MOST_LINES


def _fits(rule: Rule, text: str, shape: Shape) -> bool:
    """Whether a lone token is what the rule expects; digits are a PIN or a code, but to a password a ticket number."""
    if rule.value in {"digits", "code"} and shape is Shape.NUMERIC:
        return text.isdigit() and rule.digits[0] <= len(text) <= rule.digits[1]
    strong = shape in {Shape.STRONG, Shape.VERY_STRONG} and len(text) <= LONGEST
    return strong and rule.value in {"secret", "code", "key"} and not _REFERENCE.fullmatch(text)
