"""Values that are known by their own shape: keys, numbers with check digits, secrets in URLs."""

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mailguard.detect.allowance import LOOK, TRY, WEIGHING, Allowance
from mailguard.detect.checks import CHECKS
from mailguard.detect.circumstances import Circumstances
from mailguard.detect.learned import LearnedSigns, read_learned
from mailguard.detect.lexicon import Lexicon
from mailguard.detect.pack import Rule
from mailguard.detect.page import LEARNED, Candidate, Page
from mailguard.detect.pattern import Found, Span, any_of, compile_pattern, roughly
from mailguard.detect.tables import Columns

FEWEST, DENSITY = 1000, 80
"""Values that one rule lays down for one part: 1,000 and one more for every 80 characters, more than a table has rows.
Places that fail their check are not counted here: a price list is full of numbers as long as a card's."""

LINES, LINES_LEARNED = 2, 5
"""Lines to either side in which `near` is looked for."""

_BEFORE = 1100
"""Characters before a value in which `before_not` is looked for: links of newsletters have many hundred."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A rule with its patterns."""

    rule: Rule
    pattern: Any
    rough: Any
    """It matches wherever the pattern does, and is quick about the rest."""
    groups: tuple[tuple[int, str], ...]
    """Number and name."""
    exact: Any
    check: Callable[[str], int] | None
    before_not: Any
    after_not: Any
    near: Any
    rough_near: Any
    not_near: Any
    circumstances: Circumstances | LearnedSigns | None
    is_remark: Callable[[str], bool] | None
    """Whether folded words are no value; only where the rule asks."""


def compile_shaped(rule: Rule, lexicon: Lexicon) -> Compiled:
    """Compile a rule with a `pattern`. Raises ValueError when a pattern or check is not known."""
    if rule.check and rule.check not in CHECKS:
        raise ValueError(f"no check of the name {rule.check!r}; known: {', '.join(sorted(CHECKS))}")
    pattern = compile_pattern(rule.pattern)
    return Compiled(
        rule,
        pattern,
        compile_pattern(roughly(rule.pattern), captures=False),
        tuple(sorted((number, _word(name)) for name, number in pattern.groups.items())),
        compile_pattern(rule.exact, exact=True) if rule.exact else None,
        CHECKS.get(rule.check),
        compile_pattern(rf"{any_of(rule.before_not)}\z") if rule.before_not else None,
        compile_pattern(rf"\A{any_of(rule.after_not)}") if rule.after_not else None,
        compile_pattern(any_of(rule.near)) if rule.near else None,
        compile_pattern(roughly(any_of(rule.near)), captures=False) if rule.near else None,
        compile_pattern(any_of(rule.not_near)) if rule.not_near else None,
        _circumstances_of(rule),
        lexicon.is_remark if rule.not_remarks else None,
    )


def _circumstances_of(rule: Rule) -> Circumstances | LearnedSigns | None:
    if rule.learned:
        return read_learned(Path(rule.learned))
    return Circumstances(rule) if rule.signs else None


