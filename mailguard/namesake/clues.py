"""What a letter says that can tell one person from another of the same name: birth dates, postcodes, streets."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from mailguard.core.customer import Customer
from mailguard.customers.keys import postcode_key, street_key
from mailguard.customers.wanted import Wanted
from mailguard.namesake.birth import birth_dates_of
from mailguard.namesake.dates import DATE, find_dates
from mailguard.namesake.dwellings import Dwelling, find_dwellings
from mailguard.namesake.greeting import Greeted
from mailguard.namesake.mentions import Names
from mailguard.namesake.octets import Text
from mailguard.namesake.own_places import OwnPlace
from mailguard.namesake.postcodes import POSTCODE, find_postcodes


@dataclass(frozen=True)
class Clues:
    """What in one letter tells its customer from others of the same name."""

    text: Text
    names: Names
    birth_dates: dict[date, int]
    """Each with a place where it stands."""
    postcodes: list[tuple[str, int]]
    dwellings: list[Dwelling]

    @classmethod
    def of(
        cls, text: Text, greeted: Greeted | None, national_ids: dict[str, int], own: Sequence[OwnPlace] = ()
    ) -> "Clues":
        """Read them; linear in the text. The company's own addresses are left out, with their postcodes."""
        dates = find_dates(text.head) if text.may_have(DATE) else {}
        for number, place in national_ids.items():
            for day in birth_dates_of(number):
                dates.setdefault(day, place)
        postcodes = list(find_postcodes(text.head)) if text.may_have(POSTCODE) else []
        dwellings = find_dwellings(text, postcodes)
        if ours := [place for place in dwellings if any(mine.is_at(place) for mine in own)] if own else []:
            dwellings = [place for place in dwellings if not any(place.touches(mine) for mine in ours)]
            postcodes = [(code, at) for code, at in postcodes if not any(mine.has_behind(at) for mine in ours)]
        return cls(text, Names(text, greeted), dates, postcodes, dwellings)

    @property
    def are_any(self) -> bool:
        """Whether there is anything that a name could be held against."""
        return bool(self.birth_dates or self.postcodes or self.dwellings)

    @cached_property
    def streets(self) -> frozenset[str]:
        """Keys of everything that may be a street with its number."""
        return frozenset().union(*(place.streets for place in self.dwellings))

    @cached_property
    def _starts(self) -> dict[str, list[int]]:
        """Where each street stands."""
        starts: dict[str, list[int]] = {}
        for place in self.dwellings:
            for street in place.streets:
                starts.setdefault(street, []).append(place.start)
        return starts

    @cached_property
    def places(self) -> tuple[Dwelling, ...]:
        """The full addresses."""
        return tuple(place for place in self.dwellings if place.postcodes or place.cities)

    def wanted(self, names: Collection[str], *, living: bool) -> Wanted:
        """The question for people of these names with a birth date, street or postcode of the letter, and for who lives
        at its addresses: all of them, or (not `living`) the protected.
        """
        return Wanted(
            names=names,
            birth_dates=self.birth_dates,
            streets=self.streets,
            postcodes={code for code, _ in self.postcodes},
            cities={city for place in self.places for city in place.cities} if living else (),
            only_protected=not living,
        )

    def names_beside(self) -> frozenset[str]:
        """Keys of the names that may be asked for together with a date or postcode."""
        places = [*self.birth_dates.values(), *(place for _, place in self.postcodes)]
        return self.names.first | self.names.around(places)

    def are_of_birth(self, customer: Customer) -> bool:
        """Whether the customer's name and birth date stand in the letter."""
        if not self.birth_dates or customer.birth_date is None:
            return False
        place = self.birth_dates.get(customer.birth_date)
        return place is not None and self.names.have_with(customer, [place])

    def are_of_home(self, customer: Customer) -> bool:
        """Whether the customer's name stands in the letter, and the street, or beside it the postcode."""
        street = street_key(customer.street)
        streets = self._starts.get(street)
        if streets and self.names.have_with(customer, streets):
            return True
        if not self.postcodes:
            return False
        code = postcode_key(customer.postcode)
        places = [place for written, place in self.postcodes if written == code and self._leaves_open(place, street)]
        return bool(places) and self.names.have_near(customer, places)

    def _leaves_open(self, place: int, street: str) -> bool:
        """Whether no other street than the customer's is written before the postcode at this place.

        Thousands share a postcode: with somebody else's street before it, it says who is not meant. A street spelt
        otherwise than on record begins alike and has the same number.
        """
        if not street:
            return True
        written = [own for home in self.dwellings if home.has_behind(place) for own in home.streets]
        number = street.rpartition(" ")[2]
        return not written or any(own[:3] == street[:3] and own.rpartition(" ")[2] == number for own in written)
