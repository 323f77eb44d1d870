"""What the register audit tells: one line a risk."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class RiskKind(StrEnum):
    """Why an address on record is worth a question to its customer."""

    SHARED = "shared_address"
    """One mailbox on the records of customers who live apart."""
    LOOKALIKE = "lookalike_address"
    """Never confirmed, and one slip of the finger away from the address of a namesake."""
    TYPO = "typo_domain"
    """A domain with very few addresses, one slip away from one with very many."""
    GUESSED = "guessed_address"
    """Never confirmed, spells first and last name at a public provider, and others bear the name: often guessed."""
    UNDELIVERABLE = "undeliverable"
    """No mail can arrive there: a domain that cannot exist, or a form that mail servers refuse."""


@dataclass(frozen=True, slots=True)
class Risk:
    """One line of the audit."""

    kind: RiskKind
    customer_id: str
    """Several are parted by a comma."""
    address: str
    text: str
    other: str = ""
    """The address or domain that it is taken for, where there is one."""


class Likeness(Protocol):
    """How names and addresses resemble each other, and who gives mailboxes to the public (`namesake.vocabulary`)."""

    @property
    def providers(self) -> Collection[str]:
        """Domains at which anybody may have a mailbox."""

    def near_names(self, words: Iterable[str]) -> Mapping[str, frozenset[str]]:
        """For each folded word of a name the others that are nearly the same; a word without any is left out."""

    def look_alike(self, one: str, other: str) -> bool:
        """Whether two local parts at one domain are taken for each other."""


Progress = Callable[[int, int], None]
"""Called with the steps that are done, and the steps in all."""

Advance = Callable[[int], None]
"""Called by a search with the steps that it has done since the last time."""