class Alike:
    """Rules that are called together and look alike, as the hints of all languages do: one pass looks for all of them,
    where each would take one of its own. Rules that are not alike make of it an automaton with too many states."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        patterns = {rule.id: roughly(rule.pattern) for rule in rules}
        self._ids = frozenset(patterns)
        self._any = compile_pattern(any_of(patterns.values()), captures=False)

    def sift(self, plain: bytes, called: frozenset[str]) -> frozenset[str]:
        """Those of the rules that are called which may find something in the text."""
        if len(called & self._ids) < 2 or self._any.search(plain):
            return called
        return called - self._ids


def find_shaped(
    page: Page, columns: Columns, compiled: Compiled, told: Container[str] = (), slack: float = 0.0
) -> Iterator[Candidate]:
    """Candidates of one rule; with `slack` also those whose signs fall short of its score by so much. `told` are the
    names of groups that a letter must tell besides."""
    rule = compiled.rule
    plain = page.plain
    if rule.longest and len(plain) > rule.longest:
        return
    if compiled.near and not page.speaks_of(compiled.rough_near, plain):
        return
    at = 0
    checked: dict[str, int] = {}
    budget = FEWEST + len(plain) // DENSITY
    allowance = Allowance.for_learned(len(plain)) if rule.learned else page.allowance
    places = _Places(compiled, plain, _stretches(compiled, page))
    while found := places.next(at):
        (start, end), name = _value_of(found, compiled.groups)
        at = max(end, found.start() + 1)  # not behind all of the match: its last blank may be the first of the next
        if allowance.is_spent:
            # What was learned from letters says nothing of long lists, and the other rules look through these.
            page.exhausted = page.exhausted or not rule.learned
            return
        allowance.take(TRY if compiled.circumstances is None else LOOK)
        text = page.text[start:end]
        if compiled.exact and not compiled.exact.fullmatch(text.encode()):
            continue
        if compiled.check:
            if text not in checked:
                checked[text] = compiled.check(text)
            length = checked[text]
            if not length:
                continue
            end = start + length
            at = max(end, found.start() + 1)
        if compiled.is_remark and compiled.is_remark(plain[start:end].decode("latin-1")):
            continue
        if not _stands_well(page, columns, compiled, start, end):
            continue
        if rule.learned:
            allowance.take(WEIGHING)
        score = compiled.circumstances.weigh(page, start, end) if compiled.circumstances else rule.hold_at
        if score < rule.hold_at and rule.overlapping:
            at = max(start, found.start() + 1)
        if score < rule.hold_at - slack:
            continue
        if budget <= 0:
            page.exhausted = True
            return
        budget -= 1
        made_of = name if name in told else ""
        form = LEARNED if rule.learned else "pattern"
        yield Candidate(rule.id, rule.kind, start, end, score, rule.hold_at, (0, 0), form, rule.check, made_of=made_of)


class _Places:
    """The matches of a rule. Where its rough pattern finds nothing, the exact one is not asked; the rough one is asked
    again only beyond what it has found, so that no octet is looked at over and over."""

    def __init__(self, compiled: Compiled, plain: bytes, stretches: Sequence[Span]) -> None:
        self._compiled, self._plain = compiled, plain
        self._stretches = iter(stretches)
        self._stretch = next(self._stretches, None)
        self._beyond = 0

    def next(self, at: int) -> Found | None:
        """The first match from `at` on."""
        while self._stretch:
            start, end = self._stretch
            if found := self._search(max(at, start), end):
                return found
            self._stretch = next(self._stretches, None)
        return None

    def _search(self, at: int, end: int) -> Found | None:
        if at >= self._beyond:
            rough = self._compiled.rough.search(self._plain, at, end)
            if rough is None:
                return None
            at, self._beyond = rough.start(), rough.end()
        found: Found | None = self._compiled.pattern.search(self._plain, at, end)
        return found


def _stretches(compiled: Compiled, page: Page) -> Sequence[Span]:
    """Where to look: rules with learned signs look at many a value, and long letters speak seldom of what they want."""
    if compiled.rule.learned and compiled.near and not page.is_about(compiled.rough_near):
        return page.lines_around(compiled.rough_near, compiled.rule.reach)
    return ((0, len(page.plain)),)


def _value_of(found: Found, groups: Sequence[tuple[int, str]]) -> tuple[Span, str]:
    """Span and name of the first group that took part, or of the whole match."""
    for group, name in groups:
        if (span := found.span(group)) != (-1, -1):
            return span, name
    return found.span(), ""


def _word(name: str | bytes) -> str:
    return name.decode() if isinstance(name, bytes) else name


def _stands_well(page: Page, columns: Columns, compiled: Compiled, start: int, end: int) -> bool:
    """Whether what is around the value speaks for it, or at least not against it."""
    rule, plain = compiled.rule, page.plain
    if compiled.before_not and compiled.before_not.search(plain[max(0, start - _BEFORE) : start]):
        return False
    if compiled.after_not and compiled.after_not.search(plain[end : end + 24]):
        return False
    if not (compiled.near or compiled.not_near):
        return True
    around = page.around(start, end, rule.reach, LINES_LEARNED if rule.learned else LINES)
    heading = columns.heading(start)
    if compiled.not_near and (compiled.not_near.search(heading) or (not heading and compiled.not_near.search(around))):
        return False
    if not compiled.near or compiled.near.search(around) or compiled.near.search(heading):
        return True
    return page.is_about(compiled.near, compiled.not_near)
