"""Rows of `queries.MEMORY` as a value, whichever of the two databases they come from."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from mailguard.core.memory import AddressMemory, RememberedPair
from mailguard.customers.moments import moment


def read_memory(rows: Sequence[tuple[Any, ...]]) -> AddressMemory:
    """What the rows say together."""
    if not rows:
        return _NOTHING
    disputes: set[str | None] = set()
    pairs: list[RememberedPair] = []
    confirmed_at: dict[str, datetime] = {}
    bounced_at: dict[str | None, datetime] = {}
    for kind, customer_id, at, pair_id, approved, reasons, until, case_id in rows:
        said_at = moment(at)
        if kind == "dispute":
            disputes.add(customer_id)
        elif kind == "bounce":
            bounced_at[customer_id] = max(said_at, bounced_at.get(customer_id, said_at))
        elif kind == "confirmation":
            confirmed_at[customer_id] = max(said_at, confirmed_at.get(customer_id, said_at))
        else:
            named = frozenset(json.loads(reasons))
            pairs.append(RememberedPair(pair_id, customer_id, bool(approved), named, _day(until), said_at, case_id))
    pairs.sort(key=lambda pair: pair.pair_id, reverse=True)
    return AddressMemory(frozenset(disputes), tuple(pairs), confirmed_at, bounced_at)


def _day(value: date | str | None) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


_NOTHING = AddressMemory()
