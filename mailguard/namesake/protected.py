"""Protected customers whose home stands in a letter, whoever the letter is about: their address must not get about."""

from collections.abc import Collection

from mailguard.core.customer import Customer
from mailguard.customers.keys import postcode_key, street_key
from mailguard.customers.wanted import Wanted
from mailguard.namesake.clues import Clues
from mailguard.namesake.dwellings import Dwelling
from mailguard.namesake.register import Register

_LONGEST_FLAT = 3
"""`A`, `B 7`, `bis`: shorter than a town's name, and no postcode."""


def at_protected_home(clues: Clues, named: Collection[Customer], register: Register) -> list[Customer]:
    """The protected customers at whose full address (street, number, and postcode or town) the letter points.

    Not where somebody whom the letter names lives in the same house: then it is that person's address. Raises
    RegisterError.
    """
    places = [place for place in clues.dwellings if place.postcodes or place.cities]
    if not places:
        return []
    living = register.seek(
        Wanted(
            streets=frozenset().union(*(place.streets for place in places)),
            postcodes=frozenset().union(*(place.postcodes for place in places)),
            cities=frozenset().union(*(place.cities for place in places)),
        )
    )
    houses = {_house(customer) for customer in named if not customer.protected}
    return [
        customer
        for customer in living
        if customer.protected
        and _house(customer) not in houses
        and any(_points_to(place, customer) for place in places)
    ]


def _house(customer: Customer) -> tuple[str, str]:
    return street_key(customer.street), postcode_key(customer.postcode)


def _points_to(place: Dwelling, customer: Customer) -> bool:
    """Whether the customer's house stands there, and no other flat in it."""
    return place.is_home_of(customer) and (place.has_line(customer) or not _names_a_flat(place))


def _names_a_flat(place: Dwelling) -> bool:
    return any(len(word) <= _LONGEST_FLAT for word in place.words[place.behind : place.behind + 1])
