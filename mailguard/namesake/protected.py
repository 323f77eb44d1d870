"""Protected customers whose home stands in a letter, whoever the letter is about: their address must not get about."""

from collections.abc import Collection

from mailguard.core.customer import Customer
from mailguard.customers.keys import postcode_key, street_key
from mailguard.namesake.clues import Clues
from mailguard.namesake.dwellings import Dwelling

_LONGEST_FLAT = 3
"""`A`, `B 7`, `bis`: shorter than a town's name, and no postcode."""


def at_protected_home(clues: Clues, named: Collection[Customer], candidates: Collection[Customer]) -> list[Customer]:
    """Those candidates that are protected, and at whose full address (street, number, postcode or town) it points.

    Not where somebody whom the letter names lives in the same house: then it is that person's address.
    """
    houses = {_house(customer) for customer in named if not customer.protected}
    return [
        customer
        for customer in candidates
        if customer.protected
        and _house(customer) not in houses
        and any(_points_to(place, customer) for place in clues.places)
    ]


def _house(customer: Customer) -> tuple[str, str]:
    return street_key(customer.street), postcode_key(customer.postcode)


def _points_to(place: Dwelling, customer: Customer) -> bool:
    """Whether the customer's house stands there, and no other flat in it."""
    return place.is_home_of(customer) and (place.has_line(customer) or not _names_a_flat(place))


def _names_a_flat(place: Dwelling) -> bool:
    return any(len(word) <= _LONGEST_FLAT for word in place.words[place.behind : place.behind + 1])
