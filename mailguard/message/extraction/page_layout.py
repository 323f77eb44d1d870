"""Tables of a PDF page, which knows no tables: words at places. Words on one height are a row, wide gaps part its
cells, and rows whose cells stand under those of the first one are a table."""

import ctypes
import re
from dataclasses import replace

import pypdfium2
import pypdfium2.raw as pdfium

from mailguard.message.extraction.cell import Cell, height
from mailguard.message.tables import unroll

_MOST_CHARACTERS = 20_000
"""Of one page; a page of small print has 8,000."""
_GAP = 0.8
"""Blank between two cells, in heights of the letters. A word space is a third, a stretched one in even margins more."""
_CLEAR_GAP = 2.0
"""Blank that stands between label and value only: a single row of two cells is taken for a table."""
_TIGHT_GAP = 0.3
"""Blank before a word that stands under another heading than the one before it."""
_WORD = re.compile(r"\S+")


def read_rows(page: pypdfium2.PdfTextPage) -> list[list[Cell]]:
    """The lines of a page from top to bottom, word by word."""
    return _rows(_words(page))


def read_tables(rows: list[list[Cell]]) -> str:
    """`header: value` lines of what stands in columns in such lines; empty when nothing does."""
    return "\n\n".join(lines for table in _tables(rows) if (lines := unroll(table)))


def _words(page: pypdfium2.PdfTextPage) -> list[Cell]:
    count = page.count_chars()
    if not 0 < count <= _MOST_CHARACTERS:
        return []
    text = page.get_text_range()
    if not _fits(text, page, count):
        text = "".join(chr(pdfium.FPDFText_GetUnicode(page, index)) for index in range(count))
    words = []
    first, last = pdfium.FS_RECTF(), pdfium.FS_RECTF()
    for match in _WORD.finditer(text):
        pdfium.FPDFText_GetLooseCharBox(page, match.start(), ctypes.byref(first))
        pdfium.FPDFText_GetLooseCharBox(page, match.end() - 1, ctypes.byref(last))
        word = match.group().encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        words.append(Cell(first.left, min(first.bottom, first.top), last.right, max(first.bottom, first.top), word))
    return words


def _fits(text: str, page: pypdfium2.PdfTextPage, count: int) -> bool:
    """Whether places in the text are places on the page. PDFium leaves some characters out of it and puts others in;
    asking for one character after the other is sure, and takes four times as long."""
    if len(text) != count:
        return False
    return all(
        ord(text[match.start()]) == pdfium.FPDFText_GetUnicode(page, match.start()) for match in _WORD.finditer(text)
    )


def _rows(words: list[Cell]) -> list[list[Cell]]:
    """Lines of the page from top to bottom, each from left to right, whatever the order of drawing was."""
    rows: list[list[Cell]] = []
    for word in sorted(words, key=lambda word: -(word.bottom + word.top)):
        middle = (word.bottom + word.top) / 2
        if rows and rows[-1][0].bottom < middle < rows[-1][0].top:
            rows[-1].append(word)
        else:
            rows.append([word])
    return [sorted(row, key=lambda word: word.left) for row in rows]


def _tables(rows: list[list[Cell]]) -> list[list[list[str]]]:
    """Neighbouring lines of two or more cells, put into the columns that their first line opens."""
    tables: list[tuple[list[Cell], list[list[str]]]] = []
    columns: list[Cell] = []
    for words in rows:
        if columns and (line := _fit(words, columns)):
            tables[-1][1].append(line)
            continue
        columns = _join(words)
        if len(columns) > 1:
            tables.append((columns, [[cell.text for cell in columns]]))
        else:
            columns = []
    return [lines for columns, lines in tables if len(lines) > 1 or _is_pair(columns)]


def _join(words: list[Cell]) -> list[Cell]:
    """The cells of a line: words with no wide gap between them."""
    cells: list[Cell] = []
    for word in words:
        if cells and word.left - cells[-1].right < _GAP * height(word):
            cells[-1].right = max(cells[-1].right, word.right)
            cells[-1].text += f" {word.text}"
        else:
            cells.append(replace(word))
    return cells


def _fit(words: list[Cell], columns: list[Cell]) -> list[str] | None:
    """The texts of a line under the headings that they stand under; None when they stand otherwise.

    In a tight table no wide gap parts long values; there the heading above a word tells its column.
    """
    line = [""] * len(columns)
    place, right = -1, float("-inf")
    for word in words:
        gap = word.left - right
        under = max(range(len(columns)), key=lambda index: _overlap(word, columns[index]))
        if under == place or (place >= 0 and gap < _GAP * height(word) and _overlap(word, columns[under]) <= 0):
            line[place] += f" {word.text}"
        elif under < place or gap < _TIGHT_GAP * height(word):
            return None
        else:
            line[under], place = word.text, under
        right = word.right
    return line if sum(1 for text in line if text) > 1 else None


def _overlap(one: Cell, other: Cell) -> float:
    """Points that two boxes share from left to right; below nought the points between them."""
    return min(one.right, other.right) - max(one.left, other.left)


def _is_pair(cells: list[Cell]) -> bool:
    return len(cells) == 2 and cells[1].left - cells[0].right >= _CLEAR_GAP * height(cells[0])
