"""A customer on record, as a plain value (the tables are in `customers/`)."""

from datetime import date, datetime
from typing import NamedTuple

COLUMNS = (
    "customer_id first_name last_name former_names emails phone birth_date street postcode city country "
    "username tags email_confirmed national_id"
).split()
"""Columns of the contract's customer file, and `national_id`, which a register may have."""
REQUIRED = ("customer_id", "first_name", "last_name", "emails")
"""Those that every source must have."""


class Customer(NamedTuple):
    """One row of the customer register: the data subject (GDPR, Art. 4(1)) whom a message may be about.

    A tuple is made in a fifth of the time of a frozen dataclass, and the houses of one letter have a hundred of them.
    """

    customer_id: str
    first_name: str
    last_name: str
    former_names: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    phone: str = ""
    birth_date: date | None = None
    street: str = ""
    postcode: str = ""
    city: str = ""
    country: str = ""
    username: str = ""
    tags: tuple[str, ...] = ()
    email_confirmed: bool = False
    national_id: str = ""
    confirmed: frozenset[str] = frozenset()
    """Those of `emails` that the source has seen answered."""
    added: tuple[tuple[str, datetime], ...] = ()
    """Those of `emails` that came to a record that was there already, and when."""

    @property
    def name(self) -> str:
        """Full name in the order of the western register."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def protected(self) -> bool:
        """The customer's address must not become known to anybody else."""
        return "protected" in self.tags
