"""Circumstances: what stands around a value and speaks for it or against it, each sign with its score.

One sign alone says little: doors, log-ins and numbers are in every second letter. A rule with `signs` adds up the
scores of those that it meets, each once, and holds where the sum reaches `hold_at`.
"""

from collections.abc import Sequence
from typing import NamedTuple

import re2

from mailguard.detect.allowance import WEIGHING
from mailguard.detect.pack import Rule
from mailguard.detect.page import Page
from mailguard.detect.pattern import MEMORY, Pattern, any_of, compile_pattern, widen_spaces

CLOSE = 70
"""Characters before and after a value that belong to it."""


class _Asked(NamedTuple):
    """Numbers of a sign's patterns among those of its kind; None where it has none."""

    near: int | None
    before: int | None
    after: int | None
    score: float


class Circumstances:
    """The signs of one rule."""

    def __init__(self, rule: Rule) -> None:
        self._reach = rule.reach
        self._near, self._before, self._after = _Patterns(), _Patterns(), _Patterns()
        self._signs = [
            _Asked(
                self._near.add(sign.near),
                self._before.add(rf"(?:{sign.before})\z" if sign.before else ""),
                self._after.add(rf"\A(?:{sign.after})" if sign.after else ""),
                sign.score,
            )
            for sign in rule.signs
        ]
        for patterns in (self._near, self._before, self._after):
            patterns.compile()
        favourable = [sign for sign in rule.signs if sign.score > 0]
        from_afar = sum(sign.score for sign in favourable if not (sign.before or sign.after))
        self._need_one_beside = rule.beside or from_afar < rule.hold_at
        # What a sign beside the value needs at least: these two end at once where nothing speaks for a number.
        leading = any_of(sign.before for sign in favourable)
        trailing = any_of(sign.after for sign in favourable if not sign.before)
        self._leading = compile_pattern(rf"{leading}\z", captures=False)
        self._trailing = compile_pattern(rf"\A{trailing}", captures=False)

    def weigh(self, page: Page, start: int, end: int) -> float:
        """The sum of the scores of the signs that are met; 0 where one is needed beside the value and none is."""
        plain, reach = page.plain, self._reach
        leading, trailing = plain[max(0, start - CLOSE) : start], plain[end : end + CLOSE]
        if self._need_one_beside and not (self._leading.search(leading) or self._trailing.search(trailing)):
            return 0.0  # as most numbers of a list: no need to look further around
        page.allowance.take(WEIGHING)
        before, after = self._before.found_in(leading), self._after.found_in(trailing)
        beside = [
            sign
            for sign in self._signs
            if (sign.before is None or sign.before in before) and (sign.after is None or sign.after in after)
        ]
        if self._need_one_beside and not any(
            sign.score > 0 and not (sign.before is None and sign.after is None) for sign in beside
        ):
            return 0.0
        near = self._near.found_in(plain[max(0, start - reach) : start] + b"\n" + plain[end : end + reach])
        if page.subject:
            near = {*near, *self._near.found_in(page.subject)}
        return sum(sign.score for sign in beside if sign.near is None or sign.near in near)


class _Patterns:
    """Patterns that are asked in one pass, by their numbers."""

    def __init__(self) -> None:
        self._sources = [_ALWAYS]
        self._each: list[Pattern] = []

    def add(self, pattern: str) -> int | None:
        """The number under which a pattern will be found. Raises ValueError when RE2 refuses it."""
        if not pattern:
            return None
        self._each.append(compile_pattern(pattern, captures=False))
        self._sources.append(widen_spaces(pattern))
        return len(self._each)

    def compile(self) -> None:
        """Make the automaton, once all patterns are there."""
        options = re2.Options()
        options.log_errors = False
        options.max_mem = MEMORY
        self._all = re2.Set.SearchSet(options)
        for source in self._sources:
            self._all.Add(source.encode("ascii"))
        self._all.Compile()

    def found_in(self, text: bytes) -> Sequence[int] | set[int]:
        """The numbers of the patterns that are in a text."""
        found: list[int] = self._all.Match(text)
        if found:
            return found
        # Out of memory: it answers as if nothing was there.
        return [number for number, pattern in enumerate(self._each, 1) if pattern.search(text)]


_ALWAYS = r"\A"
"""Every text matches it, so that an automaton which could not look is told from one that found nothing."""
