"""Look-ups in the customer register: each is one indexed query on the state of the last commit.

Nothing is cached but whether the source confirms addresses at all; whoever keeps an answer asks for the `state`.
"""

import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Engine, Select, literal, select

from mailguard.core.address import canonical, domain_ascii
from mailguard.core.customer import Customer
from mailguard.core.memory import AddressMemory
from mailguard.customers import keys, queries
from mailguard.customers.asking import Asker, Connections, translated
from mailguard.customers.moments import moment
from mailguard.customers.remembering import read_memory
from mailguard.customers.seeking import seeking
from mailguard.customers.statistics import RegisterStatistics, count_register
from mailguard.customers.wanted import Wanted

_REACH_SECONDS = 1.0
"""How long an answer of the database counts as: it is there."""
_ANYTHING = select(literal(1))
_ADDRESS = len(queries.COLUMNS)
_CONFIRMS_SECONDS = 60.0
"""How long the answer counts whether the source calls any address confirmed: where none is, all are looked at."""


@dataclass(slots=True)
class _Confirms:
    """Whether the source confirms addresses, as it was when it was last asked."""

    answer: bool = False
    asked_at: float = -_CONFIRMS_SECONDS


class Register:
    """The register as `namesake` sees it. Every method raises RegisterError when the database does not answer."""

    def __init__(
        self,
        engine: Engine,
        asker: Asker | None = None,
        confirms: "_Confirms | None" = None,
        connections: Connections | None = None,
    ) -> None:
        self._engine = engine
        self._asker = asker
        self._connections = connections or Connections(engine)
        self._reached_at = -_REACH_SECONDS
        self._confirms = confirms or _Confirms()

    @contextmanager
    def at_once(self) -> Iterator["Register"]:
        """The register for one letter, in one thread: all its look-ups go over one connection."""
        with Asker(self._engine, self._connections) as asker:
            yield Register(self._engine, asker, self._confirms, self._connections)

    def require(self) -> None:
        """Raises RegisterError when the database does not answer; asks it at most once a second.

        For letters that need no look-up: a guard whose register is away must say so, not judge by what is left.
        """
        now = time.monotonic()
        if now - self._reached_at >= _REACH_SECONDS:
            self._rows(_ANYTHING)
            self._reached_at = now

    def state(self) -> object | None:
        """Equal as long as nobody has committed anything to the database; None where that is not known.

        Known of a file of SQLite, within `at_once`.
        """
        return self._asker.state() if self._asker is not None else None

    def by_id(self, customer_id: str) -> Customer | None:
        """The customer of that number, however it is written; None when there is none, or it is not clear which."""
        found = self.by_ids([customer_id])
        exact = [customer for customer in found if customer.customer_id == customer_id.strip()]
        candidates = exact or found
        return candidates[0] if len(candidates) == 1 else None

    def by_ids(self, customer_ids: Collection[str]) -> tuple[Customer, ...]:
        """The customers of these numbers; separators, case and leading zeros do not matter."""
        return self._find_all(queries.BY_IDS, sorted({key for wanted in customer_ids if (key := keys.id_key(wanted))}))

    def seek(self, wanted: Wanted) -> tuple[Customer, ...]:
        """Everybody who has one of the wanted things, in one question; 100 at most by each kind, but all by number."""
        values = wanted.values()
        query = seeking(frozenset(values), wanted.only_protected)
        if query is None:
            return ()
        return self._find(query, **values)

    def by_address(self, address: str) -> tuple[Customer, ...]:
        """The customers on whose record the address stands today (canonical compare)."""
        return self._find(queries.BY_ADDRESS, wanted=canonical(address))

    def by_household(self, customer: Customer) -> tuple[Customer, ...]:
        """Everybody else at the customer's street, flat and postcode."""
        key = keys.household_key(customer.street, customer.postcode)
        if not key:
            return ()
        street, postcode = keys.street_key(customer.street), keys.postcode_key(customer.postcode)
        found = self._find(queries.BY_HOUSEHOLD, wanted=key, street=street, postcode=postcode)
        return tuple(other for other in found if other.customer_id != customer.customer_id)

    def count_name(self, first_name: str, last_name: str) -> int:
        """How many customers bear exactly that name, diacritics and order aside."""
        key = keys.name_key(first_name, last_name)
        return int(self._rows(queries.COUNT_NAME, wanted=key)[0][0]) if key else 0

    def memory(self, address: str) -> AddressMemory:
        """What is remembered of the address: disputes, bounces, answers to the guard's question, decided pairs."""
        return read_memory(self._rows(queries.MEMORY, wanted=canonical(address)))

    def source_confirms(self) -> bool:
        """Whether the source calls any address on record confirmed; asks the database at most once a minute."""
        now = time.monotonic()
        if now - self._confirms.asked_at >= _CONFIRMS_SECONDS:
            self._confirms.answer = bool(self._rows(queries.SOURCE_CONFIRMS))
            self._confirms.asked_at = now
        return self._confirms.answer

    def former_holders(self, address: str) -> frozenset[str]:
        """Ids of the customers who had the address once and do not have it any longer."""
        return frozenset(row[0] for row in self._rows(queries.FORMER, wanted=canonical(address)))

    def big_domains(self, least: int) -> tuple[tuple[str, int], ...]:
        """The domains with at least so many addresses on record, and how many."""
        return tuple((row[0], int(row[1])) for row in self._rows(queries.BIG_DOMAINS, least=least))

    def count_domain(self, domain: str) -> int:
        """How many addresses on record are at the domain."""
        return next((int(row[0]) for row in self._rows(queries.DOMAIN, wanted=domain_ascii(domain))), 0)

    def stats(self) -> RegisterStatistics:
        """Counts over the whole register; reads all of it."""
        with translated(self._engine), self._engine.connect() as connection:
            return count_register(connection)

    def _find_all(self, query: Select[Any], wanted: Sequence[str]) -> tuple[Customer, ...]:
        return self._find(query, wanted=wanted) if wanted else ()

    def _find(self, query: Select[Any], **wanted: object) -> tuple[Customer, ...]:
        return tuple(_gather(self._rows(query, **wanted)))

    def _rows(self, query: Select[Any], **values: object) -> Sequence[tuple[Any, ...]]:
        if self._asker is not None:
            return self._asker.rows(query, **values)
        with Asker(self._engine, self._connections) as asker:
            return asker.rows(query, **values)


