"""A customer's name tags: what says by itself whose it is, or has a label that does."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mailguard.core.customer import Customer
from mailguard.customers.keys import id_key, national_key
from mailguard.customers.wanted import Wanted
from mailguard.namesake.content import Content
from mailguard.namesake.found import Found
from mailguard.namesake.greeting import Greeted
from mailguard.namesake.numbers import NATIONAL, find_national_ids
from mailguard.namesake.octets import Text
from mailguard.namesake.patterns import IdentifierPatterns

_MOST = 500
_LONGEST = 64
_MOST_USERNAMES = 20
_DECIMAL = re.compile(r"\d{4,}\.0{1,2}")


@dataclass(frozen=True, slots=True)
class Tags:
    """The tags of one letter, as written."""

    numbers: dict[str, list[list[str]]]
    """By evidence: of every number, the keys of what it may be, longest first."""
    exact: frozenset[str]
    """The numbers as they are written."""
    usernames: tuple[str, ...]
    national_ids: dict[str, int]
    """Each with its place."""

    @classmethod
    def of(cls, content: Content, text: Text, patterns: IdentifierPatterns) -> "Tags":
        """Read them; labelled ones in all of the text."""
        written = {
            "header": _named(content),
            "customer_id_label": patterns.customer_ids(text),
            "order_number": patterns.customers_of_orders(text),
        }
        numbers = {code: [_keys(value, patterns) for value in values] for code, values in written.items() if values}
        exact = frozenset(value for values in written.values() for value in values)
        usernames = tuple(patterns.usernames(text)[:_MOST_USERNAMES])
        return cls(numbers, exact, usernames, find_national_ids(text.head) if text.may_have(NATIONAL) else {})

    @property
    def are_any(self) -> bool:
        """Whether there is one at all."""
        return bool(self.numbers or self.usernames or self.national_ids)

    def wanted(self, besides: Wanted) -> Wanted:
        """The question for their bearers, and for whom else is wanted."""
        return besides._replace(
            ids={key for values in self.numbers.values() for keys in values for key in keys},
            usernames={key for name in self.usernames if (key := id_key(name))},
            national_ids={key for number in self.national_ids if (key := national_key(number))},
        )

    def add_bearers(self, bearers: Sequence[Customer], greeted: Greeted | None, found: Found) -> None:
        """Add those whom the tags name."""
        by_id: dict[str, list[Customer]] = {}
        for customer in bearers:
            by_id.setdefault(id_key(customer.customer_id), []).append(customer)
        for code, values in self.numbers.items():
            for keys in values:
                longest = next((by_id[key] for key in keys if key in by_id), [])
                exact = [customer for customer in longest if customer.customer_id in self.exact]
                found.add(code, exact or longest)
        for username in self.usernames:
            key = id_key(username)
            named = [customer for customer in bearers if key and id_key(customer.username) == key]
            found.add("username_label", named if len(named) < 2 else _corroborated(named, greeted, found))
        written = {national_key(number) for number in self.national_ids}
        found.add("national_id", [customer for customer in bearers if _has_national_id(customer, written)])


def _corroborated(named: Sequence[Customer], greeted: Greeted | None, found: Found) -> list[Customer]:
    """A user name of several systems is no evidence by itself: the letter must name its owner too."""
    numbered = {customer.customer_id for customer in found.customers()}
    greets = greeted is not None and greeted.is_full
    return [
        customer
        for customer in named
        if customer.customer_id in numbered or (greets and greeted is not None and greeted.fits(customer))
    ]


def _has_national_id(customer: Customer, written: set[str]) -> bool:
    return bool(customer.national_id) and national_key(customer.national_id) in written


def _named(content: Content) -> list[str]:
    parts = (part.strip()[:_LONGEST] for value in content.named for part in value.replace(";", ",").split(","))
    return [part for part in parts if part][:_MOST]


def _keys(value: str, patterns: IdentifierPatterns) -> list[str]:
    """What the number may be, longest first: `1001 12.3.2026` is a number and a date, `10 012 345` is one number."""
    pieces = value.split()
    spellings = [" ".join(pieces[:end]) for end in range(len(pieces), 0, -1)]
    if "/" in pieces[0]:
        spellings.append(pieces[0].split("/")[0])
    if _DECIMAL.fullmatch(value):
        # How a spreadsheet writes a number.
        spellings.insert(0, value.partition(".")[0])
    keys = dict.fromkeys(map(id_key, spellings))
    return [key for key in keys if key and patterns.can_be_number(key)]
