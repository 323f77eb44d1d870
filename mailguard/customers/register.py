"""Look-ups in the customer register: each is one indexed query on the state of the last commit; nothing is cached."""

import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from mailguard.core.address import canonical, domain_ascii
from mailguard.core.customer import Customer
from mailguard.core.errors import RegisterError
from mailguard.customers import keys, queries
from mailguard.customers.statistics import RegisterStatistics, count_register

_CHUNK = 500
"""Values in one IN list."""
_REACH_SECONDS = 1.0
"""How long an answer of the database counts as: it is there."""


class Register:
    """The register as `namesake` sees it. Every method raises RegisterError when the database does not answer."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reached_at = -_REACH_SECONDS

    def require(self) -> None:
        """Raises RegisterError when the database does not answer; asks it at most once a second.

        For letters that need no look-up: a guard whose register is away must say so, not judge by what is left.
        """
        now = time.monotonic()
        if now - self._reached_at >= _REACH_SECONDS:
            with self._connected() as connection:
                connection.execute(text("SELECT 1"))
            self._reached_at = now

    def by_id(self, customer_id: str) -> Customer | None:
        """The customer of that number, however it is written; None when there is none, or it is not clear which."""
        found = self.by_ids([customer_id])
        exact = [customer for customer in found if customer.customer_id == customer_id.strip()]
        candidates = exact or found
        return candidates[0] if len(candidates) == 1 else None

    def by_ids(self, customer_ids: Collection[str]) -> tuple[Customer, ...]:
        """The customers of these numbers; separators, case and leading zeros do not matter."""
        return self._find_all(queries.BY_IDS, sorted({key for wanted in customer_ids if (key := keys.id_key(wanted))}))

    def by_username(self, username: str) -> tuple[Customer, ...]:
        """The customers with that user name."""
        key = keys.id_key(username)
        return self._find(queries.BY_USERNAME, wanted=key) if key else ()

    def by_national_id(self, *national_ids: str) -> tuple[Customer, ...]:
        """The customers with one of these national ids, where the register has such."""
        return self._find_all(
            queries.BY_NATIONAL_ID, sorted({key for n in national_ids if (key := keys.national_key(n))})
        )

    def by_address(self, address: str) -> tuple[Customer, ...]:
        """The customers on whose record the address stands today (canonical compare)."""
        return self._find(queries.BY_ADDRESS, wanted=canonical(address))

    def by_household(self, customer: Customer) -> tuple[Customer, ...]:
        """Everybody else at the customer's street, flat and postcode."""
        key = keys.household_key(customer.street, customer.postcode)
        found = self._find(queries.BY_HOUSEHOLD, wanted=key) if key else ()
        return tuple(other for other in found if other.customer_id != customer.customer_id)

    def by_names(
        self,
        name_keys: Collection[str],
        birth_dates: Collection[date],
        postcodes: Collection[str],
        streets: Collection[str],
    ) -> tuple[Customer, ...]:
        """Customers who bear one of the names (`keys.pair_key`) and have one of the dates, postcodes or streets."""
        if not name_keys or not (birth_dates or postcodes or streets):
            return ()
        found: dict[str, Customer] = {}
        wanted = sorted(set(name_keys))
        for start in range(0, len(wanted), _CHUNK):
            for customer in self._find(
                queries.BY_NAMES,
                names=wanted[start : start + _CHUNK],
                births=list(birth_dates)[:_CHUNK],
                postcodes=list(postcodes)[:_CHUNK],
                streets=list(streets)[:_CHUNK],
            ):
                found[customer.customer_id] = customer
        return tuple(found.values())

    def count_name(self, first_name: str, last_name: str) -> int:
        """How many customers bear exactly that name, diacritics and order aside."""
        key = keys.name_key(first_name, last_name)
        if not key:
            return 0
        with self._connected() as connection:
            return int(connection.scalar(queries.COUNT_NAME, {"wanted": key}) or 0)

    def disputes(self, address: str) -> frozenset[str | None]:
        """The customers for whom the address is disputed; None among them means: for all."""
        with self._connected() as connection:
            return frozenset(connection.scalars(queries.DISPUTES, {"wanted": canonical(address)}))

    def former_holders(self, address: str) -> frozenset[str]:
        """Ids of the customers who had the address once and do not have it any longer."""
        with self._connected() as connection:
            return frozenset(connection.scalars(queries.FORMER, {"wanted": canonical(address)}))

    def count_domain(self, domain: str) -> int:
        """How many addresses on record are at the domain."""
        with self._connected() as connection:
            return int(connection.scalar(queries.DOMAIN, {"wanted": domain_ascii(domain)}) or 0)

    def stats(self) -> RegisterStatistics:
        """Counts over the whole register; reads all of it."""
        with self._connected() as connection:
            return count_register(connection)

    def _find_all(self, query: Select[Any], wanted: Sequence[str]) -> tuple[Customer, ...]:
        found: list[Customer] = []
        for start in range(0, len(wanted), _CHUNK):
            found += self._find(query, wanted=wanted[start : start + _CHUNK])
        return tuple(found)

    def _find(self, query: Select[Any], **wanted: object) -> tuple[Customer, ...]:
        with self._connected() as connection:
            return tuple(_gather(connection.execute(query, wanted)))

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        try:
            with self._engine.connect() as connection:
                yield connection
        except DBAPIError as error:
            # Only the kind of trouble: the statement's parameters are customers' data.
            raise RegisterError(f"customer register: {type(error.orig).__name__}") from None
        except SQLAlchemyError as error:
            raise RegisterError(f"customer register: {type(error).__name__}") from None


def _gather(rows: Iterator[Row[Any]]) -> Iterator[Customer]:
    # One row an address, a customer's rows together.
    mine: list[Row[Any]] = []
    for row in rows:
        if mine and mine[0][0] != row[0]:
            yield _customer(mine)
            mine = []
        mine.append(row)
    if mine:
        yield _customer(mine)


def _customer(rows: Sequence[Row[Any]]) -> Customer:
    row = rows[0]
    return Customer(
        customer_id=row.customer_id,
        first_name=row.first_name,
        last_name=row.last_name,
        former_names=tuple(row.former_names.split(";")) if row.former_names else (),
        emails=tuple(other.address for other in rows if other.address is not None),
        phone=row.phone,
        birth_date=row.birth_date,
        street=row.street,
        postcode=row.postcode,
        city=row.city,
        country=row.country,
        username=row.username,
        tags=tuple(row.tags.split(";")) if row.tags else (),
        email_confirmed=row.email_confirmed,
        national_id=row.national_id,
    )
