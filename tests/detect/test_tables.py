"""Tables: neighbouring cells, header rows, and what only looks like one."""

import pytest

from mailguard.detect.detector import Detector
from tests.detect.conftest import Kinds


@pytest.mark.parametrize("delimiter", ["\t", ";", ",", "|", "   "])
def test_values_under_a_heading(detector: Detector, kinds: Kinds, delimiter: str) -> None:
    """In a table of any delimiter the cells under `Password` are found, rows down."""
    rows = [("System", "User", "Password"), ("Wages", "anna1", "otter"), ("Stock", "bert2", "Field-98")]
    assert kinds("\n".join(delimiter.join(row) for row in rows)) == {"password"}


def test_neighbouring_cell(kinds: Kinds) -> None:
    """A label in one cell and its value in the next."""
    assert kinds("PIN-koodi\t4826\nPUK-koodi\t39185524") == {"pin", "puk"}


def test_markdown_table(kinds: Kinds) -> None:
    """The ruling under the header row is no value."""
    assert kinds("| User | Password |\n|------|----------|\n| anna | Otter22 |") == {"password"}


@pytest.mark.parametrize(
    "text",
    [
        "Item,Code,Qty\nSplit pin,PIN-3310,40\nKey blank,KEY-2201,10",
        "Field\tType\tNotes\nPassword\tstring\trequired",
        "Name,City,State,PIN\nShop,Pune,MH,411001",
        "User;Password\nanna;********\nbert;",
    ],
)
def test_tables_without_secrets(kinds: Kinds, text: str) -> None:
    """Article lists, documentation, postal codes and masks."""
    assert not kinds(text)
