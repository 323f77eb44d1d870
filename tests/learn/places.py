"""Labelled places: every value that a rule with learned signs looks at, and whether it is a secret."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from mailguard.core.finding import CREDENTIALS, FindingKind
from mailguard.core.part import Letter
from mailguard.detect.detector import Detector
from mailguard.detect.learned import LearnedSigns
from mailguard.detect.pack import Rule, read_packs
from mailguard.detect.page import Page
from mailguard.detect.traits import close_traits, far_traits, spellings
from tests.learn.letters import Labelled, Span, labelled_letters

SECRETS = CREDENTIALS | {FindingKind.ONE_TIME_CODE}


class Place(NamedTuple):
    """A value in a letter, by what is told of it."""

    keys: tuple[str, ...]
    is_secret: bool


Lesson = dict[str, list[Place]]
"""The places of one letter, by the file of weights that is learned from them."""


class Teacher:
    """Reads letters as the detector does: it is the detector, whose learned signs only note what they are asked."""

    def __init__(self, rules: Path) -> None:
        packs = read_packs([rules])
        written = {key: each for key, each in packs.rules.items() if not each[1].learned}
        learned = {key: (file, _asked_more(rule)) for key, (file, rule) in packs.rules.items() if rule.learned}
        self._written = [rule for _, rule in written.values()]
        self._told = Detector(packs.model_copy(update={"rules": written}))
        self._reader = Detector(packs.model_copy(update={"rules": learned}))
        self._notes = {rule.learned: _Notes() for _, rule in learned.values()}
        self._reader._shaped = {
            key: replace(each, circumstances=self._notes[each.rule.learned])
            for key, each in self._reader._shaped.items()
        }

    def lessons(self) -> Iterator[Lesson]:
        """A lesson a letter."""
        for labelled in labelled_letters(self._written):
            secrets = self._secrets_of(labelled)
            if secrets or not labelled.tells:
                yield self.places(labelled.letter, secrets)

    def _secrets_of(self, labelled: Labelled) -> Sequence[Span]:
        if labelled.secrets is not None:
            return labelled.secrets
        found = self._told.find(labelled.letter)
        return [(each.part, each.start, each.end) for each in found if each.kind in SECRETS]

    def places(self, letter: Letter, secrets: Sequence[Span]) -> Lesson:
        """The values of a letter that are weighed, and those near which nothing is said."""
        texts = {part.path: part.text for part in letter.parts}
        told = [texts[path][start:end] for path, start, end in secrets]
        self._reader.find(letter)
        return {file: [_place(*each, told) for each in notes.taken()] for file, notes in self._notes.items()}


class _Notes(LearnedSigns):
    """No weights: what is asked is noted, and nothing counts."""

    def __init__(self) -> None:
        super().__init__({})
        self._places: dict[tuple[Page, int, int], None] = {}

    def weigh(self, page: Page, start: int, end: int) -> float:
        self._places[page, start, end] = None  # two rules may ask
        return 0.0

    def taken(self) -> list[tuple[Page, int, int]]:
        """What was noted since it was asked last, each once."""
        taken, self._places = self._places, {}
        return list(taken)


def _asked_more(rule: Rule) -> Rule:
    """The rule without the words that must be near: what numbers are that nobody asks about is to be learned too.

    Words stand everywhere; of them there is enough to learn where some are near.
    """
    return rule if rule.overlapping else rule.model_copy(update={"near": (), "keywords": (), "anywhere": True})


def _place(page: Page, start: int, end: int, told: Sequence[str]) -> Place:
    traits = (*close_traits(page, start, end), *far_traits(page, start, end))
    keys = tuple(key for trait in traits for key in spellings(trait))
    value = page.text[start:end]
    return Place(keys, any(_is_most_of(value, secret) for secret in told))


def _is_most_of(value: str, secret: str) -> bool:
    """Whether one is the other, give or take a sign or a group of digits."""
    shorter, longer = sorted((value, secret), key=len)
    return shorter in longer and len(shorter) * 2 >= len(longer)
