"""Circumstances: what stands around a value and speaks for it or against it, each sign with its score.

One sign alone says little: doors, log-ins and numbers are in every second letter. A rule with `signs` adds up the
scores of those that it meets, each once, and holds where the sum reaches `hold_at`.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple
from weakref import WeakValueDictionary

import re2

from mailguard.core.pattern_set import PatternSet
from mailguard.detect.allowance import WEIGHING
from mailguard.detect.pack import Rule, Sign
from mailguard.detect.page import Page
from mailguard.detect.pattern import MEMORY, Pattern, any_of, compile_pattern, widen_spaces

CLOSE = 70
"""Characters before and after a value that belong to it."""


class Circumstances:
    """The signs of one rule, and what they must come to."""

    def __init__(self, rule: Rule) -> None:
        self._reach = rule.reach
        self._signs = _signs_of(rule.signs)
        self._need_one_beside = rule.beside or self._signs.most_from_afar < rule.hold_at

    def weigh(self, page: Page, start: int, end: int) -> float:
        """The sum of the scores of the signs that are met; 0 where one is needed beside the value and none is."""
        plain, reach, signs = page.plain, self._reach, self._signs
        leading, trailing = plain[max(0, start - CLOSE) : start], plain[end : end + CLOSE]
        if self._need_one_beside and not signs.may_favour(leading, trailing):
            return 0.0  # as most numbers of a list: no need to look further around
        page.allowance.take(WEIGHING)
        beside = signs.met_beside(leading, trailing)
        if self._need_one_beside and not any(sign.score > 0 and sign.is_beside for sign in beside):
            return 0.0
        near = signs.near.found_in(plain[max(0, start - reach) : start] + b"\n" + plain[end : end + reach])
        if page.subject:
            near = {*near, *signs.near.found_in(page.subject)}
        return sum(sign.score for sign in beside if sign.near is None or sign.near in near)


class _Asked(NamedTuple):
    """Numbers of a sign's patterns among those of its kind; None where it has none."""

    near: int | None
    before: int | None
    after: int | None
    score: float

    @property
    def is_beside(self) -> bool:
        """Whether it asks for something directly before or after the value."""
        return self.before is not None or self.after is not None


class _Signs:
    """Signs, compiled: those that several rules have in common are compiled once."""

    def __init__(self, signs: Sequence[Sign]) -> None:
        self.near = _Patterns(sign.near for sign in signs)
        self._before = _Patterns(rf"(?:{sign.before})\z" if sign.before else "" for sign in signs)
        self._after = _Patterns(rf"\A(?:{sign.after})" if sign.after else "" for sign in signs)
        self._signs = [
            _Asked(near, before, after, sign.score)
            for sign, near, before, after in zip(
                signs, self.near.numbers, self._before.numbers, self._after.numbers, strict=True
            )
        ]
        favourable = [sign for sign in signs if sign.score > 0]
        self.most_from_afar = sum(sign.score for sign in favourable if not (sign.before or sign.after))
        """The most that a value can get without a sign beside it."""
        # What a sign beside the value needs at least: these two end at once where nothing speaks for a number.
        leading = any_of(sign.before for sign in favourable)
        trailing = any_of(sign.after for sign in favourable if not sign.before)
        self._leading = compile_pattern(rf"{leading}\z", captures=False)
        self._trailing = compile_pattern(rf"\A{trailing}", captures=False)

    def may_favour(self, leading: bytes, trailing: bytes) -> bool:
        """Whether one beside the value may speak for it."""
        return bool(self._leading.search(leading) or self._trailing.search(trailing))

    def met_beside(self, leading: bytes, trailing: bytes) -> list[_Asked]:
        """The signs that need nothing directly before and after the value but what is there."""
        before, after = self._before.found_in(leading), self._after.found_in(trailing)
        return [
            sign
            for sign in self._signs
            if (sign.before is None or sign.before in before) and (sign.after is None or sign.after in after)
        ]


_SHARED: WeakValueDictionary[tuple[Sign, ...], _Signs] = WeakValueDictionary()
"""Signs of the rules that are loaded; with the last of their rules they are freed."""


def _signs_of(signs: tuple[Sign, ...]) -> _Signs:
    compiled = _SHARED.get(signs)
    if compiled is None:
        compiled = _SHARED[signs] = _Signs(signs)
    return compiled


class _Patterns:
    """Patterns that are asked in one pass, by their numbers."""

    def __init__(self, patterns: Iterable[str]) -> None:
        """An empty pattern gets no number. Raises ValueError when RE2 refuses one."""
        self._each: list[Pattern] = []
        self.numbers: list[int | None] = []
        sources = []
        for pattern in patterns:
            self.numbers.append(len(self._each) if pattern else None)
            if pattern:
                self._each.append(compile_pattern(pattern, captures=False))
                sources.append(widen_spaces(pattern).encode("ascii"))
        self._all = PatternSet(sources, re2.Options(), MEMORY)

    def found_in(self, text: bytes) -> Collection[int]:
        """The numbers of the patterns that are in a text."""
        found = self._all.found_in(text)
        return found or [number for number, pattern in enumerate(self._each) if pattern.search(text)]
