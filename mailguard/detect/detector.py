"""The detector: loads rule packs and finds in a letter what must not leave unseen."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from itertools import filterfalse
from pathlib import Path

import re2

from mailguard.core.errors import RulesError
from mailguard.core.finding import Finding, FindingKind
from mailguard.core.part import Letter, Part, PartRole
from mailguard.core.secret import Secret
from mailguard.detect.allowance import Allowance
from mailguard.detect.allowed import Allowed
from mailguard.detect.announced import AnnouncedSecrets
from mailguard.detect.bundle import BUNDLES, LOGIN, WHOLE, has_customer_number, mark_logins
from mailguard.detect.columns import ColumnSecrets
from mailguard.detect.examined import Examined, ExampleResult, Explained, RuleInfo, show_label
from mailguard.detect.fold import fold
from mailguard.detect.labelled import LabelledSecrets
from mailguard.detect.lexicon import Lexicon
from mailguard.detect.overlap import settle
from mailguard.detect.pack import Packs, Rule, read_packs
from mailguard.detect.page import Candidate, Page
from mailguard.detect.pattern import compile_pattern
from mailguard.detect.prefilter import Prefilter
from mailguard.detect.quiet import Quiet
from mailguard.detect.shaped import Alike, Compiled, compile_shaped, find_shaped
from mailguard.detect.spaced import PROBE, SPACED, Spaced, may_be_spaced
from mailguard.detect.spoken import SPOKEN, SpokenDigits, is_counted
from mailguard.detect.tables import Columns
from mailguard.detect.told import Told, compile_told
from mailguard.detect.unfolding import Unfolded

NEAR_MISS = 1.5
"""How far below its score a place may fall and still be worth telling whoever writes rules."""


class Detector:
    """A set of rules, compiled."""

    def __init__(self, packs: Packs) -> None:
        self._files = {identity: file for identity, (file, _) in packs.rules.items()}
        self._all = [rule for _, rule in packs.rules.values() if rule.enabled]
        try:
            self._lexicon = Lexicon(packs.words, packs.shared)
            for rule in self._all:
                self._try_patterns(rule)
            self._told = compile_told(packs.shared.told)
            self._spoken = SpokenDigits(words.spoken for words in packs.words.values())
            self._labelled_rules = [rule for rule in self._all if not rule.pattern]
            self._labelled_ids = frozenset(rule.id for rule in self._labelled_rules)
            self._labelled = LabelledSecrets(self._labelled_rules, self._lexicon)
            self._columns = ColumnSecrets(self._labelled_rules, self._labelled.labels, self._lexicon)
            self._announced = AnnouncedSecrets(self._labelled_rules, self._labelled.labels, self._lexicon)
        except ValueError as error:
            raise RulesError(None, "words", str(error)) from None
        self._shaped = {rule.id: self._compile_shaped(rule) for rule in self._all if rule.pattern}
        self._hints = Alike(rule for rule in self._all if rule.kind is FindingKind.DERIVABLE_HINT and not rule.near)
        self._prefilter = Prefilter(self._all, {SPACED: PROBE, SPOKEN: self._spoken.probe})
        self._allowed = Allowed(packs.allow)

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
        """All enabled rules, and the ids that passwords get beside their user name."""
        infos = [RuleInfo(rule.id, rule.kind, rule.languages, rule.description) for rule in self._all]
        has_passwords = any(rule.kind is FindingKind.PASSWORD for rule in self._all)
        return (*infos, *(BUNDLES if has_passwords else ()))

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

    def examine(self, letter: Letter, quiet: Quiet | None = None) -> Examined:
        """Findings, and the parts that were too full to be looked through. Time is linear in the text.

        Parts that are known to be `quiet` are not looked through again, but what that took is counted all the same;
        its memory belongs to this detector alone.
        """
        quiet = quiet or Quiet.nothing()
        findings: list[Finding] = []
        exhausted: list[str] = []
        announced, told = self._announced.find(letter), Told(self._told, letter.parts)
        allowance = Allowance.for_letter(sum([len(part.text) for part in letter.parts]))
        subject = _subject_of(letter)
        digest = sha256(subject).digest()
        for part in letter.parts:
            if exhausted and allowance.is_spent:
                exhausted.append(part.path)  # nothing in it would be judged, and the letter is held
                continue
            beside = digest if part.role is PartRole.BODY else b""
            known = quiet.units_of(part, beside) if part.path not in announced else None
            if known is not None and allowance.covers(known):
                allowance.take(known)
                continue
            share = allowance.for_part(len(part.text))
            page = Page(part, share, subject)
            candidates = (*self._candidates_of(page), *announced.get(part.path, ()))
            if page.exhausted:
                exhausted.append(part.path)
            elif not candidates:
                quiet.no_values(part, beside, share.spent)
            if not candidates:
                continue
            settled = settle(filter(told.bears_out, candidates))
            for candidate in mark_logins(page, settled, self._lexicon):
                value = part.text[candidate.start : candidate.end]
                if value in self._allowed:
                    continue
                place = part.path, candidate.start, candidate.end
                findings.append(Finding(candidate.rule, candidate.kind, *place, Secret(value)))
        if any(each.rule == LOGIN for each in findings) and has_customer_number(letter, self._lexicon):
            findings = [replace(each, rule=WHOLE) if each.rule == LOGIN else each for each in findings]
        return Examined(tuple(findings), tuple(exhausted))

    def explain(self, letter: Letter) -> list[Explained]:
        """Every place that a rule looked at closely: what was found, and what fell short of it by little."""
        places = []
        announced, told = self._announced.find(letter), Told(self._told, letter.parts)
        subject = _subject_of(letter)
        for part in letter.parts:
            page = Page(part, subject=subject)
            found = (*self._candidates_of(page, NEAR_MISS), *announced.get(part.path, ()))
            candidates = [each if told.bears_out(each) else each._replace(veto="not_told") for each in found]
            standing = set(settle(candidate for candidate in candidates if candidate.stands))
            for candidate in sorted(candidates, key=lambda each: (each.start, -each.score)):
                places.append(self._explain(page, candidate, candidate in standing))
        return places

    def _explain(self, page: Page, candidate: Candidate, stands: bool) -> Explained:
        value = page.text[candidate.start : candidate.end]
        if stands:
            outcome = "allowed" if value in self._allowed else "found"
        else:
            outcome = candidate.veto or ("below" if candidate.score < candidate.hold_at else "covered")
        return Explained(
            rule=candidate.rule,
            kind=candidate.kind,
            part=page.part.path,
            line=page.line_of(candidate.start) + 1,
            label=show_label(page.text, candidate),
            form=candidate.form,
            shape=candidate.shape,
            score=candidate.score,
            hold_at=candidate.hold_at,
            outcome=outcome,
        )

    def _candidates(self, text: str) -> Iterator[Candidate]:
        part = Part("body.1", PartRole.BODY, text)
        return filter(Told(self._told, (part,)).bears_out, self._candidates_of(Page(part)))

    def _candidates_of(self, page: Page, slack: float = 0.0) -> Iterator[Candidate]:
        # A line break in HTML was meant: its source is wrapped by programs, which shows nowhere.
        may_be_wrapped = page.part.media_type != "text/html" and "\n" in page.text
        if not may_be_wrapped or not (unfolded := Unfolded(page.text)).was_wrapped:
            yield from self._read(page, slack)
            return
        joined = page.with_text(unfolded.text)
        yield from unfolded.place(self._read(joined, slack))
        page.exhausted = page.exhausted or joined.exhausted
        if unfolded.doubtful:
            written = page.with_text(unfolded.doubtful)
            yield from filterfalse(unfolded.is_cut, self._read(written, slack))
            page.exhausted = page.exhausted or written.exhausted

    def _read(self, page: Page, slack: float) -> Iterator[Candidate]:
        called = self._prefilter.called_by(page.plain, page.subject)
        called = self._hints.sift(page.plain, called)
        yield from self._read_shapes(page, called, slack)
        yield from self._read_labels(page, page.named, called, slack)
        if may_be_spaced(page.text, called) and (spaced := Spaced(page.text)).text:
            closed = page.with_text(spaced.text)
            found = self._read_labels(page, closed, self._prefilter.called_by(closed.plain), slack)
            yield from spaced.place(found)
        if SPOKEN in called:
            named = page.named
            spoken = self._spoken.read(named.text, named.plain)
            page.exhausted = page.exhausted or spoken.overfull
            figures = page.with_text(spoken.text)
            yield from spoken.place(self._read_labels(page, figures, called, slack))
            shapes = self._read_shapes(figures, called, slack)
            yield from spoken.place(each for each in shapes if not is_counted(figures.text[each.start : each.end]))
            page.exhausted = page.exhausted or figures.exhausted

    def _read_shapes(self, page: Page, called: frozenset[str], slack: float) -> Iterator[Candidate]:
        """What has a form of its own, or signs around it."""
        if called.isdisjoint(self._shaped):
            return
        columns = Columns(page)
        for identity, compiled in self._shaped.items():
            if identity in called:
                yield from find_shaped(page, columns, compiled, self._told, slack)

    def _read_labels(self, page: Page, read: Page, active: frozenset[str], slack: float) -> Iterator[Candidate]:
        """What stands by labels in a page as it is `read`."""
        if self._labelled_ids.isdisjoint(active):
            return
        spans = self._labelled.labels.find(read)
        if spans:
            yield from self._labelled.find(read, spans, active, slack)
            yield from self._columns.find(read, spans, active)
        page.exhausted = page.exhausted or read.exhausted

    def _try_patterns(self, rule: Rule) -> None:
        """Compile alone what is joined with others, so that an error can name it."""
        for key in ("labels", "before_not", "after_not", "near", "not_near", "keywords"):
            for entry in getattr(rule, key):
                source = entry.removeprefix("*").replace("~", "") if key == "labels" else entry
                self._try(rule, key, source if key != "keywords" else re2.escape(source))

    def _compile_shaped(self, rule: Rule) -> Compiled:
        try:
            return compile_shaped(rule, self._lexicon)
        except ValueError as error:
            raise RulesError(self._files[rule.id], f"{rule.id}.pattern", str(error)) from None

    def _try(self, rule: Rule, key: str, pattern: str) -> None:
        try:
            compile_pattern(pattern)
        except ValueError as error:
            raise RulesError(self._files[rule.id], f"{rule.id}.{key}", f"{pattern!r}: {error}") from None


def _subject_of(letter: Letter) -> bytes:
    """The subject, folded."""
    return b"\n".join([fold(part.text).plain for part in letter.parts if part.role is PartRole.SUBJECT])
