"""The company's own addresses, which letters are full of: shops, branches, return addresses. Nobody lives there."""

from collections.abc import Iterable
from dataclasses import dataclass

from mailguard.customers.keys import street_key
from mailguard.namesake.dwellings import Dwelling, towns_in
from mailguard.namesake.postcodes import find_postcodes


@dataclass(frozen=True, slots=True)
class OwnPlace:
    """One address: its street, and the postcodes and towns that say which street of that name."""

    street: str
    postcodes: frozenset[str]
    towns: frozenset[str]

    def is_at(self, dwelling: Dwelling) -> bool:
        """Whether it stands there. Where the letter or the setting has no town, the street is enough."""
        if self.street not in dwelling.streets:
            return False
        if self.postcodes and dwelling.postcodes:
            return not self.postcodes.isdisjoint(dwelling.postcodes)
        return not self.towns or not dwelling.cities or not self.towns.isdisjoint(dwelling.cities)


def own_places(addresses: Iterable[str]) -> tuple[OwnPlace, ...]:
    """Read settings such as "Kauppakatu 16, 45100 Kouvola"; one without a house number would be every house."""
    places = []
    for address in addresses:
        street, _, town = address.partition(",")
        if any(ch.isdigit() for ch in street):
            postcodes = frozenset(code for code, _ in find_postcodes(f"\n{town.strip()}\n".encode()))
            places.append(OwnPlace(street_key(street), postcodes, towns_in(town)))
    return tuple(places)
