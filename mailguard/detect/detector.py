"""The detector: loads rule packs and finds in a letter what must not leave unseen."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import re2

from mailguard.core.errors import RulesError
from mailguard.core.finding import Finding, FindingKind
from mailguard.core.part import Letter, Part, PartRole
from mailguard.core.secret import Secret
from mailguard.detect.columns import ColumnSecrets
from mailguard.detect.labelled import LabelledSecrets
from mailguard.detect.lexicon import Lexicon
from mailguard.detect.overlap import settle
from mailguard.detect.pack import Packs, Rule, read_packs
from mailguard.detect.page import Candidate, Page
from mailguard.detect.pattern import MEMORY, compile_pattern, widen_spaces
from mailguard.detect.shaped import compile_shaped, find_shaped
from mailguard.detect.tables import Columns


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """A rule as `rules list` shows it."""

    id: str
    kind: FindingKind
    languages: tuple[str, ...]
    description: str


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found in a letter, and where the looking stopped early."""

    findings: tuple[Finding, ...]
    exhausted: tuple[str, ...]
    """Paths of parts with more places that look like secrets than are looked at. What they hide is not known, so the
    letter must be held."""


@dataclass(frozen=True, slots=True)
class ExampleResult:
    """One example of a rule and how it went."""

    rule: str
    example: str
    expected: bool
    got: bool

    @property
    def ok(self) -> bool:
        """The rule did with its example what it says."""
        return self.expected == self.got


class Detector:
    """A set of rules, compiled."""

    def __init__(self, packs: Packs) -> None:
        self._files = {identity: file for identity, (file, _) in packs.rules.items()}
        self._all = [rule for _, rule in packs.rules.values() if rule.enabled]
        for rule in self._all:
            self._try_patterns(rule)
        try:
            self._lexicon = Lexicon(packs.words, packs.shared)
            self._labelled_rules = [rule for rule in self._all if not rule.pattern]
            self._labelled_ids = frozenset(rule.id for rule in self._labelled_rules)
            self._labelled = LabelledSecrets(self._labelled_rules, self._lexicon)
            self._columns = ColumnSecrets(self._labelled_rules, self._labelled.labels, self._lexicon)
        except ValueError as error:
            raise RulesError(None, "words", str(error)) from None
        self._shaped = [compile_shaped(rule) for rule in self._all if rule.pattern]
        self._always = frozenset(rule.id for rule in self._all if rule.anywhere)
        self._prefilter, self._owners = self._compile_keywords()

    @classmethod
    def load(cls, folders: Sequence[Path], *, prove: bool = True) -> "Detector":
        """Read the packs of the folders and run all examples; a later rule of the same id replaces the earlier one.

        `prove=False` leaves the examples out (0.3 s), for a process whose parent has just run them, or a single letter.
        Raises RulesError with file, key and mend: an unreadable pack, a pattern that RE2 refuses, a failing example.
        """
        detector = cls(read_packs(folders))
        for result in detector.test() if prove else ():
            if not result.ok:
                wanted = "is not found" if result.expected else "is found"
                key = f"{result.rule}.{'match' if result.expected else 'nomatch'}"
                raise RulesError(detector._files[result.rule], key, f"the example {wanted}: {result.example!r}")
        return detector

    @property
    def rules(self) -> tuple[RuleInfo, ...]:
        """All enabled rules."""
        return tuple(RuleInfo(rule.id, rule.kind, rule.languages, rule.description) for rule in self._all)

    def test(self) -> list[ExampleResult]:
        """Run every rule's examples; each is judged by its own rule alone, before overlaps are settled."""
        results = []
        for rule in self._all:
            for examples, expected in ((rule.match, True), (rule.nomatch, False)):
                for example in examples:
                    found = any(candidate.rule == rule.id for candidate in self._candidates(example))
                    results.append(ExampleResult(rule.id, example, expected, found))
        return results

    def find(self, letter: Letter) -> tuple[Finding, ...]:
        """Everything the rules recognise in the letter's parts. Who decides about the letter asks `examine`."""
        return self.examine(letter).findings

    def examine(self, letter: Letter) -> Examined:
        """Findings, and the parts that were too full to be looked through. Time is linear in the text."""
        findings: list[Finding] = []
        exhausted = []
        for part in letter.parts:
            page = Page(part)
            for candidate in settle(self._candidates_of(page)):
                value = Secret(part.text[candidate.start : candidate.end])
                findings.append(
                    Finding(candidate.rule, candidate.kind, part.path, candidate.start, candidate.end, value)
                )
            if page.exhausted:
                exhausted.append(part.path)
        return Examined(tuple(findings), tuple(exhausted))

    def _candidates(self, text: str) -> Iterator[Candidate]:
        return self._candidates_of(Page(Part("body.1", PartRole.BODY, text)))

    def _candidates_of(self, page: Page) -> Iterator[Candidate]:
        active = self._active(page.plain)
        if not active:
            return
        columns = Columns(page)
        for compiled in self._shaped:
            if compiled.rule.id in active:
                yield from find_shaped(page, columns, compiled)
        if not active.isdisjoint(self._labelled_ids):
            spans = self._labelled.labels.find(page)
            if not spans:
                return
            yield from self._labelled.find(page, spans, active)
            yield from self._columns.find(page, spans, active)

    def _active(self, plain: bytes) -> frozenset[str]:
        """Rules one of whose keywords the text holds, by one pass of a multi-pattern automaton."""
        try:
            hits = self._prefilter.Match(plain)
        except re2.error:
            return frozenset(rule.id for rule in self._all)
        return self._always.union(*(self._owners[hit] for hit in hits or ()))

    def _compile_keywords(self) -> tuple[Any, list[frozenset[str]]]:
        owners: dict[str, set[str]] = {}
        for rule in self._all:
            for keyword in rule.keywords:
                owners.setdefault(keyword, set()).add(rule.id)
        options = re2.Options()
        options.log_errors = False
        options.max_mem = MEMORY
        prefilter = re2.Set.SearchSet(options)
        for keyword in owners:
            prefilter.Add(widen_spaces(re2.escape(keyword).replace("\\ ", " ")).encode("ascii", "replace"))
        prefilter.Compile()
        return prefilter, [frozenset(rules) for rules in owners.values()]

    def _try_patterns(self, rule: Rule) -> None:
        """Compile every pattern of a rule alone, so that an error can name it."""
        for key in ("labels", "before_not", "after_not", "near", "not_near", "keywords"):
            for entry in getattr(rule, key):
                source = entry.removeprefix("*").replace("~", "") if key == "labels" else entry
                self._try(rule, key, source if key != "keywords" else re2.escape(source))
        try:
            if rule.pattern:
                compile_shaped(rule)
        except ValueError as error:
            raise RulesError(self._files[rule.id], f"{rule.id}.pattern", str(error)) from None

    def _try(self, rule: Rule, key: str, pattern: str) -> None:
        try:
            compile_pattern(pattern)
        except ValueError as error:
            raise RulesError(self._files[rule.id], f"{rule.id}.{key}", f"{pattern!r}: {error}") from None
