"""The register's queries, made once; `asking` keeps their text."""

from typing import Any

from sqlalchemy import (
    BindParameter,
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Integer,
    Select,
    String,
    Table,
    and_,
    bindparam,
    cast,
    func,
    literal_column,
    null,
    select,
    union_all,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from mailguard.customers.tables.memory import BOUNCES, CONFIRMATIONS, DISPUTES, PAIRS
from mailguard.customers.tables.register import CUSTOMERS, DOMAINS, EMAILS

_C = CUSTOMERS.c
COLUMNS = (
    _C.customer_id,
    _C.first_name,
    _C.last_name,
    _C.former_names,
    _C.phone,
    _C.birth_date,
    _C.street,
    _C.postcode,
    _C.city,
    _C.country,
    _C.username,
    _C.tags,
    _C.email_confirmed,
    _C.national_id,
)
ADDRESS_COLUMNS = (EMAILS.c.address, EMAILS.c.confirmed, EMAILS.c.added_at)


def _customers(condition: ColumnElement[bool]) -> Select[Any]:
    """Customers with their addresses: one row an address, a customer's rows together."""
    mine = and_(EMAILS.c.customer_id == _C.customer_id, ~EMAILS.c.former)
    return (
        select(*COLUMNS, *ADDRESS_COLUMNS)
        .select_from(CUSTOMERS.outerjoin(EMAILS, mine))
        .where(condition)
        .order_by(_C.customer_id, EMAILS.c.position)
    )


class one_of(ColumnElement[bool]):  # noqa: N801 - reads as the SQL function that it stands for
    """Whether a column's value is among those of a list that is bound as one parameter.

    `IN` with a parameter for each value would be another text, parsed and planned anew, for each number of values.
    """

    inherit_cache = False

    def __init__(self, column: ColumnElement[Any], name: str) -> None:
        self.column = column
        self.values: BindParameter[Any] = bindparam(name)


@compiles(one_of, "sqlite")
def _in_json(element: one_of, compiler: SQLCompiler, **kw: Any) -> str:
    column, values = compiler.process(element.column, **kw), compiler.process(element.values, **kw)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 - a column and a placeholder


@compiles(one_of, "postgresql")
def _any_array(element: one_of, compiler: SQLCompiler, **kw: Any) -> str:
    return f"{compiler.process(element.column, **kw)} = ANY({compiler.process(element.values, **kw)})"


_WANTED: BindParameter[Any] = bindparam("wanted")
_HOLDERS = select(EMAILS.c.customer_id).where(EMAILS.c.canonical == _WANTED, ~EMAILS.c.former)
BY_IDS = _customers(one_of(_C.id_key, "wanted"))
BY_HOUSEHOLD = _customers(
    # Found by street and postcode: a further index would cost every import a twentieth of its time.
    and_(_C.street_key == bindparam("street"), _C.postcode_key == bindparam("postcode"), _C.household_key == _WANTED)
)
BY_ADDRESS = _customers(_C.customer_id.in_(_HOLDERS))
COUNT_NAME = select(func.count()).where(_C.name_key == _WANTED)
FORMER = select(EMAILS.c.customer_id).where(EMAILS.c.canonical == _WANTED, EMAILS.c.former)
DOMAIN = select(DOMAINS.c.addresses).where(DOMAINS.c.domain == _WANTED)
BIG_DOMAINS = select(DOMAINS.c.domain, DOMAINS.c.addresses).where(DOMAINS.c.addresses >= bindparam("least"))
SOURCE_CONFIRMS: Select[Any] = select(literal_column("1")).where(EMAILS.c.confirmed, ~EMAILS.c.former).limit(1)


def _said(kind: str, table: Table, at: ColumnElement[Any], **values: ColumnElement[Any]) -> Select[Any]:
    """What a table says of the wanted address, in the columns that all of `MEMORY` has."""
    mine = {"customer_id": table.c.customer_id, "at": at, **values}
    columns = [mine.get(name, cast(null(), kind_of)).label(name) for name, kind_of in _SAID.items()]
    return select(literal_column(f"'{kind}'").label("kind"), *columns).where(table.c.canonical == _WANTED)


_SAID: dict[str, TypeEngine[Any]] = {
    "customer_id": String(),
    "at": DateTime(timezone=True),
    "id": Integer(),
    "approved": Boolean(),
    "reasons": String(),
    "until": Date(),
    "case_id": String(),
}
_P = PAIRS.c
MEMORY = select(
    union_all(
        _said("dispute", DISPUTES, DISPUTES.c.disputed_at).where(DISPUTES.c.revoked_at.is_(None)),
        _said("bounce", BOUNCES, BOUNCES.c.noted_at).where(BOUNCES.c.revoked_at.is_(None)),
        _said("confirmation", CONFIRMATIONS, CONFIRMATIONS.c.asked_at).where(CONFIRMATIONS.c.answer == "confirmed"),
        _said(
            "pair",
            PAIRS,
            _P.decided_at,
            id=_P.id,
            approved=_P.approved,
            reasons=cast(_P.reasons, String),
            until=_P.until,
            case_id=_P.case_id,
        ).where(_P.revoked_at.is_(None)),
    ).subquery()
)
"""One question for all that is remembered of an address: on PostgreSQL each costs a trip to the server."""
