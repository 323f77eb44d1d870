"""What a letter says that can tell one person from another of the same name: birth dates, postcodes, streets."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from mailguard.core.customer import Customer
from mailguard.customers.keys import postcode_key
from mailguard.namesake.birth import birth_dates_of
from mailguard.namesake.dates import find_dates
from mailguard.namesake.dwellings import Dwelling, find_dwellings
from mailguard.namesake.greeting import Greeted
from mailguard.namesake.mentions import Names, name_keys
from mailguard.namesake.octets import Text
from mailguard.namesake.postcodes import find_postcodes


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
    def of(cls, text: Text, greeted: Greeted | None, national_ids: dict[str, int]) -> "Clues":
        """Read them; linear in the text."""
        dates = find_dates(text.head)
        for number, place in national_ids.items():
            for day in birth_dates_of(number):
                dates.setdefault(day, place)
        postcodes = list(find_postcodes(text.head))
        return cls(text, Names(text, greeted), dates, postcodes, find_dwellings(text, postcodes))

    @property
    def are_any(self) -> bool:
        """Whether there is anything that a name could be held against."""
        return bool(self.birth_dates or self.postcodes or self.dwellings)

    @cached_property
    def streets(self) -> frozenset[str]:
        """Keys of everything that may be a street with its number."""
        return frozenset().union(*(place.streets for place in self.dwellings))

    def names_beside(self) -> frozenset[str]:
        """Keys of the names that may be asked for together with a date or postcode."""
        places = [*self.birth_dates.values(), *(place for _, place in self.postcodes)]
        return self.names.first | self.names.around(places)

    def are_of_home(self, customer: Customer) -> bool:
        """Whether the customer's street stands in the letter, or the postcode beside the name."""
        if any(place.is_street_of(customer) for place in self.dwellings):
            return True
        code = postcode_key(customer.postcode)
        places = [place for written, place in self.postcodes if written == code]
        return bool(places) and self.names.have_near(name_keys(customer), places)
