"""Labelled places: every value that a rule with learned signs looks at, and whether it is a secret."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from mailguard.core.finding import CREDENTIALS, FindingKind
from mailguard.core.part import Letter, PartRole
from mailguard.detect.detector import Detector
from mailguard.detect.fold import fold
from mailguard.detect.page import Page
from mailguard.detect.shaped import find_shaped
from mailguard.detect.tables import Columns
from mailguard.detect.traits import close_traits, far_traits, spellings
from mailguard.detect.unfolding import Unfolded
from tests.learn.letters import Labelled, Span, labelled_letters

SECRETS = CREDENTIALS | {FindingKind.ONE_TIME_CODE}
EVERYTHING = 1e9
"""How far below its score a value may fall and still be looked at."""


class Place(NamedTuple):
    """A value in a letter, by what is told of it."""

    keys: tuple[str, ...]
    is_secret: bool


Lesson = tuple[Place, ...]
"""The places of one letter."""


class Teacher:
    """Reads letters as the detector does."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        learned = [each for each in detector._shaped.values() if each.rule.learned]
        # Without the words that must be near: what numbers are that nobody asks about is to be learned too.
        self._learned = [replace(each, near=None, rough_near=None) for each in learned]
        self._ids = {each.rule.id for each in self._learned}

    def lessons(self) -> Iterator[Lesson]:
        """A lesson a letter."""
        written = [rule for rule in self._detector._all if not rule.learned]
        for labelled in labelled_letters(written):
            secrets = self._secrets_of(labelled)
            if secrets or not labelled.tells:
                yield tuple(self.places(labelled.letter, secrets))

    def _secrets_of(self, labelled: Labelled) -> Sequence[Span]:
        if labelled.secrets is not None:
            return labelled.secrets
        found = self._detector.find(labelled.letter)
        return [
            (each.part, each.start, each.end) for each in found if each.kind in SECRETS and each.rule not in self._ids
        ]

    def places(self, letter: Letter, secrets: Sequence[Span]) -> Iterator[Place]:
        """The values of a letter that are weighed, and those near which nothing is said."""
        subject = b"\n".join(fold(part.text).plain for part in letter.parts if part.role is PartRole.SUBJECT)
        for part in letter.parts:
            if part.role is PartRole.HEADER:
                continue
            told = [part.text[start:end] for path, start, end in secrets if path == part.path]
            page = Page(part, subject=subject)
            if part.media_type != "text/html" and (unfolded := Unfolded(page.text)).was_wrapped:
                page = page.with_text(unfolded.text)
            columns = Columns(page)
            for compiled in self._learned:
                for each in find_shaped(page, columns, compiled, (), EVERYTHING):
                    value = page.text[each.start : each.end]
                    place = page, each.start, each.end
                    traits = (*close_traits(*place), *far_traits(*place))
                    keys = tuple(key for trait in traits for key in spellings(trait))
                    yield Place(keys, any(value in secret or secret in value for secret in told))
