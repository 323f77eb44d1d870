"""Where good rows wait until all of a source is read: the joint of the two databases' ways (`staged_*.py`)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from mailguard.customers.parsing import Writer
from mailguard.customers.tables.register import CUSTOMERS

CUSTOMERS_IN = tuple(CUSTOMERS.columns.keys())
EMAILS_IN = ("canonical", "customer_id", "position", "address", "confirmed")
NAMES_IN = ("name_key", "customer_id")


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge has written."""

    new: int
    changed: int
    dropped: int


class Staging(Protocol):
    """Rows on their way into one database. Nobody sees them before `merge`, and they are gone without it."""

    @property
    def writer(self) -> Writer:
        """What the processes that parse give good rows to."""

    def known(self) -> Iterator[tuple[str, bytes]]:
        """Every customer on record: id and digest of the row."""

    def count(self) -> int:
        """How many customers are on record."""

    def ids_of(self, source: str) -> Iterator[str]:
        """Ids of the customers of one source."""

    def take(self, load: tuple[bytes, ...]) -> None:
        """Keep what the writer left to the importing process."""

    def merge(self, gone: Sequence[str], domains: Mapping[str, int], at: datetime) -> Merged:
        """Write what is new or has changed and take `gone` off record, in one transaction.

        `domains` counts the addresses of all staged rows, for a register that was empty; `at` is when an address that
        comes to a record that was there came to it.
        """
