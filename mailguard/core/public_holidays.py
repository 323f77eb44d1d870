"""Public holidays of a country or a part of it (ISO 3166-1 and 3166-2: "FI", "DE-BY"), as the library `holidays` knows.

The library is loaded when a country is asked for: it takes a fifth of a second, and most guards name none.
"""

from datetime import date
from functools import cache


@cache
def public_holidays(place: str, year: int) -> frozenset[date]:
    """The days of one year on which that place does not work, with the days that stand in for one on a weekend.

    Raises LookupError for a place that is not known.
    """
    import holidays

    country, _, part = place.partition("-")
    try:
        return frozenset(holidays.country_holidays(country, subdiv=part or None, years=year))
    except NotImplementedError:
        raise LookupError(place) from None
