"""Numbers without a label that are a customer's: the letter must say in another way that it is about that customer.

"The first number that is somebody's" gives 9 to 18 % false holds in a register of a million: orders, invoices and
meters have numbers too.
"""

import re
from collections.abc import Iterable, Sequence

from mailguard.core.customer import Customer
from mailguard.customers.keys import fold, id_key, street_key, units
from mailguard.namesake.anchoring import Anchoring
from mailguard.namesake.clues import Clues
from mailguard.namesake.found import Found
from mailguard.namesake.greeting import Greeted
from mailguard.namesake.nearby import NamesNear
from mailguard.namesake.patterns import IdentifierPatterns

_NEAR = 60
"""Octets within which a last name alone agrees with a number (`Ident. 7701142: Brzozowicki Z.`)."""
_DISTINCT = 7
_LABEL = 40
"""Octets before a number in which its label stands."""
_WORD = re.compile(r"[^\W\d_][\w-]*")


def add_numbered(
    bearers: Iterable[tuple[Customer, Sequence[bytes]]], clues: Clues, anchoring: Anchoring, found: Found
) -> None:
    """Add those bearers of numbers, given as written, with whom the letter agrees."""
    for customer, written in bearers:
        if _is_distinct(customer.customer_id):
            found.add("bare_number", [customer])
        elif _agrees(customer, written, clues, anchoring):
            found.add("bare_number_and_name", [customer])
        elif _greets(anchoring.greeted, customer) and not _all_are_others(written, clues, anchoring.patterns):
            # A lone given name is borne by many; the letter may as well be to another of them.
            found.add_either("bare_number_and_name", [customer], by_given_name=True)


def _greets(greeted: Greeted | None, customer: Customer) -> bool:
    return greeted is not None and greeted.fits(customer)


def _all_are_others(written: Sequence[bytes], clues: Clues, patterns: IdentifierPatterns) -> bool:
    """Whether every place of the number has a word before it that says of what other thing it is: an order, a bill."""
    text = clues.text
    for number in written:
        at = text.head.find(number)
        while at >= 0:
            words = [fold(word) for word in _WORD.findall(text.string(at - _LABEL, at))[-3:]]
            if not any(word.startswith(patterns.other_numbers) for word in words if word):
                return False
            at = text.head.find(number, at + len(number))
    return True


def _is_distinct(number: str) -> bool:
    """Figures and letters mixed, and enough of them: nothing else is written like that by chance."""
    key = id_key(number)
    return len(key) >= _DISTINCT and not key.isdigit() and sum(ch.isdigit() for ch in key) >= _DISTINCT // 2


def _agrees(customer: Customer, written: Sequence[bytes], clues: Clues, anchoring: Anchoring) -> bool:
    """Whether full name, street, mail address, or beside the number the last name stands in the text."""
    text = clues.text
    places = [(at, at + len(number)) for number in written if (at := text.head.find(number)) >= 0]
    if street_key(customer.street) in clues.streets or _greets_by_last_name(anchoring.greeted, customer):
        return True
    if clues.names.have_with(customer, [start for start, _ in places]):
        return True
    for start, end in places:
        near = NamesNear.of(text, start, end, anchoring.greeted, anchoring.patterns, within=_NEAR)
        if near.grade(customer) and near.has_last_name(customer):
            return True
    return b"@" in text.head and any(email.lower().encode() in text.lowered for email in customer.emails)


def _greets_by_last_name(greeted: Greeted | None, customer: Customer) -> bool:
    if greeted is None or not greeted.fits(customer):
        return False
    return not {unit for word in greeted.name.split() for unit in units(word)}.isdisjoint(units(customer.last_name))
