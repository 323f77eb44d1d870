"""The one question in which the register is asked for everybody whom a letter may be about.

It is a union of searches in the indexes, one for each kind of thing that the letter has; what it has not is left out:
the database plans no more than is needed. Lists come in as one parameter each: as JSON on SQLite, as an array on
PostgreSQL. They are joined, and not compared by IN: with IN, SQLite first puts every list into a table of its own.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, FromClause, Select, TableValuedAlias, and_, bindparam, or_, select, union_all
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from mailguard.customers.queries import ADDRESS_COLUMNS, COLUMNS, one_of
from mailguard.customers.tables.register import CUSTOMERS, EMAILS, NAMES, TAGGED

_MOST = 100
"""A number or street that so many share is a filler in the source, and says nothing."""
_C = CUSTOMERS.c


class each(FunctionElement[Any]):  # noqa: N801 - reads as the SQL function that it stands for
    """The values of a list that is bound as one parameter, a row each."""

    name = "each"
    inherit_cache = False


@compiles(each, "sqlite")
def _json_rows(element: each, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **kw)})"


@compiles(each, "postgresql")
def _array_rows(element: each, compiler: SQLCompiler, **kw: Any) -> str:
    # The type must be said: of a placeholder, PostgreSQL cannot tell which `unnest` is meant.
    return f"(SELECT unnest({compiler.process(element.clauses, **kw)}::text[]) AS value)"


class place(ColumnElement[Any]):  # noqa: N801 - as above
    """Where a customer's row is: on SQLite its rowid, which every index has, on PostgreSQL the customer's number.

    To find a row again by its number takes SQLite two trees, and to learn the number from an index a third.
    """

    inherit_cache = False
    _from_objects: ClassVar[list[FromClause]] = [CUSTOMERS]


@compiles(place, "sqlite")
def _rowid(element: place, compiler: SQLCompiler, **kw: Any) -> str:
    return "customers.rowid"


@compiles(place, "postgresql")
def _number(element: place, compiler: SQLCompiler, **kw: Any) -> str:
    return "customers.customer_id"


@lru_cache(maxsize=256)
def seeking(kinds: frozenset[str], only_protected: bool = False) -> Select[Any] | None:
    """The query for these lists of `Wanted`, in the columns of `queries`; None where nothing can be found by them."""
    kinds |= {"only_protected"} if only_protected else set()
    searches = [search for kind, make in _SEARCHES if kind in kinds and (search := make(kinds)) is not None]
    if not searches:
        return None
    found = (searches[0] if len(searches) == 1 else union_all(*searches)).subquery("found")
    mine = and_(EMAILS.c.customer_id == _C.customer_id, ~EMAILS.c.former)
    return (
        select(*COLUMNS, *ADDRESS_COLUMNS)
        .select_from(found.join(CUSTOMERS, place() == found.c.place).outerjoin(EMAILS, mine))
        .order_by(_C.customer_id, EMAILS.c.position)
    )


_PLACE: ColumnElement[Any] = place().label("place")


def _values(kind: str) -> TableValuedAlias:
    return each(bindparam(kind)).table_valued("value", name=f"wanted_{kind}")


def _having(kind: str, column: ColumnElement[Any]) -> Select[Any]:
    wanted = _values(kind)
    return select(_PLACE).select_from(wanted.join(CUSTOMERS, column == wanted.c.value))


def _by(kind: str, column: ColumnElement[Any]) -> tuple[str, Callable[[frozenset[str]], Select[Any]]]:
    return kind, lambda kinds: _at_most(_having(kind, column))


def _at_most(search: Select[Any]) -> Select[Any]:
    first = search.limit(_MOST).subquery()
    return select(first.c.place)


def _living_in(kinds: frozenset[str]) -> Select[Any] | None:
    if "only_protected" in kinds:
        return _having("streets", _C.street_key).where(TAGGED, _C.tags.contains("protected"))
    places = _any_of(kinds, postcodes=_C.postcode_key, cities=_C.city_key)
    return None if places is None else _at_most(_having("streets", _C.street_key).where(places))


def _named(kinds: frozenset[str]) -> Select[Any] | None:
    agreeing = _agreeing(kinds)
    return None if agreeing is None else _having("names", _C.name_key).where(agreeing)


def _otherwise_named(kinds: frozenset[str]) -> Select[Any] | None:
    agreeing = _agreeing(kinds)
    if agreeing is None:
        return None
    wanted = _values("names")
    bearers = wanted.join(NAMES, NAMES.c.name_key == wanted.c.value)
    bearers = bearers.join(CUSTOMERS, _C.customer_id == NAMES.c.customer_id)
    return select(_PLACE).select_from(bearers).where(agreeing)


def _agreeing(kinds: frozenset[str]) -> ColumnElement[bool] | None:
    return _any_of(kinds, birth_dates=_C.birth_date, postcodes=_C.postcode_key, streets=_C.street_key)


def _any_of(kinds: frozenset[str], **columns: ColumnElement[Any]) -> ColumnElement[bool] | None:
    conditions = [one_of(column, kind) for kind, column in columns.items() if kind in kinds]
    return or_(*conditions) if conditions else None


_SEARCHES: tuple[tuple[str, Callable[[frozenset[str]], Select[Any] | None]], ...] = (
    ("ids", lambda kinds: _having("ids", _C.id_key)),
    _by("usernames", _C.username_key),
    _by("national_ids", _C.national_key),
    _by("phones", _C.phone_key),
    ("streets", _living_in),
    ("names", _named),
    ("names", _otherwise_named),
)
