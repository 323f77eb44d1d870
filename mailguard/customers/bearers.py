"""The names of the register: the words they are made of, and who bears a given one. Not asked for a letter."""

import json
from collections.abc import Collection, Sequence

from sqlalchemy import Connection, func, select, union
from sqlalchemy.sql.elements import ColumnElement

from mailguard.customers.queries import one_of
from mailguard.customers.tables.register import CUSTOMERS

_KEY = CUSTOMERS.c.name_key


def name_words(connection: Connection) -> list[str]:
    """Every folded word of a full name on record; 1 s for a million customers, who have 77,000 of them."""
    first, second = _halves(connection)
    query = union(select(first).where(_KEY != ""), select(second).where(_KEY != ""))
    return [word for (word,) in connection.execute(query) if word]


def bearers_of(
    connection: Connection, keys: Collection[str], most: int, *, of_all: int, first: str
) -> Sequence[tuple[str, str]]:
    """Customer number and key of those who bear one of the names (`keys.pair_key`).

    At most `most` of a name and `of_all` together; `first` is the name to begin with.
    """
    borne = connection.scalars(select(_KEY).where(one_of(_KEY, "keys")).distinct(), {"keys": _bound(connection, keys)})
    found: list[tuple[str, str]] = []
    for key in sorted(borne, key=lambda key: (key != first, key)):
        query = select(CUSTOMERS.c.customer_id, _KEY).where(key == _KEY).order_by(CUSTOMERS.c.customer_id).limit(most)
        found += [(row[0], row[1]) for row in connection.execute(query)]
        if len(found) >= of_all:
            break
    return found[:of_all]


def _halves(connection: Connection) -> tuple[ColumnElement[str], ColumnElement[str]]:
    if connection.dialect.name == "postgresql":
        return func.split_part(_KEY, " ", 1), func.split_part(_KEY, " ", 2)
    blank = func.instr(_KEY, " ")
    return func.substr(_KEY, 1, blank - 1), func.substr(_KEY, blank + 1)


def _bound(connection: Connection, values: Collection[str]) -> str | list[str]:
    return json.dumps(sorted(values)) if connection.dialect.name == "sqlite" else sorted(values)
