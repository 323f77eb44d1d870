"""What a recipient is to the customer that a message is about."""

from dataclasses import dataclass
from enum import StrEnum

from mailguard.core.customer import Customer
from mailguard.core.memory import AddressState, RememberedPair
from mailguard.core.reason import PAIR_REASONS, ReasonCode


class RelationKind(StrEnum):
    """Relations of the contract, best first."""

    ON_RECORD = "on_record"
    INTERNAL = "internal"
    PARTNER = "partner"
    """An address or domain on the allow-list `register.partners`."""
    HOUSEHOLD = "household"
    NO_CUSTOMER = "no_customer"
    UNCONFIRMED = "unconfirmed"
    FORMER_ADDRESS = "former_address"
    UNRELATED = "unrelated"
    OTHER_CUSTOMER = "other_customer"
    LOOKALIKE = "lookalike"
    TYPO_DOMAIN = "typo_domain"
    NAMESAKE = "namesake"
    DISPUTED = "disputed"

    @property
    def rank(self) -> int:
        """Order as above: the worse, the greater."""
        return _RANKS[self]


_RANKS = {kind: rank for rank, kind in enumerate(RelationKind)}
"""As a table, like `verdict.py`'s."""


@dataclass(frozen=True, slots=True)
class Identified:
    """A customer that the message is about, and how that is known."""

    customer: Customer
    evidence: tuple[str, ...]
    """Codes such as `customer_id_label`, `header`, `username`, `name_and_birth_date`."""
    either: str = ""
    """Customers with one key here are fitted by the same words: the letter is about one of them, whichever."""
    by_given_name: bool = False
    """Found by an address, number or user name that a given name alone stands with: it fits others of that name too."""


@dataclass(frozen=True, slots=True)
class Relation:
    """One envelope recipient held against one customer on record."""

    recipient: str
    kind: RelationKind
    about: Identified | None = None
    """The customer that the message is about; None with `internal` and `no_customer`."""
    owner: Customer | None = None
    """The other customer to whom the recipient's address belongs, where the register knows one; with
    `no_customer` whoever has the address on record."""
    resembles: str | None = None
    """The address or domain that the recipient's looks like (`lookalike`, `typo_domain`)."""
    bearers: int = 0
    """How many customers on record bear the name of `about` (0: not counted)."""
    state: AddressState | None = None
    """How sure it is that the address is the customer's, where it stands on the customer's record."""
    remembered: tuple[RememberedPair, ...] = ()
    """The decisions on this address for this customer that count today."""

    @property
    def rejection(self) -> RememberedPair | None:
        """The decision that the customer's mail must not go there, where one stands."""
        return next((pair for pair in self.remembered if not pair.approved), None)

    @property
    def forgiven(self) -> frozenset[str]:
        """Codes of the reasons for which the pair is not held again. A doubt that an approval ends is no `state` any
        more, so one that is there is newer.
        """
        approved = (pair.reasons for pair in self.remembered if pair.approved)
        return frozenset().union(*approved) & (PAIR_REASONS - {ReasonCode.UNCONFIRMED})
