"""Tables: neighbouring cells, header rows, and what only looks like one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailguard.core.part import Part, PartRole
from mailguard.detect.detector import Detector
from mailguard.detect.page import Page
from mailguard.detect.tables import find_tables
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


ROWS = st.lists(
    st.lists(st.sampled_from(["a", '"', "b  c", ";", ",", "|", "  ", " ", "'x'", "\t"]), max_size=8).map("".join)
)


@given(ROWS.map("\n".join))
def test_rows_have_the_cells_of_their_header(text: str) -> None:
    """Whatever quotes and blanks are in a table, each of its lines is cut into as many cells as its first one."""
    page = Page(Part("body.1", PartRole.BODY, text))
    for table in find_tables(page):
        cells = [table.cells(page.plain, line) for line in range(len(table.lines))]
        assert len({len(row) for row in cells}) == 1
        assert all(start <= end for row in cells for start, end in row)
