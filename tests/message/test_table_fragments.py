"""Rows and cells outside of every table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailguard.message.html import read_html
from mailguard.message.table_fragments import complete_tables

ROWS = "<tr><td>PIN1</td><td>3317</td></tr><tr><td>PUK1</td><td>66014438</td></tr>"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (ROWS, "PIN1\t3317\nPUK1\t66014438"),
        (f"<tbody>{ROWS}</tbody>", "PIN1\t3317\nPUK1\t66014438"),
        (f"<p>Hello</p>{ROWS}<p>Regards</p>", "Hello\nPIN1\t3317\nPUK1\t66014438\nRegards"),
        ("<TR><TD>PIN1<TD>3317<TR><TD>PUK1<TD>66014438", "PIN1\t3317\nPUK1\t66014438"),
        ("<td>PIN1</td>\n <td>3317</td>", "PIN1\t3317"),
        (f"<table><tr><td>a</td></tr></table>{ROWS}", "a\nPIN1\t3317\nPUK1\t66014438"),
        (f"<!-- <table> -->{ROWS}", "PIN1\t3317\nPUK1\t66014438"),
        ("<tr><td>1<p>x</p></td></tr>mid<tr><td>2</td><td>3</td></tr>", "1\nx\nmid\n2\t3"),
    ],
)
def test_cells_stay_apart(html: str, text: str) -> None:
    """Cells of stray rows are parted as those of a table, and what stands around keeps its place."""
    assert "\n".join(line for line in read_html(html).text.split("\n") if line) == text


@pytest.mark.parametrize(
    "html",
    [
        "<p>Hello</p>",
        f"<table>{ROWS}</table>",
        f"<div><table><tr><td><table>{ROWS}</table></td></tr></table></div>",
        "<title>x</title><the>y</the>",
    ],
)
def test_whole_tables_are_left_alone(html: str) -> None:
    """What stands in a table is not touched."""
    assert complete_tables(html) == html


@given(st.lists(st.sampled_from(["<table>", "</table>", "<tr>", "</tr>", "<td", ">", "<!--", "-->", "x", " "])))
def test_nothing_is_lost(pieces: list[str]) -> None:
    """Any mixture of tags keeps every character in its order."""
    html = "".join(pieces)
    completed = iter(complete_tables(html))
    assert all(character in completed for character in html)
