"""What the letter tells besides: a hint such as "your customer number" is a secret only where the number stands too."""

from collections.abc import Iterable, Mapping, Sequence

from mailguard.core.part import Part
from mailguard.detect.fold import fold
from mailguard.detect.page import Candidate
from mailguard.detect.pattern import Pattern, any_of, compile_pattern


def compile_told(told: Mapping[str, Sequence[str]]) -> dict[str, Pattern]:
    """Patterns of `shared.told`, by name. Raises ValueError when RE2 refuses one."""
    return {name: compile_pattern(any_of(patterns)) for name, patterns in told.items()}


class Told:
    """One letter, asked only when a hint was found in it: every part is looked through then, once for each name."""

    def __init__(self, patterns: Mapping[str, Pattern], parts: Iterable[Part]) -> None:
        self._patterns = patterns
        self._parts = tuple(parts)
        self._known: dict[str, bool] = {}

    def bears_out(self, candidate: Candidate) -> bool:
        """Whether all that the candidate's value is made of is known to whoever reads the letter."""
        return not candidate.made_of or self._tells(candidate.made_of)

    def _tells(self, name: str) -> bool:
        if name not in self._known:
            pattern = self._patterns.get(name)
            self._known[name] = pattern is None or any(pattern.search(fold(part.text).plain) for part in self._parts)
        return self._known[name]
