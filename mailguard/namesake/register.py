"""What this room asks of a customer register. `customers.register.Register` answers it; so can a list in a test."""

from collections.abc import Collection
from datetime import date
from typing import Protocol

from mailguard.core.customer import Customer
from mailguard.core.memory import AddressMemory


class Register(Protocol):
    """Look-ups on the customers on record. Every method raises RegisterError when the register cannot be reached."""

    def by_ids(self, customer_ids: Collection[str]) -> tuple[Customer, ...]:
        """The customers of these numbers; separators, case and leading zeros do not matter."""

    def by_username(self, username: str) -> tuple[Customer, ...]:
        """The customers with that user name."""

    def by_national_id(self, *national_ids: str) -> tuple[Customer, ...]:
        """The customers with one of these national ids."""

    def by_address(self, address: str) -> tuple[Customer, ...]:
        """The customers on whose record the address stands today (canonical compare)."""

    def by_household(self, customer: Customer) -> tuple[Customer, ...]:
        """Everybody else in the customer's dwelling."""

    def by_names(
        self,
        name_keys: Collection[str],
        birth_dates: Collection[date],
        postcodes: Collection[str],
        streets: Collection[str],
    ) -> tuple[Customer, ...]:
        """Customers who bear one of the names and have one of the birth dates, postcodes or streets."""

    def by_dwelling(
        self, streets: Collection[str], postcodes: Collection[str], cities: Collection[str]
    ) -> tuple[Customer, ...]:
        """Customers, 100 at most, in one of the streets and in one of the postcodes or towns."""

    def by_phones(self, numbers: Collection[str]) -> tuple[Customer, ...]:
        """Customers, 100 at most, with one of the telephone numbers."""

    def by_usernames(self, usernames: Collection[str]) -> tuple[Customer, ...]:
        """Customers, 100 at most, with one of the user names."""

    def count_name(self, first_name: str, last_name: str) -> int:
        """How many customers bear exactly that name."""

    def memory(self, address: str) -> AddressMemory:
        """What is remembered of the address: disputes, bounces, answers to the guard's question, decided pairs."""

    def source_confirms(self) -> bool:
        """Whether the source calls any address on record confirmed."""

    def former_holders(self, address: str) -> frozenset[str]:
        """Ids of the customers who had the address once."""

    def count_domain(self, domain: str) -> int:
        """How many addresses on record are at the domain."""

    def big_domains(self, least: int) -> tuple[tuple[str, int], ...]:
        """The domains with at least so many addresses on record, and how many."""
