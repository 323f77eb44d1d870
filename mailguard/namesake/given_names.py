"""Others of one given name: a letter that greets Matti and names a shop's street fits every Matti.

An address alone does not say whose home it is: a shop, a meeting, a parcel may be there, and one in a hundred letters
greets somebody with the given name of a customer who lives above the shop. So where nothing else speaks for that
customer, the letter is not about him when the reader is another of the name, and it is when the reader is not.
"""

import re

from rapidfuzz import fuzz

from mailguard.core.customer import Customer
from mailguard.customers.keys import fold, units
from mailguard.namesake.nicknames import are_nicknames

_SHORTEST = 3
_ALIKE = 60
_NOT_LETTERS = re.compile(r"[\W\d_]+")


def share_only_given_name(one: Customer, other: Customer) -> bool:
    """Whether a given name of the one, or a short form of it, is the other's, and their last names are far apart.

    Pihlajasuo and Pihlajasalo are what a mail program completes wrongly: of such two no letter fits both.
    """
    if fuzz.ratio(fold(one.last_name), fold(other.last_name)) >= _ALIKE:
        return False
    theirs = units(other.first_name)
    return any(mine == name or are_nicknames(mine, name) for mine in units(one.first_name) for name in theirs)


def spells_given_name(address: str, customer: Customer) -> bool:
    """Whether the local part is a given name of the customer's and somebody else's last name."""
    words = [fold(word) for word in _NOT_LETTERS.split(address.rpartition("@")[0]) if len(word) >= _SHORTEST]
    if any(unit in word for unit in units(customer.last_name) for word in words):
        return False
    return any(word == name or are_nicknames(word, name) for name in units(customer.first_name) for word in words)