def _gather(rows: Sequence[tuple[Any, ...]]) -> Iterator[Customer]:
    # One row an address, a customer's rows together; one who is found in two ways has each twice.
    begun = 0
    for place, row in enumerate(rows, 1):
        if place == len(rows) or rows[place][0] != row[0]:
            yield _customer(rows[begun:place])
            begun = place


def _customer(rows: Sequence[tuple[Any, ...]]) -> Customer:
    # In the order of `queries.COLUMNS`, and after them the address, whether it is confirmed, and since when there.
    number, first, last, former, phone, born, street, postcode, city, country, *others = rows[0][:_ADDRESS]
    username, tags, confirmed, national = others
    each = rows if len(rows) == 1 else dict.fromkeys(rows)
    addresses = [row[_ADDRESS:] for row in each if row[_ADDRESS] is not None]
    # In the order of `Customer`: to name the fields takes as long again.
    return Customer(
        number,
        first,
        last,
        tuple(former.split(";")) if former else (),
        tuple([address for address, _, _ in addresses]),
        phone,
        # SQLite keeps dates as text and truth as a number.
        date.fromisoformat(born) if isinstance(born, str) else born,
        street,
        postcode,
        city,
        country,
        username,
        tuple(tags.split(";")) if tags else (),
        bool(confirmed),
        national,
        frozenset([address for address, answered, _ in addresses if answered]),
        tuple([(address, moment(since)) for address, _, since in addresses if since is not None]),
    )
