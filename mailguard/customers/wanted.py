"""What a letter says of its customer, put to the register in one question."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import NamedTuple


class Wanted(NamedTuple):
    """Whoever on record has one of these is asked for. All texts are keys as `customers.keys` makes them.

    A letter about nobody asks for hundreds of things that are nobody's: each costs a quarter of a microsecond beside
    the others, and a dozen on its own (on PostgreSQL a trip to the server).
    """

    ids: Collection[str] = ()
    usernames: Collection[str] = ()
    national_ids: Collection[str] = ()
    phones: Collection[str] = ()
    streets: Collection[str] = ()
    """Streets with house numbers: they count with one of the `postcodes` or `cities`, and with one of the `names`."""
    postcodes: Collection[str] = ()
    """They count with a street, and with one of the `names`."""
    cities: Collection[str] = ()
    names: Collection[str] = ()
    """Full names (`keys.pair_key`): they count with a birth date, a postcode or a street."""
    birth_dates: Collection[date] = ()
    only_protected: bool = False
    """Of those who live in the `streets` only the protected are asked for."""

    def values(self) -> Mapping[str, list[str] | list[date]]:
        """Everything that is wanted, by its name; without what is empty."""
        wanted = ((name, getattr(self, name)) for name in _LISTS)
        # In order: of more than are asked for, the same ones are left out each time, whatever the hash seed.
        return {name: sorted(value) for name, value in wanted if value}


_LISTS = tuple(name for name in Wanted._fields if name != "only_protected")
