"""What this room asks of a customer register. `customers.register.Register` answers it; so can a list in a test."""

from typing import Protocol

from mailguard.core.customer import Customer
from mailguard.core.memory import AddressMemory
from mailguard.customers.wanted import Wanted


class Register(Protocol):
    """Look-ups on the customers on record. Every method raises RegisterError when the register cannot be reached."""

    def seek(self, wanted: Wanted) -> tuple[Customer, ...]:
        """Everybody who has one of the wanted things, in one question; 100 at most by each kind, but all by number."""

    def by_address(self, address: str) -> tuple[Customer, ...]:
        """The customers on whose record the address stands today (canonical compare)."""

    def by_household(self, customer: Customer) -> tuple[Customer, ...]:
        """Everybody else in the customer's dwelling."""

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
