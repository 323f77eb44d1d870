"""Customers found by an exact anchor in the text, and half a name beside it: address, telephone number, user name."""

from collections.abc import Sequence

from mailguard.core.customer import Customer
from mailguard.customers.keys import phone_key
from mailguard.namesake.dwellings import find_dwellings
from mailguard.namesake.greeting import Greeted
from mailguard.namesake.nearby import NamesNear
from mailguard.namesake.patterns import IdentifierPatterns
from mailguard.namesake.reachable import find_phones, find_usernames
from mailguard.namesake.register import Register

_MOST_FITTING = 10
"""More people whom the same words fit are not told apart at all."""
_CROWDED = 12
"""In a house of more customers somebody has any first name: half a name needs the flat beside it."""


def by_address(
    text: str, greeted: Greeted | None, register: Register, patterns: IdentifierPatterns
) -> list[list[Customer]]:
    """For every full address in the text, the customers there whose name stands beside it or in the greeting.

    Several in one list are a household, or people of one name in one house, whom the same words fit equally well.
    Raises RegisterError.
    """
    places = find_dwellings(text)
    if not places:
        return []
    customers = register.by_dwelling(
        frozenset().union(*(place.streets for place in places)),
        frozenset().union(*(place.postcodes for place in places)),
        frozenset().union(*(place.cities for place in places)),
    )
    groups: list[list[Customer]] = []
    for place in places if customers else ():
        housed = [customer for customer in customers if place.is_home_of(customer)]
        if not housed:
            continue
        in_flat = [customer for customer in housed if place.has_line(customer)]
        near = NamesNear.of(text, place.start, place.end, greeted, patterns)
        needed = 2 if len(housed) > _CROWDED and not 0 < len(in_flat) <= _CROWDED else 1
        graded = [(near.grade(customer, place.own_words(customer)), customer) for customer in in_flat or housed]
        groups.append(_best(graded, needed))
    return [group for group in groups if 0 < len(group) <= _MOST_FITTING]


def _best(graded: Sequence[tuple[int, Customer]], needed: int) -> list[Customer]:
    best = max((grade for grade, _ in graded), default=0)
    return [customer for grade, customer in graded if grade == best] if best >= needed else []


def by_phone(
    text: str, greeted: Greeted | None, register: Register, patterns: IdentifierPatterns
) -> list[list[Customer]]:
    """For every telephone number on record in the text, its holders whose name stands beside it or in the greeting.

    Raises RegisterError.
    """
    numbers = find_phones(text)
    holders: dict[str, list[Customer]] = {}
    for customer in register.by_phones({number for number, _, _ in numbers}) if numbers else ():
        holders.setdefault(phone_key(customer.phone.partition(";")[0]), []).append(customer)
    places = [(holders.get(phone_key(number), []), start, end) for number, start, end in numbers]
    return _named_beside(text, places, greeted, patterns)


def by_bare_username(
    text: str, greeted: Greeted | None, register: Register, patterns: IdentifierPatterns
) -> list[list[Customer]]:
    """For every user name on record in the text, its bearers whose name stands beside it or in the greeting.

    Raises RegisterError.
    """
    names = find_usernames(text, greeted)
    bearers: dict[str, list[Customer]] = {}
    for customer in register.by_usernames({name for name, _, _ in names}) if names else ():
        bearers.setdefault(customer.username.casefold(), []).append(customer)
    places = [(bearers.get(name.casefold(), []), start, end) for name, start, end in names]
    return _named_beside(text, places, greeted, patterns)


def _named_beside(
    text: str,
    places: Sequence[tuple[list[Customer], int, int]],
    greeted: Greeted | None,
    patterns: IdentifierPatterns,
) -> list[list[Customer]]:
    groups: list[list[Customer]] = []
    for customers, start, end in places:
        # A letter that greets somebody else names these as a technician or an agent: it is not about them.
        fitting = [customer for customer in customers if greeted is None or greeted.fits(customer)]
        if fitting:
            near = NamesNear.of(text, start, end, greeted, patterns)
            groups.append(_best([(near.grade(customer, frozenset()), customer) for customer in fitting], needed=1))
    return [group for group in groups if 0 < len(group) <= _MOST_FITTING]
