"""Lists page by page: newest first, behind a row's number, so that the last page is as fast as the first."""

from typing import Any

from sqlalchemy import ColumnElement, Select, or_


def behind(found: Select[Any], number: ColumnElement[int], before: int, limit: int | None) -> Select[Any]:
    """The rows with smaller numbers than `before` (0: from the newest on), at most `limit` (None: all)."""
    return (found.where(number < before) if before else found).order_by(number.desc()).limit(limit)


def contains(query: str, *columns: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether one of the columns holds the characters, in large or small letters; with none, whether or not."""
    return or_(*(column.icontains(query.strip(), autoescape=True) for column in columns))
