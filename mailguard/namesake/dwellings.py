"""Full postal addresses in a text: a street with its number, and beside it a postcode or a town."""

import re
from dataclasses import dataclass
from itertools import islice

from mailguard.core.customer import Customer
from mailguard.customers.keys import city_key, fold, postcode_key, street_key, street_word
from mailguard.namesake.clues import HOUSE_NUMBER, POSTCODE

_MOST = 40
_MOST_NUMBERS = 400
_LONGEST = 200_000
_BEFORE = 64
_AFTER = 90
"""Flat, postcode and town stand within so many characters after the house number."""
_WORD = re.compile(r"[^\W_]+")
_FIGURES = re.compile(r"\d{1,4}")


@dataclass(frozen=True, slots=True)
class Dwelling:
    """One place where an address may stand."""

    start: int
    end: int
    streets: frozenset[str]
    postcodes: frozenset[str]
    cities: frozenset[str]
    around: str
    """The folded words around the house number, with a space before and behind each."""

    def is_home_of(self, customer: Customer) -> bool:
        """Whether the customer's street and number stand here, and the postcode or the town."""
        street = street_key(customer.street)
        if street not in self.streets or not any(ch.isdigit() for ch in customer.street):
            return False
        return postcode_key(customer.postcode) in self.postcodes or city_key(customer.city) in self.cities

    def has_line(self, customer: Customer) -> bool:
        """Whether the customer's whole street line stands here, staircase and flat included."""
        line = " ".join(street_word(word) for word in _WORD.findall(customer.street))
        return f" {line} " in self.around

    def own_words(self, customer: Customer) -> frozenset[str]:
        """The words of the customer's address, which are nobody's name here."""
        return frozenset(fold(word) for word in _WORD.findall(f"{customer.street} {customer.city}"))


def find_dwellings(text: str) -> list[Dwelling]:
    """The places of up to 40 addresses; numbers that neither a postcode nor a capitalised word follows are none."""
    text = text[:_LONGEST]
    postcodes = [(match.start(), match.group(0)) for match in islice(POSTCODE.finditer(text), _MOST_NUMBERS)]
    found: list[Dwelling] = []
    for match in islice(HOUSE_NUMBER.finditer(text), _MOST_NUMBERS):
        start, end = match.span()
        near = frozenset(postcode_key(code) for at, code in postcodes if start - _BEFORE < at <= end + _AFTER)
        after = _WORD.findall(text, end, end + _AFTER)[:12]
        cities = frozenset(_towns(after))
        if not near and not cities:
            continue
        before = [street_word(word) for word in _WORD.findall(text, max(0, start - _BEFORE), start)[-4:]]
        streets = frozenset(_streets(match[0], before, after))
        around = f" {' '.join([*before, street_word(match[0]), *map(street_word, after)])} "
        found.append(Dwelling(start - (start and 1), end, streets, near, cities, around))
        if len(found) >= _MOST:
            break
    return found


def _streets(number: str, before: list[str], after: list[str]) -> list[str]:
    found = []
    street = _FIGURES.findall(number)[0]
    for word in reversed(before):
        street = f"{word} {street}"
        found.append(street)
    street = number
    for word in after[:3]:
        street = f"{street} {street_word(word)}"
        found.append(street)
    return found


def _towns(words: list[str]) -> list[str]:
    """One to three words that begin with a capital, as a town's name may."""
    return [
        fold("".join(words[place : place + length]))
        for place, word in enumerate(words)
        if word[0].isupper()
        for length in (1, 2, 3)
        if place + length <= len(words)
    ]
