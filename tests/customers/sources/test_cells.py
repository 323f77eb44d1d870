"""Values of other systems as text."""

import math
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from mailguard.customers.sources.cells import OddValue, cell


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Käsi", "Käsi"),
        (None, ""),
        (True, "yes"),
        (False, "no"),
        (1001, "1001"),
        (1001.0, "1001"),
        (100.0, "100"),
        (0.5, "0.5"),
        (Decimal("2165820.00"), "2165820"),
        (Decimal("1E+3"), "1000"),
        (math.nan, "nan"),
        (Decimal("Infinity"), "Infinity"),
        (date(1988, 3, 12), "1988-03-12"),
        (datetime(1988, 3, 12), "1988-03-12"),
        (datetime(1988, 3, 12, 5, 6, tzinfo=UTC), "1988-03-12T05:06:00+00:00"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (["a@x.example", None, "b@x.example"], "a@x.example;b@x.example"),
        ((True, 2), "yes;2"),
    ],
)
def test_values_become_cells(value: object, text: str) -> None:
    """Numbers are written as people write them, days as days, several values with `;`."""
    assert cell(value) == text


@pytest.mark.parametrize("value", [b"Matti", {"name": "Matti"}, [{"name": "Matti"}]])
def test_an_odd_value_is_told_without_itself(value: object) -> None:
    """Bytes and nested tables have no text, and the error does not quote them."""
    with pytest.raises(OddValue) as caught:
        cell(value)
    assert "Matti" not in str(caught.value)
