"""The lines of the journal that a replay asks about, page by page."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import String, cast
from sqlalchemy import select as columns
from sqlmodel import Session, col, func, select

from mailguard.store.store import Store
from mailguard.store.tables.journal import FeatureRow, JournalRow

_PAGE = 5000
_DAY = timedelta(days=1)


def measure_lines(session: Session, first: int, last: int, until: datetime) -> tuple[int, float]:
    """How many there are, and over how many days: from the first message on, and never less than one."""
    query = select(func.count(), func.min(JournalRow.at)).where(*_within(first, last))
    count, begun = session.exec(query).one()
    return count, max(1.0, (until - begun) / _DAY) if begun is not None else 1.0


def read_lines(store: Store, first: int, last: int) -> Iterator[Any]:
    """Messages of the front door that were decided; what was deferred has come again."""
    query = (
        columns(
            col(JournalRow.number),
            col(JournalRow.id),
            col(JournalRow.reasons),
            col(JournalRow.case_id),
            cast(col(FeatureRow.features), String).label("features"),
        )
        .outerjoin(FeatureRow, col(FeatureRow.number) == col(JournalRow.number))
        .order_by(col(JournalRow.number))
        .limit(_PAGE)
    )
    while True:
        # A transaction a page: a replay takes minutes, and must not keep old rows alive meanwhile.
        with store.reading() as session:
            rows = session.connection().execute(query.where(*_within(first, last))).all()
        yield from rows
        if len(rows) < _PAGE:
            return
        first = rows[-1].number + 1


def _within(first: int, last: int) -> tuple[Any, ...]:
    number = col(JournalRow.number)
    return number >= first, number < last, JournalRow.source == "", JournalRow.fate != "deferred"
