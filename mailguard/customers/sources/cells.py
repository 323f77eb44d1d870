"""Values of other systems as the text of a customer file's cell."""

from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal
from uuid import UUID


class OddValue(ValueError):
    """A value that has no text: bytes, a nested table."""


def cell(value: object) -> str:
    """The text of one value. Several values are joined with `;`. Raises OddValue, which does not quote it."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | UUID):
        return str(value)
    if isinstance(value, float | Decimal):
        # A column of numbers often comes as 1001.0, and no customer has that number.
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple | set | frozenset):
        return joined(value)
    raise OddValue(f"a {type(value).__name__} where text is expected")


def cells(row: Iterable[object]) -> list[str]:
    """The cells of a row. Most values are text already, which costs no call."""
    return [value if type(value) is str else cell(value) for value in row]


def joined(values: Iterable[object]) -> str:
    """Several values in one cell, as the customer file has them."""
    return ";".join(text for value in values if (text := cell(value)))
