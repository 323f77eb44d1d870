"""Who else has nearly the same name: the customers whom a hurried eye takes for the one that a letter is about."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from threading import Lock

from sqlalchemy import Engine

from mailguard.core.clock import Clock
from mailguard.core.customer import Customer
from mailguard.customers.asking import translated
from mailguard.customers.bearers import bearers_of, name_words
from mailguard.customers.keys import name_key, pair_key
from mailguard.customers.register import Register
from mailguard.namesake.names import SAME_NAME, compare_customers
from mailguard.namesake.vocabulary import near_word

_KEPT = timedelta(hours=1)
"""New words come to a register a few a day."""
_MOST_LOOKED_AT = 40


class NearNames:
    """Keeps the words of the register's names, 10 MB for a million customers; the rest is asked each time."""

    def __init__(self, engine: Engine, now: Clock) -> None:
        self._engine, self._now = engine, now
        self._lock = Lock()
        self._words: Sequence[str] = ()
        self._read_at: datetime | None = None

    def of(self, customer: Customer, most: int = 5) -> tuple[Customer, ...]:
        """Other customers, likest names first, `most` of them at most. Raises RegisterError.

        A million customers: 15 ms of CPU, and once an hour a second for the words.
        """
        key = name_key(customer.first_name, customer.last_name)
        if not key:
            return ()
        one, _, other = key.partition(" ")
        words = self._known_words()
        ones, mates = near_word(one, words), near_word(other, words)
        near = {pair_key(word, mate) for word in ones for mate in mates} | {key}
        with translated(self._engine), self._engine.connect() as connection:
            found = [number for number, _ in bearers_of(connection, near, most + 1, of_all=_MOST_LOOKED_AT, first=key)]
        others = Register(self._engine).by_ids([number for number in found if number != customer.customer_id])
        graded = [(compare_customers(customer, other).score, other) for other in others]
        alike = [(score, other) for score, other in graded if score >= SAME_NAME]
        alike.sort(key=lambda pair: (-pair[0], pair[1].customer_id))
        return tuple(other for _, other in alike if other.customer_id != customer.customer_id)[:most]

    def _known_words(self) -> Sequence[str]:
        with self._lock:
            if self._read_at is None or self._now() - self._read_at > _KEPT:
                with translated(self._engine), self._engine.connect() as connection:
                    self._words = name_words(connection)
                self._read_at = self._now()
            return self._words
