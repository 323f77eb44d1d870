"""776 customers are 776 people, in whatever kind of file the list of them leaves."""

from collections.abc import Callable
from html import escape
from pathlib import Path

import pytest

from mailguard.core.part import Letter
from mailguard.detect.detector import Detector
from mailguard.detect.people import count_people
from mailguard.message.extraction.pool import ExtractionPool
from mailguard.message.read import read_letter
from tests.message.extraction.workbook import text_cell, workbook
from tests.message.writing import SECRET, attachment, letter, mixed, text_of, zipped
from tests.support.pdf import Line, lines, write_pdf

HEADINGS = ("Asiakasnro", "Nimi", "Katuosoite", "Postinumero", "Kaupunki", "Syntymäaika")
FIRST, LAST = ("Matti", "Anna-Maria", "Sari", "Jan", "Kees"), ("Virtanen", "de Vries", "Müller", "Ek")
TOWNS = ("Turku", "Helsinki", "Den Haag")
ROWS = [
    (
        str(880000 + number),
        f"{FIRST[number % 5]} {LAST[number % 4]}",
        f"{('Kotikatu', 'Rantatie', 'Yrjönkuja')[number % 3]} {number + 1}",
        str(20000 + number),
        TOWNS[number % 3],
        f"{1940 + number % 60}-{1 + number % 12:02}-{1 + number % 28:02}",
    )
    for number in range(776)
]
LEFT = (40.0, 108.0, 222.0, 310.0, 376.0, 444.0)
"""Columns so close that `Postinumero` and `Kaupunki` are a blank apart."""


def delimited(delimiter: str) -> str:
    """The list, a customer a line."""
    return "\r\n".join(delimiter.join(row) for row in (HEADINGS, *ROWS)) + "\r\n"


def table(opening: str, row: str, cell: str, closing: str) -> str:
    """The list as a table of some markup."""
    return opening + "".join(row.format("".join(cell.format(escape(text)) for text in each)) for each in ROWS) + closing


def pages(wrapped: bool = False) -> bytes:
    """The list as a PDF file: headings on the first page alone, a foot on each. `wrapped`: every tenth name takes two
    lines, between which stands the rest of its row."""
    written: list[list[Line]] = []
    for start in range(0, len(ROWS), 36):
        page: list[Line] = [(280.0, 30.0, f"Sivu {start // 36 + 1}")]
        rows = ROWS[start : start + 36]
        for height, row in enumerate([HEADINGS, *rows] if start == 0 else rows):
            top = 800.0 - 20 * height
            for column, (left, text) in enumerate(zip(LEFT, row, strict=True)):
                first, _, rest = text.partition(" ")
                if wrapped and column == 1 and rest and height % 10 == 1:
                    page += [(left, top + 7, first), (left, top - 7, rest)]
                else:
                    page.append((left, top, text))
        written.append(page)
    return write_pdf(written)


def sheet() -> bytes:
    """The list as a spreadsheet."""
    rows = []
    for number, row in enumerate((HEADINGS, *ROWS), 1):
        cells = "".join(text_cell(f"{chr(65 + column)}{number}", text) for column, text in enumerate(row))
        rows.append(f'<row r="{number}">{cells}</row>')
    return workbook(("Asiakkaat", "", "".join(rows)))


def html(tag: str = "th") -> str:
    """The list as a page."""
    head = "".join(f"<{tag}>{heading}</{tag}>" for heading in HEADINGS)
    return table(f"<p>Lista</p><table><tr>{head}</tr>", "<tr>{}</tr>", "<td>{}</td>", "</table>")


def document() -> bytes:
    """The list as a table of Word."""
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    cell = "<w:tc><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:tc>"
    head = "".join(cell.format(heading) for heading in HEADINGS)
    body = table(f"<w:tbl><w:tr>{head}</w:tr>", "<w:tr>{}</w:tr>", cell, "</w:tbl>")
    main = f"<w:document {space}><w:body>{body}</w:body></w:document>"
    return zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": main.encode()})


def file(name: str, data: bytes) -> bytes:
    """A letter with the list attached."""
    return letter(mixed("\nHei\n", attachment(name, data)))


LETTERS: dict[str, Callable[[], bytes]] = {
    "CSV": lambda: file("a.csv", delimited(";").encode()),
    "CSV with tabs, UTF-16": lambda: file("a.txt", delimited("\t").encode("utf-16")),
    "CSV in a ZIP": lambda: file("a.zip", zipped({"a.csv": delimited(",").encode()})),
    "lines of the letter": lambda: letter(f"Content-Type: text/plain; charset=utf-8\n\n{delimited(';')}"),
    "spreadsheet": lambda: file("a.xlsx", sheet()),
    "HTML with headings": lambda: letter(f"Content-Type: text/html; charset=utf-8\n\n{html()}\n"),
    "HTML without": lambda: letter(f"Content-Type: text/html; charset=utf-8\n\n{html('td')}\n"),
    "HTML as a file": lambda: file("a.html", html().encode()),
    "Word": lambda: file("a.docx", document()),
    "PDF": lambda: file("a.pdf", pages()),
    "PDF with names in two lines": lambda: file("a.pdf", pages(wrapped=True)),
}


@pytest.fixture(scope="module")
def detector() -> Detector:
    """With the shipped rules."""
    return Detector.load([Path(__file__).parents[3] / "rules"], prove=False)


@pytest.mark.parametrize("name", LETTERS)
def test_everybody_is_counted(pool: ExtractionPool, detector: Detector, name: str) -> None:
    """Once each, whatever the format and wherever a page ends."""
    read = read_letter(LETTERS[name](), extractor=pool)
    assert count_people(read, detector.find(read)) == 776
    assert read.troubles == ()


def test_rows_of_a_list_keep_their_columns(pool: ExtractionPool) -> None:
    """On the last page of a PDF as on the first, each value stands under its heading."""
    text = text_of(read_letter(file("a.pdf", pages()), extractor=pool), "attachment.2#table")
    assert text.endswith("\n".join(f"{heading}: {cell}" for heading, cell in zip(HEADINGS, ROWS[-1], strict=True)))


def test_what_stands_below_a_list_is_not_lost(read: Callable[..., Letter]) -> None:
    """A label and its value after the rows are read in pairs as before."""
    pair: list[Line] = [(40.0, 100.0, "Salasana"), (222.0, 100.0, SECRET)]
    rows = [
        (left, 800.0 - 20 * number, text)
        for number, row in enumerate((HEADINGS, *ROWS[:9]))
        for left, text in zip(LEFT, row, strict=True)
    ]
    assert f"Salasana: {SECRET}" in text_of(read("a.pdf", write_pdf([[*rows, *pair]])), "attachment.2#table")


def test_prose_with_numbers_is_no_list(read: Callable[..., Letter]) -> None:
    """Lines of words and figures have no white between them from top to bottom."""
    said = (f"{n} laitetta ja {n * 7919 % 1000} muuta tarviketta {'x' * n} kpl" for n in range(12))
    prose = lines("Vuonna toimitimme asiakkaille", *said)
    assert not any(part.path.endswith("#rows") for part in read("a.pdf", write_pdf([prose])).parts)
