"""Many patterns in one automaton of RE2, which tells in one pass which of them occur in a text, and not where."""

from collections.abc import Iterable

import re2


class PatternSet:
    """The automaton. Its options are those of the patterns; it writes nothing to standard error."""

    def __init__(self, patterns: Iterable[bytes], options: re2.Options, memory: int | None = None) -> None:
        """`memory`: octets that it may take; RE2's own measure is 8 MiB."""
        options.log_errors = False
        if memory is not None:
            options.max_mem = memory
        self._automaton = re2.Set.SearchSet(options)
        for pattern in (*patterns, _ALWAYS):
            self._automaton.Add(pattern)
        self._automaton.Compile()

    def found_in(self, text: bytes) -> list[int]:
        """The numbers of the patterns that occur, in no order, and one more than the last, which every text has.

        Empty where the automaton did not fit in its memory: nothing is known then, and whoever asks must look himself.
        """
        return self._automaton.Match(text) or []


_ALWAYS = rb"\A"
"""Every text matches it: an automaton that is out of memory answers as if nothing did."""
