"""Never-confirmed addresses of people with namesakes: guessed from the name, or a slip away from a namesake's.

The wrong reader of a namesake case has an address that looks right, and it stands on the record. So it is the address
that nobody ever answered from which is worth a question, and not the likeness of two that are known to be good.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Set
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple
from zlib import crc32

from sqlalchemy import Connection, and_, select

from mailguard.customers.auditing.risk import Advance, Likeness, Risk, RiskKind
from mailguard.customers.auditing.wording import GUESSED, NEAR_NAME, NEAR_NAME_MORE, SAME_NAME, SAME_NAME_MORE
from mailguard.customers.bearers import name_words
from mailguard.customers.keys import fold, pair_key
from mailguard.customers.tables.memory import CONFIRMATIONS, PAIRS
from mailguard.customers.tables.register import CUSTOMERS, EMAILS

_FIELD, _LINE = "\t", "\n"
"""No address and no customer number holds one of these."""
_NOBODY: frozenset[str] = frozenset()


class _Holder(NamedTuple):
    """One address of one customer."""

    canonical: str
    address: str
    customer_id: str
    household: str
    good: str
    """Not empty: confirmed by the source, by a code mail or by a reviewer."""

    @property
    def domain(self) -> str:
        return self.canonical.rpartition("@")[2]

    @property
    def local(self) -> str:
        return self.canonical.rpartition("@")[0]


class Namesakes:
    """Every name of the register with its addresses, as text: half a GB for a million customers, while it lives."""

    def __init__(self, connection: Connection, public: Collection[str], likeness: Likeness, today: date) -> None:
        self._connection = connection
        self._public = public
        self._likeness = likeness
        self._answered = _answered(connection, today)
        # First, because its index is the largest thing in memory and is gone before the addresses are read.
        self._near = likeness.near_names(name_words(connection))
        self._lines: dict[str, str] = {}
        self._partners: defaultdict[str, set[str]] = defaultdict(set)
        self._suspects: list[str] = []

    def guessed(self, advance: Advance) -> Iterator[Risk]:
        """Read the register, name by name, and tell the addresses that spell the name of somebody with a namesake."""
        query = (
            select(
                CUSTOMERS.c.name_key,
                CUSTOMERS.c.customer_id,
                CUSTOMERS.c.household_key,
                CUSTOMERS.c.first_name,
                CUSTOMERS.c.last_name,
                EMAILS.c.address,
                EMAILS.c.canonical,
                EMAILS.c.confirmed,
            )
            .outerjoin(EMAILS, and_(EMAILS.c.customer_id == CUSTOMERS.c.customer_id, ~EMAILS.c.former))
            .where(CUSTOMERS.c.name_key != "")
            .order_by(CUSTOMERS.c.name_key, CUSTOMERS.c.customer_id)
        )
        rows: Iterable[Any] = self._connection.execution_options(yield_per=5000).execute(query)
        for key, group in groupby(rows, key=itemgetter(0)):
            named = list(group)
            bearers = len({row[1] for row in named})
            yield from self._named(key, bearers, [row for row in named if row[5]])
            advance(len(named))

    def look_alikes(self, advance: Advance) -> Iterator[Risk]:
        """After `guessed`: addresses a slip away from one of somebody else of the same or nearly the same name."""
        for key in self._suspects:
            yield from self._alike(key)
            advance(1)

    @property
    def suspects(self) -> int:
        """How many names `look_alikes` looks at."""
        return len(self._suspects)

    def _named(self, key: str, bearers: int, rows: list[Any]) -> Iterator[Risk]:
        lines: list[str] = []
        suspicious = False
        for _, customer_id, dwelling, first, last, address, canonical, confirmed in rows:
            good = confirmed or (canonical, customer_id) in self._answered
            suspicious |= not good
            household = f"{crc32(dwelling.encode()):x}" if dwelling else ""
            lines.append(_FIELD.join((canonical, address, customer_id, household, "1" if good else "")))
            if bearers > 1 and not good and self._is_guessed(canonical, first, last):
                yield Risk(RiskKind.GUESSED, customer_id, address, GUESSED % {"bearers": bearers})
        if not lines:
            return
        self._lines[key] = _LINE.join(lines)
        one, _, other = key.partition(" ")
        self._partners[one].add(other)
        self._partners[other].add(one)
        if suspicious:
            self._suspects.append(key)

    def _is_guessed(self, canonical: str, first: str, last: str) -> bool:
        local, _, domain = canonical.rpartition("@")
        return domain in self._public and fold(local) in (fold(first) + fold(last), fold(last) + fold(first))

    def _alike(self, key: str) -> Iterator[Risk]:
        own = self._holders(key)
        others = [holder for near in sorted(self._near_keys(key)) for holder in self._holders(near)]
        at: defaultdict[str, list[_Holder]] = defaultdict(list)
        for holder in (*own, *others):
            at[holder.domain].append(holder)
        for holder in own:
            alike = [] if holder.good else [other for other in at[holder.domain] if self._is_taken_for(holder, other)]
            if alike:
                yield Risk(RiskKind.LOOKALIKE, holder.customer_id, holder.address, _like(alike, own), alike[0].address)

    def _is_taken_for(self, one: _Holder, other: _Holder) -> bool:
        if one.customer_id == other.customer_id or one.canonical == other.canonical:
            return False
        if one.household and one.household == other.household:
            return False
        return self._likeness.look_alike(one.local, other.local)

    def _near_keys(self, key: str) -> set[str]:
        one, _, other = key.partition(" ")
        others = self._near.get(other, _NOBODY) | {other}
        words = self._near.get(one, _NOBODY) | {one}
        found = {pair_key(word, mate) for word in words for mate in others & self._partners.get(word, _NOBODY)}
        return found - {key}

    def _holders(self, key: str) -> list[_Holder]:
        return [_Holder(*line.split(_FIELD)) for line in self._lines[key].split(_LINE)]


def _like(alike: list[_Holder], own: Collection[_Holder]) -> str:
    alone, among = (SAME_NAME, SAME_NAME_MORE) if alike[0] in own else (NEAR_NAME, NEAR_NAME_MORE)
    return (among if len(alike) > 1 else alone) % {"customer": alike[0].customer_id, "more": len(alike) - 1}


def _answered(connection: Connection, today: date) -> Set[tuple[str, str]]:
    """Addresses and customers that a code mail has confirmed, or that a reviewer has approved until a day to come."""
    confirmed = select(CONFIRMATIONS.c.canonical, CONFIRMATIONS.c.customer_id).where(
        CONFIRMATIONS.c.answer == "confirmed"
    )
    approved = select(PAIRS.c.canonical, PAIRS.c.customer_id).where(
        PAIRS.c.approved, PAIRS.c.revoked_at.is_(None), PAIRS.c.until.is_(None) | (PAIRS.c.until >= today)
    )
    return {(row[0], row[1]) for query in (confirmed, approved) for row in connection.execute(query)}
