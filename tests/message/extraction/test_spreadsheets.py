"""Spreadsheets: what people see in the cells, hidden sheets too; boundless ones harm nobody."""

from collections.abc import Callable

from mailguard.core.part import Letter
from tests.message.extraction.workbook import added, text_cell, workbook
from tests.message.writing import LINE, SECRET, all_text, kinds, text_of

Read = Callable[..., Letter]

DATES = '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs>'


def test_cells_are_read_as_people_see_them(read: Read) -> None:
    """A date is a date and not the days since 1900; a number has no `.0`; each value stands under its header."""
    rows = (
        f'<row r="1">{text_cell("A1", "Nimi")}{text_cell("B1", "Syntymäaika")}{text_cell("C1", "PIN")}</row>'
        f'<row r="2">{text_cell("A2", "Matti")}<c r="B2" s="1"><v>31118</v></c><c r="C2"><v>4826</v></c></row>'
    )
    letter = read("lista.xlsx", workbook(("Asiakkaat", "", rows), styles=DATES))
    assert text_of(letter, "attachment.2/1#table") == "Nimi: Matti\nSyntymäaika: 1985-03-12\nPIN: 4826"
    assert letter.troubles == ()


def test_hidden_sheets_are_read(read: Read) -> None:
    """What is hidden leaves too, and so do the names of sheets."""
    letter = read("a.xlsx", workbook(("Näkyvä", "", ""), (SECRET, 'state="veryHidden"', "")))
    assert SECRET in text_of(letter, "attachment.2#sheets")


def test_the_head_and_foot_of_a_sheet_are_read(read: Read) -> None:
    """They are printed on every page; what tells their font and place falls away."""
    foot = f'<oddFooter>&amp;L&amp;"Arial,Bold"&amp;12{LINE}&amp;RSivu &amp;P</oddFooter>'
    sheet = workbook(
        ("S", "", f'<row r="1">{text_cell("A1", "x")}</row>'), margins=f"<headerFooter>{foot}</headerFooter>"
    )
    assert text_of(read("a.xlsx", sheet), "attachment.2#margins") == f"{LINE} Sivu"


def test_long_lists_are_unrolled_to_their_end(read: Read) -> None:
    """The last of twelve thousand rows stands under its header like the first."""
    rows = f'<row r="1">{text_cell("A1", "Nimi")}{text_cell("B1", "Salasana")}</row>'
    rows += "".join(
        f'<row r="{n}">{text_cell(f"A{n}", "x")}{text_cell(f"B{n}", f"arvo{n}")}</row>' for n in range(2, 12_002)
    )
    letter = read("a.xlsx", workbook(("S", "", rows)))
    assert text_of(letter, "attachment.2/1#table").endswith("Salasana: arvo12001")
    assert letter.troubles == ()


def test_a_sheet_without_bounds_is_held(read: Read) -> None:
    """Two cells in the corners of a sheet would be seventeen thousand million cells between them."""
    rows = f'<row r="1">{text_cell("A1", "x")}</row><row r="1048576">{text_cell("XFD1048576", SECRET)}</row>'
    assert kinds(read("a.xlsx", workbook(("S", "", rows)))) == {"unreadable"}
    assert kinds(read("a.xlsx", workbook(("S", "", "")))) == set()


def test_a_sheet_that_swells_is_held(read: Read) -> None:
    """A hundred megabytes of XML in a hundred kilobytes."""
    letter = read("a.xlsx", workbook(("S", "", text_cell("A1", "x" * 100_000_000))))
    assert kinds(letter) == {"unreadable"}
    assert len(all_text(letter)) < 70_000_000


def test_a_broken_workbook_falls_back_to_its_xml(read: Read) -> None:
    """Where the reader of workbooks gives up, the cells are read out of their XML."""
    rows = f'<row r="1">{text_cell("A1", SECRET)}</row>'
    broken = workbook(("S", "", rows)).replace(b"xl/_rels/workbook.xml.rels", b"xl/_rels/workbook.xml.gone")
    assert SECRET in all_text(read("a.xlsx", broken))


def test_comments_of_a_binary_workbook_are_read(read: Read) -> None:
    """XLSB keeps them as records; the characters in them are found."""
    book = workbook(("S", "", f'<row r="1">{text_cell("A1", "x")}</row>'))
    noted = b"\x80\x05\x00\x81\x05" + bytes(9) + LINE.encode("utf-16-le") + b"\0\0\x01\x00"
    assert LINE in text_of(read("a.xlsb", added(book, "xl/comments1.bin", noted)), "attachment.2#comments")
