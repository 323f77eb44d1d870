"""Which customers are on record with which digest, and which of them a source has named so far."""

from array import array
from collections.abc import Iterable
from enum import Enum, auto


class Sight(Enum):
    """What a row is to the register when it comes by."""

    SAME = auto()
    """On record just so: nothing to parse and nothing to write."""
    OTHER = auto()
    """Not on record, or not just so."""
    AGAIN = auto()
    """An earlier row has that customer_id."""


_SEEN, _NAMED = 1, 2
_FREE = 0


class KnownRows:
    """A table of 64-bit digests of customer ids and rows, by open addressing in two arrays.

    A dictionary of a million ids and digests takes 165 MB, this 36, and a delta must look at every row. The digests are
    Python's own of str and bytes (SipHash with a key of the process): nobody can make them collide, and of five million
    customers two do by chance once in a million imports; one of the two rows is then told as standing twice.
    """

    def __init__(self, expected: int = 0) -> None:
        self._count = 0
        self._make(max(1 << 12, 1 << (2 * expected).bit_length()))

    def learn(self, rows: Iterable[tuple[str, bytes]]) -> None:
        """Take in customers on record: their id and the digest of their row."""
        for customer_id, row_hash in rows:
            self._put(hash(customer_id) | 1, hash(row_hash) | 4)

    def see(self, customer_id: str, row_hash: bytes) -> Sight:
        """A source names a customer."""
        key = hash(customer_id) | 1
        ids, mask = self._ids, self._mask
        slot = key >> 1 & mask
        while (found := ids[slot]) != key:
            if found == _FREE:
                self._put(key, _SEEN)
                return Sight.OTHER
            slot = slot + 1 & mask
        was = self._rows[slot]
        self._rows[slot] = _SEEN
        if was == _SEEN:
            return Sight.AGAIN
        return Sight.SAME if was == hash(row_hash) | 4 else Sight.OTHER

    def was_bad(self, customer_id: str) -> None:
        """The row just seen was a bad one: a later row of that customer is the first, and he is not missing."""
        self._rows[self._slot(hash(customer_id) | 1)] = _NAMED

    def is_missing(self, customer_id: str) -> bool:
        """Whether a customer on record has not been named, by a good row or a bad one."""
        return self._rows[self._slot(hash(customer_id) | 1)] not in (_SEEN, _NAMED)

    def _put(self, key: int, row: int) -> None:
        if self._count * 5 >= len(self._ids) * 3:
            self._grow()
        slot = self._slot(key)
        self._count += self._ids[slot] == _FREE
        self._ids[slot], self._rows[slot] = key, row

    def _slot(self, key: int) -> int:
        ids, mask = self._ids, self._mask
        slot = key >> 1 & mask
        while ids[slot] not in (key, _FREE):
            slot = slot + 1 & mask
        return slot

    def _make(self, size: int) -> None:
        self._ids, self._rows = array("q", bytes(8 * size)), array("q", bytes(8 * size))
        self._mask = size - 1

    def _grow(self) -> None:
        ids, rows = self._ids, self._rows
        self._make(len(ids) * 2)
        for key, row in zip(ids, rows, strict=True):
            if key != _FREE:
                slot = self._slot(key)
                self._ids[slot], self._rows[slot] = key, row
