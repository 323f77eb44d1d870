"""Numbers of breaches: the year and a count, `2026-0007`; the ten thousandth of a year has five digits."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, tuple_
from sqlmodel import Session, col, func, select

from mailguard.store.tables.breaches import BreachRow

_ORDER: tuple[Any, ...] = (func.substr(BreachRow.id, 1, 4), func.length(BreachRow.id), col(BreachRow.id))
"""By length too: 2026-10000 comes after 2026-9999."""


def next_number(session: Session, at: datetime) -> str:
    """The first that is free in the year. The caller has locked the head of the audit trail: nobody else takes it."""
    year = f"{at:%Y}-"
    mine = select(BreachRow.id).where(col(BreachRow.id).startswith(year))
    last = session.exec(mine.order_by(*newest_first()).limit(1)).first()
    return f"{year}{int(last.removeprefix(year)) + 1 if last else 1:04}"


def newest_first() -> tuple[Any, ...]:
    """The order of lists."""
    return tuple(part.desc() for part in _ORDER)


def behind(number: str) -> ColumnElement[bool]:
    """The condition that a breach comes after that one in a list."""
    return tuple_(*_ORDER) < tuple_(number[:4], len(number), number)
