"""The register's queries, made once: SQLAlchemy then keeps their compiled form."""

from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, and_, bindparam, func, or_, select, union_all

from mailguard.customers.tables import CUSTOMERS, DOMAINS, EMAILS, NAMES
from mailguard.customers.tables import DISPUTES as _DISPUTES

_C = CUSTOMERS.c
_PLAIN = (
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


def _customers(condition: ColumnElement[bool]) -> Select[Any]:
    """Customers with their addresses: one row an address, a customer's rows together."""
    mine = and_(EMAILS.c.customer_id == _C.customer_id, ~EMAILS.c.former)
    return (
        select(*_PLAIN, EMAILS.c.address)
        .select_from(CUSTOMERS.outerjoin(EMAILS, mine))
        .where(condition)
        .order_by(_C.customer_id, EMAILS.c.position)
    )


def _many(name: str) -> BindParameter[Any]:
    return bindparam(name, expanding=True)


_WANTED: BindParameter[Any] = bindparam("wanted")
_HOLDERS = select(EMAILS.c.customer_id).where(EMAILS.c.canonical == _WANTED, ~EMAILS.c.former)
_NAMED = union_all(
    select(_C.customer_id).where(_C.name_key.in_(_many("names"))),
    select(NAMES.c.customer_id).where(NAMES.c.name_key.in_(_many("names"))),
)

BY_IDS = _customers(_C.id_key.in_(_many("wanted")))
BY_USERNAME = _customers(_C.username_key == _WANTED)
BY_NATIONAL_ID = _customers(_C.national_key.in_(_many("wanted")))
BY_HOUSEHOLD = _customers(_C.household_key == _WANTED)
BY_ADDRESS = _customers(_C.customer_id.in_(_HOLDERS))
BY_NAMES = _customers(
    and_(
        _C.customer_id.in_(_NAMED),
        or_(
            _C.birth_date.in_(_many("births")),
            _C.postcode_key.in_(_many("postcodes")),
            _C.street_key.in_(_many("streets")),
        ),
    )
)
COUNT_NAME = select(func.count()).where(_C.name_key == _WANTED)
DISPUTES = select(_DISPUTES.c.customer_id).where(_DISPUTES.c.canonical == _WANTED, _DISPUTES.c.revoked_at.is_(None))
FORMER = select(EMAILS.c.customer_id).where(EMAILS.c.canonical == _WANTED, EMAILS.c.former)
DOMAIN = select(DOMAINS.c.addresses).where(DOMAINS.c.domain == _WANTED)
