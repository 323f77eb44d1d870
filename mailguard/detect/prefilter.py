"""Which rules a text calls for, by one pass of a multi-pattern automaton over their keywords."""

from collections.abc import Iterable

import re2

from mailguard.detect.pack import Rule
from mailguard.detect.pattern import MEMORY, widen_spaces


class Prefilter:
    """The keywords of all rules, compiled."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        owners: dict[str, set[str]] = {}
        every: set[str] = set()
        always: set[str] = set()
        for rule in rules:
            every.add(rule.id)
            if rule.anywhere:
                always.add(rule.id)
            for keyword in rule.keywords:
                owners.setdefault(keyword, set()).add(rule.id)
        self._every, self._always = frozenset(every), frozenset(always)
        self._owners = [frozenset(ids) for ids in owners.values()]
        options = re2.Options()
        options.log_errors = False
        options.max_mem = MEMORY
        self._keywords = re2.Set.SearchSet(options)
        for keyword in owners:
            self._keywords.Add(widen_spaces(re2.escape(keyword).replace("\\ ", " ")).encode("ascii", "replace"))
        self._keywords.Compile()

    def rules_for(self, plain: bytes) -> frozenset[str]:
        """Ids of the rules one of whose keywords the folded text holds."""
        try:
            hits = self._keywords.Match(plain)
        except re2.error:
            return self._every
        return self._always.union(*(self._owners[hit] for hit in hits or ()))
