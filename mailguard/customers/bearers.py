"""The names of the register: the words they are made of, and who bears a given one. Not asked for a letter."""

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, func, select, union
from sqlalchemy.sql.elements import ColumnElement

from mailguard.customers.tables import CUSTOMERS

_KEY = CUSTOMERS.c.name_key


def name_words(connection: Connection) -> list[str]:
    """Every folded word of a full name on record; 1 s for a million customers, who have 77,000 of them."""
    first, second = _halves(connection)
    query = union(select(first).where(_KEY != ""), select(second).where(_KEY != ""))
    return [word for (word,) in connection.execute(query) if word]


def bearers_of(connection: Connection, keys: Collection[str], most: int) -> Sequence[tuple[str, str]]:
    """Customer number and key of those who bear one of the names (`keys.pair_key`), `most` of each at most."""
    found: list[tuple[str, str]] = []
    for key in connection.scalars(select(_KEY).where(_KEY.in_(sorted(keys))).distinct()).all():
        query = select(CUSTOMERS.c.customer_id, _KEY).where(key == _KEY).limit(most)
        found += [(row[0], row[1]) for row in connection.execute(query)]
    return found


def _halves(connection: Connection) -> tuple[ColumnElement[str], ColumnElement[str]]:
    if connection.dialect.name == "postgresql":
        return func.split_part(_KEY, " ", 1), func.split_part(_KEY, " ", 2)
    blank = func.instr(_KEY, " ")
    return func.substr(_KEY, 1, blank - 1), func.substr(_KEY, blank + 1)
