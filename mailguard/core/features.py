"""What the policy is asked about one message, as plain values without content, names or addresses.

The policy decides by these alone, so that it can be asked the same again later, under another table.
"""

from dataclasses import dataclass

from mailguard.core.finding import FindingKind
from mailguard.core.memory import AddressState
from mailguard.core.relation import RelationKind


@dataclass(frozen=True, slots=True)
class RelationFeatures:
    """What one recipient is to one customer."""

    kind: RelationKind
    state: AddressState | None = None
    protected: bool | None = None
    """Whether the customer is protected; None: the relation is to none."""
    rejected: tuple[str, ...] | None = None
    """Codes of the reasons of a decision that the customer's mail must not go there; None: there is none."""
    forgiven: tuple[str, ...] = ()
    """Codes of the reasons for which the pair is not held again, in alphabetical order."""


@dataclass(frozen=True, slots=True)
class FoundFeatures:
    """What one rule found, and how often."""

    rule: str
    kind: FindingKind
    times: int = 1


@dataclass(frozen=True, slots=True)
class Features:
    """One message."""

    recipients: tuple[tuple[int, tuple[RelationFeatures, ...]], ...]
    """How many recipients are the same to the customers, and what that is, each relation once."""
    customers: tuple[tuple[int, tuple[str, ...]], ...] = ()
    """How many customers were identified by the same evidence, and its codes."""
    findings: tuple[FoundFeatures, ...] = ()
    people: int = 0
    """Data subjects that the letter's text holds (`detect.people`)."""
    troubles: tuple[str, ...] = ()
    """Kinds of what could not be looked into, each once."""
    conflict: bool = False
    """The greeting names somebody else."""
    protected: bool = False
    """A protected customer is among those that the letter is about."""
    protected_street: bool = False
    """And the street of one stands in the letter."""
    own_data: bool = False
    """The customer's own data stand in the letter; looked for only where a line of the table can ask."""
    automatic: bool = False
    stale_register: bool = False

    @property
    def identified(self) -> int:
        """How many customers the letter is about."""
        return sum(count for count, _ in self.customers)
