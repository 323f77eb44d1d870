"""Where cases stand in the order of a list, and how the finds of several searches become one list."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from mailguard.cases.filtering import Order


class Place(NamedTuple):
    """Where a case stands in the order of a list."""

    severity: int
    """0 for all in an order by time alone."""
    received_at: datetime
    id: str


Part = tuple[list[Place], Place | None]
"""Some places in their order, and the one to go on behind (None: there are no more)."""


def merged(found: Sequence[Part], limit: int, order: Order) -> Part:
    """The first places of several searches, and the one to go on behind."""
    rising = order is not Order.NEWEST
    ends = [end for _, end in found if end is not None]
    end = (min(ends) if rising else max(ends)) if ends else None
    # Beyond the end of one search nothing is told of another's: it would come before what is unseen.
    known = {place for places, _ in found for place in places}
    places = sorted((p for p in known if end is None or (p <= end if rising else p >= end)), reverse=not rising)
    return places[:limit], places[limit - 1] if len(places) > limit else end
