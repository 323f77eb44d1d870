"""What a sentence is made of, so that it can be said in another language later: keys of texts, and the values in them.

Values are cleaned already when they are put in, and a found value is never one of them (`policy.explaining`).
"""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Said:
    """A text of the wording by its key, and what its places are filled with."""

    key: str
    values: tuple[tuple[str, "Phrase"], ...] = ()


@dataclass(frozen=True, slots=True)
class Listed:
    """`a, b and c`."""

    phrases: tuple["Phrase", ...]


@dataclass(frozen=True, slots=True)
class Joined:
    """One behind the other: whole sentences, or with a semicolon clauses of one."""

    phrases: tuple["Phrase", ...]
    sign: str = ""
    """What stands between two besides the space; a full stop before it goes."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause in English that the wording does not have: why a part could not be read (`core.part.Trouble`)."""

    text: str


@dataclass(frozen=True, slots=True)
class OnDay:
    """A day."""

    day: date


@dataclass(frozen=True, slots=True)
class Ago:
    """So many hours before the letter was judged."""

    hours: float


Phrase = str | Said | Listed | Joined | Clause | OnDay | Ago
"""A text is a value: the same in every language."""
