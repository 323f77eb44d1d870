"""Whether a letter states its customer's own data beyond name and number: what a wrong reader would learn."""

import re
from collections.abc import Iterator, Sequence

from mailguard.core.customer import Customer
from mailguard.core.part import Letter, PartRole
from mailguard.customers.keys import fold, national_key, phone_key, street_key, units
from mailguard.namesake.content import Content
from mailguard.namesake.dates import find_dates
from mailguard.namesake.numbers import find_national_ids
from mailguard.namesake.octets import Text
from mailguard.namesake.reachable import find_phones
from mailguard.namesake.streets import find_streets

_MOST_CUSTOMERS = 20
"""A letter about more people is bulk, and held as such."""
_SHORTEST_USERNAME = 4


def states_own_data(letter: Letter, customers: Sequence[Customer]) -> bool:
    """Whether street with house number, birth date, telephone number, user name or national id of one stands there."""
    text = Text.of(Content.of(letter))
    return any(found for customer in customers[:_MOST_CUSTOMERS] for found in _stated(text, customer))


def states_street(letter: Letter, customers: Sequence[Customer]) -> bool:
    """Whether street with house number of one stands in a text of the letter."""
    streets = {key for customer in customers if (key := street_key(customer.street))}
    return any(find_streets(part.text, streets) for part in letter.parts if part.role is not PartRole.HEADER)


def _stated(text: Text, customer: Customer) -> Iterator[bool]:
    if any(ch.isdigit() for ch in customer.street):
        yield bool(find_streets(text.start, {street_key(customer.street)}))
    if customer.birth_date is not None:
        yield customer.birth_date in find_dates(text.head)
    if customer.phone:
        mine = {key for number in customer.phone.split(";") if (key := phone_key(number))}
        yield any(phone_key(number) in mine for number, _, _ in find_phones(text))
    if customer.national_id:
        mine = {national_key(customer.national_id)}
        yield any(national_key(number) in mine for number in find_national_ids(text.head))
    if _is_telling(customer):
        # Not as the first half of an address: that is written in every letter's footer.
        yield re.search(rf"(?<![\w@.-]){re.escape(customer.username)}(?![\w@-])", text.start, re.IGNORECASE) is not None


def _is_telling(customer: Customer) -> bool:
    """Whether the user name says more than the name and number that it may be made of."""
    plain = fold(customer.username)
    known = {*units(customer.first_name), *units(customer.last_name), fold(customer.name), fold(customer.customer_id)}
    return len(plain) >= _SHORTEST_USERNAME and plain not in known
