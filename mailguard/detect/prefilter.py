"""What a text calls for, by one pass of a multi-pattern automaton."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache, partial

import re2

from mailguard.core.finding import CREDENTIALS
from mailguard.core.pattern_set import PatternSet
from mailguard.detect.pack import Rule
from mailguard.detect.pattern import MEMORY, any_of, roughly, widen_spaces


class Prefilter:
    """The keywords of all rules, the whole patterns of rules that have none, and what some rules need besides, compiled
    to one automaton.

    16 kB take 40 us, and a text without any hit is not looked at again.
    """

    def __init__(self, rules: Iterable[Rule], others: Mapping[str, str] | None = None) -> None:
        """`others`: patterns of detectors that are no rules, by the name that `called_by` answers."""
        owners: dict[str, set[str]] = {}
        needed: dict[str, set[str]] = {}
        for rule in rules:
            patterns = [_literal(keyword) for keyword in rule.keywords]
            for pattern in (*patterns, *((widen_spaces(rule.pattern),) if rule.anywhere else ())):
                owners.setdefault(pattern, set()).add(rule.id)
            if besides := _besides(rule):
                needed.setdefault(widen_spaces(besides), set()).add(rule.id)
        for name, pattern in (others or {}).items():
            owners.setdefault(pattern, set()).add(name)
        every = dict.fromkeys((*owners, *needed))
        # One more for what every text has.
        owned = [*(frozenset(owners.get(pattern, ())) for pattern in every), _NOTHING]
        needed_by = [*(frozenset(needed.get(pattern, ())) for pattern in every), _NOTHING]
        self._every = frozenset().union(*owned)
        self._patterns = PatternSet((each.encode("ascii", "replace") for each in every), re2.Options(), MEMORY)
        # Not of a method: what refers to itself is not freed when other rules take its place (`app/memory.py`).
        self._called = lru_cache(maxsize=4096)(partial(_owners_of, owned, needed_by, frozenset().union(*needed_by)))

    def called_by(self, plain: bytes, subject: bytes = b"") -> frozenset[str]:
        """Ids of the rules that may find something in the folded text, and names of the other detectors.

        The `subject` of a short body calls with it.
        """
        hits = self._patterns.found_in(plain)
        if hits and subject:
            more = self._patterns.found_in(subject)
            hits = more and [*hits, *more]
        return self._called(tuple(hits)) if hits else self._every


def _owners_of(
    owners: Sequence[frozenset[str]],
    needed_by: Sequence[frozenset[str]],
    needing: frozenset[str],
    hits: tuple[int, ...],
) -> frozenset[str]:
    called = _NOTHING.union(*(owners[hit] for hit in hits))
    return called - needing.difference(*(needed_by[hit] for hit in hits))


_NOTHING: frozenset[str] = frozenset()


def _literal(keyword: str) -> str:
    """The keyword as a pattern; before it a blank stands for any, and both for the start of the text."""
    word = keyword.lstrip(" \n")
    pattern = widen_spaces(re2.escape(word).replace("\\ ", " "))
    if word == keyword:
        return pattern
    return rf"(?:\A|\n){pattern}" if keyword.startswith("\n") else rf"(?:\A|\s){pattern}"


def _besides(rule: Rule) -> str:
    """What must stand in a text besides a keyword of a rule of personal data: a word that it needs nearby, or else what
    it looks for. Syllables such as `tin` and `ur.` are in half of all letters."""
    if not rule.pattern or rule.kind in CREDENTIALS:
        return ""
    if rule.near:
        return roughly(any_of(rule.near))
    return "" if rule.anywhere else roughly(rule.pattern)
