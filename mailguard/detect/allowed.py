"""Values that never count: the company's own accounts, codes that it prints on its leaflets."""

from collections.abc import Iterable

SHORTEST = 4
"""Letters and digits of the shortest entry; a shorter one would let real codes through."""
_LOOSE = frozenset(" \t\r\n\u00a0\u2007\u202f-.")
"""Signs by which people group numbers, and which an entry need not repeat."""


def fold_value(value: str) -> str:
    """The form in which entries and values are compared: no grouping signs, one case."""
    return "".join(character for character in value if character not in _LOOSE).casefold()


class Allowed:
    """The operator's list."""

    def __init__(self, entries: Iterable[str]) -> None:
        self._values = frozenset(fold_value(entry) for entry in entries)

    def __contains__(self, value: str) -> bool:
        return bool(self._values) and fold_value(value) in self._values
