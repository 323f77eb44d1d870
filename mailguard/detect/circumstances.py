"""Circumstances: what stands around a value and speaks for it or against it, each sign with its score.

One sign alone says little: doors, log-ins and numbers are in every second letter. A rule with `signs` adds up the
scores of those that it meets, each once, and holds where the sum reaches `hold_at`.
"""

from typing import Any, NamedTuple

from mailguard.detect.pack import Rule
from mailguard.detect.page import Page
from mailguard.detect.pattern import any_of, compile_pattern

CLOSE = 70
"""Characters before and after a value that belong to it."""


class _Compiled(NamedTuple):
    near: Any
    before: Any
    after: Any
    score: float


class Circumstances:
    """The signs of one rule."""

    def __init__(self, rule: Rule) -> None:
        self._reach = rule.reach
        self._signs = [
            _Compiled(
                compile_pattern(sign.near, captures=False) if sign.near else None,
                _ending(sign.before) if sign.before else None,
                _beginning(sign.after) if sign.after else None,
                sign.score,
            )
            for sign in rule.signs
        ]
        favourable = [sign for sign in rule.signs if sign.score > 0]
        self._before = _ending(any_of(sign.before for sign in favourable if sign.before))
        self._after = _beginning(any_of(sign.after for sign in favourable if not sign.before))
        from_afar = sum(sign.score for sign in favourable if not (sign.before or sign.after))
        self._need_one_beside = rule.beside or from_afar < rule.hold_at
        """Of the numbers in a list none has a sign beside it: they are seen through at once."""

    def weigh(self, page: Page, start: int, end: int) -> float:
        """The sum of the scores of all signs that are met around a value; 0 where one is needed beside it and none is."""
        plain, reach = page.plain, self._reach
        before, after = plain[max(0, start - CLOSE) : start], plain[end : end + CLOSE]
        if self._need_one_beside and not (self._before.search(before) or self._after.search(after)):
            return 0.0
        around = plain[max(0, start - reach) : start] + b"\n" + plain[end : end + reach]
        score = 0.0
        for sign in self._signs:
            if (
                (sign.near is None or sign.near.search(around) or page.is_about(sign.near))
                and (sign.before is None or sign.before.search(before))
                and (sign.after is None or sign.after.search(after))
            ):
                score += sign.score
        return score


def _ending(pattern: str) -> Any:
    return compile_pattern(rf"(?:{pattern})\z", captures=False)


def _beginning(pattern: str) -> Any:
    return compile_pattern(rf"\A(?:{pattern})", captures=False)
