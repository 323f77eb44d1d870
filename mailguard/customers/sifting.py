"""Reads a source's rows once and lets through those that are not on record just so, in batches."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

from mailguard.customers.known import KnownRows, Sight
from mailguard.customers.rows import BadRow, RowProblem, customer_id_of, digester, join, picker, tidy

Progress = Callable[[int, int], None]
"""Called with what was read and what there is in all: octets of a file, rows of other sources; 0: not known."""

Fresh = tuple[int, str, bytes]
"""A row that is new or has changed: its line, its cells (`rows.join`) and their digest. Plain, for `marshal`."""

_BATCH = 2000
_ROWS_A_PROGRESS = 5000


class Rows(Protocol):
    """What a source hands over: a header row, and rows of cells."""

    @property
    def name(self) -> str:
        """For messages: a file's name, "ldap people"."""

    @property
    def header(self) -> Sequence[str]:
        """The headings as the source spells them."""

    @property
    def size(self) -> int:
        """Progress in all, in octets or rows; 0 when it is not known."""

    @property
    def position(self) -> int:
        """Progress so far."""

    def rows(self) -> Iterator[tuple[int, Sequence[str]]]:
        """Number of the line or row, for messages, and its cells. Raises MailguardError: nothing is imported then."""


class Sieve:
    """Tells rows by the register that was there before, and by the rows before them."""

    def __init__(self, rows: Rows, places: Mapping[str, int], known: KnownRows, source: str) -> None:
        self._rows, self._known = rows, known
        self._pick, self._digest = picker(places), digester(source)
        self._again: list[Fresh] = []
        self.unchanged = 0
        self.bad_rows: list[BadRow] = []

    def batches(self, progress: Progress) -> Iterator[list[Fresh]]:
        """The rows to parse. Before it goes on after an empty batch, `reject` must have been told of all before it."""
        batch: list[Fresh] = []
        for number, (line, cells) in enumerate(self._rows.rows(), 1):
            fresh = self._sift(line, self._pick(cells))
            if fresh is not None:
                batch.append(fresh)
                if len(batch) == _BATCH:
                    yield batch
                    batch = []
            if len(self._again) == _BATCH:
                yield batch
                yield []
                batch = self._settle()
            if number % _ROWS_A_PROGRESS == 0:
                progress(self._rows.position, self._rows.size)
        while batch or self._again:
            if batch:
                yield batch
            yield []
            batch = self._settle()
        progress(self._rows.position, self._rows.size)

    def reject(self, fresh: Fresh, problem: str) -> None:
        """A row turned out to be bad: a later one of the same customer is the first."""
        line, joined, _ = fresh
        self.bad_rows.append(BadRow(line, problem))
        self._known.was_bad(customer_id_of(joined))

    def _sift(self, line: int, picked: Sequence[str]) -> Fresh | None:
        try:
            joined = join(picked)
        except RowProblem as problem:
            self.bad_rows.append(BadRow(line, str(problem)))
            return None
        row_hash = self._digest(joined)
        sight = self._known.see(tidy(picked[0]), row_hash)
        if sight is Sight.SAME:
            self.unchanged += 1
            return None
        if sight is Sight.AGAIN:
            # Whether the earlier row is a good one is perhaps not known yet.
            self._again.append((line, joined, row_hash))
            return None
        return line, joined, row_hash

    def _settle(self) -> list[Fresh]:
        """Of the rows whose customer_id stood on an earlier line: those for which all earlier lines were bad."""
        again, self._again = self._again, []
        first: dict[str, Fresh] = {}
        for fresh in again:
            line, joined, row_hash = fresh
            customer_id = customer_id_of(joined)
            if customer_id in first:
                self._again.append(fresh)
            elif self._known.see(customer_id, row_hash) is Sight.AGAIN:
                self.bad_rows.append(BadRow(line, "customer_id stands on an earlier line already"))
            else:
                first[customer_id] = fresh
        return list(first.values())
