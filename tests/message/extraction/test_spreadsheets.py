"""Spreadsheets: what people see in the cells, hidden sheets too; boundless ones harm nobody."""

from collections.abc import Callable

from mailguard.core.part import Letter
from tests.message.writing import SECRET, all_text, kinds, text_of, zipped

Read = Callable[..., Letter]
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def _workbook(*sheets: tuple[str, str, str], styles: str = "") -> bytes:
    """An XLSX of sheets `(name, attributes, rows as XML)`."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    listed = "".join(
        f'<sheet name="{name}" sheetId="{number}" r:id="r{number}" {attributes}/>'
        for number, (name, attributes, _) in enumerate(sheets, 1)
    )
    links = "".join(
        f'<Relationship Id="r{number}" Type="{LINKS}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number in range(1, len(sheets) + 1)
    )
    members = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" '
        f'ContentType="{kind}.sheet.main+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r" '
        f'Type="{LINKS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{LINKS}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{links}'
        f'<Relationship Id="s" Type="{LINKS}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>',
    }
    for number, (_, _, rows) in enumerate(sheets, 1):
        members[f"xl/worksheets/sheet{number}.xml"] = (
            f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'
        )
    return zipped({name: text.encode() for name, text in members.items()})


def _text(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


DATES = '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs>'


def test_cells_are_read_as_people_see_them(read: Read) -> None:
    """A date is a date and not the days since 1900; a number has no `.0`; each value stands under its header."""
    rows = (
        f'<row r="1">{_text("A1", "Nimi")}{_text("B1", "Syntymäaika")}{_text("C1", "PIN")}</row>'
        f'<row r="2">{_text("A2", "Matti")}<c r="B2" s="1"><v>31118</v></c><c r="C2"><v>4826</v></c></row>'
    )
    letter = read("lista.xlsx", _workbook(("Asiakkaat", "", rows), styles=DATES))
    assert (
        text_of(letter, "attachment.2:lista.xlsx/Asiakkaat#table") == "Nimi: Matti\nSyntymäaika: 1985-03-12\nPIN: 4826"
    )
    assert letter.troubles == ()


def test_hidden_sheets_are_read(read: Read) -> None:
    """What is hidden leaves too, and so do the names of sheets."""
    letter = read("a.xlsx", _workbook(("Näkyvä", "", ""), (SECRET, 'state="veryHidden"', "")))
    assert SECRET in text_of(letter, "attachment.2:a.xlsx#sheets")


def test_long_lists_are_unrolled_to_their_end(read: Read) -> None:
    """The last of twelve thousand rows stands under its header like the first."""
    rows = f'<row r="1">{_text("A1", "Nimi")}{_text("B1", "Salasana")}</row>'
    rows += "".join(f'<row r="{n}">{_text(f"A{n}", "x")}{_text(f"B{n}", f"arvo{n}")}</row>' for n in range(2, 12_002))
    letter = read("a.xlsx", _workbook(("S", "", rows)))
    assert text_of(letter, "attachment.2:a.xlsx/S#table").endswith("Salasana: arvo12001")
    assert letter.troubles == ()


def test_a_sheet_without_bounds_is_held(read: Read) -> None:
    """Two cells in the corners of a sheet would be seventeen thousand million cells between them."""
    rows = f'<row r="1">{_text("A1", "x")}</row><row r="1048576">{_text("XFD1048576", SECRET)}</row>'
    assert kinds(read("a.xlsx", _workbook(("S", "", rows)))) == {"unreadable"}
    assert kinds(read("a.xlsx", _workbook(("S", "", "")))) == set()


def test_a_sheet_that_swells_is_held(read: Read) -> None:
    """A hundred megabytes of XML in a hundred kilobytes."""
    letter = read("a.xlsx", _workbook(("S", "", _text("A1", "x" * 100_000_000))))
    assert kinds(letter) == {"unreadable"}
    assert len(all_text(letter)) < 70_000_000


def test_a_broken_workbook_falls_back_to_its_xml(read: Read) -> None:
    """Where the reader of workbooks gives up, the cells are read out of their XML."""
    rows = f'<row r="1">{_text("A1", SECRET)}</row>'
    broken = _workbook(("S", "", rows)).replace(b"xl/_rels/workbook.xml.rels", b"xl/_rels/workbook.xml.gone")
    assert SECRET in all_text(read("a.xlsx", broken))
