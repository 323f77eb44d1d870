"""Walk the audit chain from its first entry to its head, and stop at the first thing that does not fit."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from sqlalchemy.engine import Connection
from sqlmodel import select

from mailguard.store.audit.digest import GENESIS, same
from mailguard.store.audit.rows import RawRow, Unreadable, details_of, digest_of, read_rows
from mailguard.store.tables.audit import AuditHeadRow

KEYS_ROTATED = "keys rotated"
"""The act of the last entry under a key; its details name the key that the next one is written with."""

Progress = Callable[[int, int], None]
"""Entries read so far, and entries in all."""


@dataclass(frozen=True, slots=True)
class BadEntry:
    """The first entry that does not fit, and what is wrong with it."""

    seq: int
    problem: str


@dataclass(frozen=True, slots=True)
class KeySpan:
    """The part of the chain that one key has written: from an entry to the next span's first, or to the end."""

    first: int
    key_id: str


@dataclass(frozen=True, slots=True)
class Walked:
    """What a walk has found."""

    entries: int
    """How many were read; with a whole chain the number of the last one."""
    digest: str
    """Of the last entry that fits."""
    spans: tuple[KeySpan, ...]
    """Oldest first; empty for an empty chain."""
    bad: BadEntry | None


def walk(
    connection: Connection, keys: Mapping[str, bytes], usable: Collection[str], progress: Progress | None
) -> Walked:
    """Check every entry with the key of its part, and the end against the head, whose key has to be a `usable` one.

    Others may append meanwhile: what the head then counts is read as well.
    """
    steps = _Steps(keys)
    counted = _head_seq(connection)
    while True:
        before = steps.seq
        try:
            for batch in read_rows(connection, steps.seq or None):
                for row in batch:
                    if (problem := steps.take(row)) is not None:
                        return steps.end(problem)
                if progress is not None:
                    progress(steps.seq, max(counted, steps.seq))
        except Unreadable:
            return steps.end("cannot be read: it holds what no program of ours has written")
        heads = connection.execute(select(AuditHeadRow.seq, AuditHeadRow.digest, AuditHeadRow.key_id)).all()
        if len(heads) != 1:
            return steps.end("the head of the chain is missing" if not heads else "the chain has several heads")
        seq, digest, key_id = heads[0]
        # Each statement of PostgreSQL's sees what is committed by then: the head may be beyond the last batch.
        if not isinstance(seq, int) or seq <= steps.seq or steps.seq == before:
            return steps.end(_against_head(steps, seq, digest, key_id, usable))


class _Steps:
    """Where a walk is."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self.seq, self.digest = 0, GENESIS
        self.key_id: str | None = None
        self._keys, self._key, self._spans = keys, b"", list[KeySpan]()

    def take(self, row: RawRow) -> str | None:
        """One entry further, or what is wrong with it."""
        if row.seq != self.seq + 1:
            return f"is missing (the next one on record is {row.seq})"
        if row.previous != self.digest:  # no secret: what says whether it is right is the digest over it
            return "does not follow from the entry before it"
        if self.key_id is None and not self._begin(row):
            return "has been changed, or was written with another key file"
        if not same(row.digest, digest_of(self._key, row)):
            return "has been changed"
        self.seq, self.digest = row.seq, row.digest
        if row.act == KEYS_ROTATED:
            return self._switch(row)
        return None

    def end(self, problem: str | None) -> Walked:
        bad = BadEntry(self.seq + 1, problem) if problem is not None else None
        return Walked(self.seq, self.digest, tuple(self._spans), bad)

    def _begin(self, row: RawRow) -> bool:
        fitting = (key_id for key_id, key in self._keys.items() if same(row.digest, digest_of(key, row)))
        return self._use(next(fitting, None), row.seq)

    def _switch(self, row: RawRow) -> str | None:
        to = details_of(row).get("to")
        used = {span.key_id for span in self._spans}
        # To a key that was given up for good nobody goes back; whoever holds it could write a chain of their own.
        if to in used or not self._use(to, row.seq + 1):
            return f"is not known to be written with a key of this store: key {to} is not here"
        return None

    def _use(self, key_id: str | None, first: int) -> bool:
        if key_id is None or key_id not in self._keys:
            return False
        self.key_id, self._key = key_id, self._keys[key_id]
        self._spans.append(KeySpan(first, key_id))
        return True


def _against_head(steps: _Steps, seq: object, digest: object, key_id: str, usable: Collection[str]) -> str | None:
    if seq != steps.seq or not same(digest, steps.digest):
        return f"is missing (the head of the chain says {seq} entries)"
    if steps.key_id is not None and key_id != steps.key_id:
        return f"would be under key {steps.key_id}, and the head of the chain names {key_id or 'none'}"
    # A retired key may have leaked: a chain that was cut back to its time is nobody's word.
    if key_id not in usable:
        return f"would be under key {key_id or 'none'}, which is not in the key file"
    return None


def _head_seq(connection: Connection) -> int:
    seq = connection.execute(select(AuditHeadRow.seq).order_by(AuditHeadRow.id)).scalar()  # type: ignore[arg-type]
    return seq if isinstance(seq, int) else 0
