"""What a recipient is to the customer that a message is about."""

from dataclasses import dataclass
from enum import StrEnum

from mailguard.core.customer import Customer


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


@dataclass(frozen=True, slots=True)
class Identified:
    """A customer that the message is about, and how that is known."""

    customer: Customer
    evidence: tuple[str, ...]
    """Codes such as `customer_id_label`, `header`, `username`, `name_and_birth_date`."""
    either: str = ""
    """Customers with one key here are fitted by the same words: the letter is about one of them, whichever."""


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
