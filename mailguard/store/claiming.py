"""Rows that wait for a worker: the next one, for one worker alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlmodel import Session
from sqlmodel.sql.expression import SelectOfScalar

from mailguard.store.store import Store

Row = TypeVar("Row")


@contextmanager
def next_row(store: Store, due: SelectOfScalar[Row]) -> Iterator[tuple[Session, Row] | None]:
    """The first row of the query that no other worker has locked, and the transaction in which it is marked as ours.

    None when there is none. Raises StoreError.
    """
    with store.reading() as session:
        # An idle worker only reads: the writers' lock is for those who have something to write.
        waits = session.exec(due.limit(1)).first() is not None
    if not waits:
        yield None
        return
    with store.writing() as session:
        row = session.exec(due.limit(1).with_for_update(skip_locked=True)).first()
        yield None if row is None else (session, row)
