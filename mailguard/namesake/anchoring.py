"""Customers found by an exact anchor in the text, and half a name beside it: address, telephone number, user name."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mailguard.core.customer import Customer
from mailguard.customers.keys import id_key, phone_key, street_key
from mailguard.namesake.dwellings import Dwelling
from mailguard.namesake.greeting import Greeted
from mailguard.namesake.nearby import NamesNear
from mailguard.namesake.octets import Text
from mailguard.namesake.patterns import IdentifierPatterns

_MOST_FITTING = 10
"""More people whom the same words fit are not told apart at all."""
_CROWDED = 12
"""In a house of more customers somebody has any first name: half a name needs the flat beside it."""

Place = tuple[str, int, int]
"""A telephone number or user name as written, and where it stands."""


@dataclass(frozen=True, slots=True)
class Group:
    """Customers whom the same words fit."""

    customers: tuple[Customer, ...]
    by_given_name: bool
    """Nothing but a given name speaks for them."""


@dataclass(frozen=True, slots=True)
class Anchoring:
    """One letter, whose anchors are held against the names beside them.

    Every method gives groups of customers: several in one are a household, or people of one name in one house, whom the
    same words fit equally well.
    """

    text: Text
    greeted: Greeted | None
    patterns: IdentifierPatterns

    def by_address(self, places: Sequence[Dwelling], customers: Sequence[Customer]) -> Iterator[Group]:
        """For every full address, the customers there whose name stands beside it or in the greeting."""
        living: dict[str, list[Customer]] = {}
        for customer in customers:
            living.setdefault(street_key(customer.street), []).append(customer)
        for place in places:
            # Each place against each customer would be thousands of pairs in a long letter.
            there = [customer for street in place.streets for customer in living.get(street, ())]
            housed = [customer for customer in there if place.is_home_of(customer)]
            if not housed:
                continue
            in_flat = [customer for customer in housed if place.has_line(customer)]
            near = NamesNear.of(self.text, place.start, place.end, self.greeted, self.patterns)
            needed = 2 if len(housed) > _CROWDED and not 0 < len(in_flat) <= _CROWDED else 1
            graded = [(near.grade(customer, place), customer) for customer in in_flat or housed]
            yield from _best(graded, needed, near)

    def by_phone(self, numbers: Sequence[Place], customers: Sequence[Customer]) -> Iterator[Group]:
        """For every telephone number, its holders whose name stands beside it or in the greeting."""
        holders: dict[str, list[Customer]] = {}
        for customer in customers if numbers else ():
            holders.setdefault(phone_key(customer.phone.partition(";")[0]), []).append(customer)
        for number, start, end in numbers:
            yield from self._named_beside(holders.get(phone_key(number), []), start, end)

    def by_username(self, names: Sequence[Place], customers: Sequence[Customer]) -> Iterator[Group]:
        """For every user name, its bearers whose name stands beside it or in the greeting."""
        bearers: dict[str, list[Customer]] = {}
        for customer in customers if names else ():
            bearers.setdefault(id_key(customer.username), []).append(customer)
        for name, start, end in names:
            yield from self._named_beside(bearers.get(id_key(name), []), start, end)

    def _named_beside(self, customers: Sequence[Customer], start: int, end: int) -> Iterator[Group]:
        # A letter that greets somebody else names these as a technician or an agent: it is not about them.
        fitting = [customer for customer in customers if self.greeted is None or self.greeted.fits(customer)]
        if fitting:
            near = NamesNear.of(self.text, start, end, self.greeted, self.patterns)
            yield from _best([(near.grade(customer), customer) for customer in fitting], needed=1, near=near)


def _best(graded: Sequence[tuple[int, Customer]], needed: int, near: NamesNear) -> Iterator[Group]:
    best = max((grade for grade, _ in graded), default=0)
    group = [customer for grade, customer in graded if grade == best] if best >= needed else []
    if 0 < len(group) <= _MOST_FITTING:
        yield Group(tuple(group), best == 1 and not any(near.has_last_name(customer) for customer in group))
