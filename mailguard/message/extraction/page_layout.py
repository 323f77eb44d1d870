"""Tables of a PDF page, which has no tables: runs of text at places. Runs on one height are a row, wide gaps part its
cells."""

import pypdfium2

from mailguard.message.tables import unroll

_MOST_RUNS = 3000
_GAP = 0.8
"""Blank between two cells, in heights of the letters. A word space is a quarter to a third."""


def read_tables(page: pypdfium2.PdfTextPage) -> str:
    """`header: value` lines of what stands in columns on a page; empty when nothing does."""
    return "\n\n".join(lines for table in _tables(_rows(page)) if (lines := unroll(table)))


Run = tuple[float, float, float, float, str]
"""Left, bottom, right, top, text."""


def _rows(page: pypdfium2.PdfTextPage) -> list[list[Run]]:
    """Lines of the page from top to bottom, each as runs from left to right."""
    count = page.count_rects()
    if not 1 < count <= _MOST_RUNS:
        return []
    runs: list[Run] = []
    for index in range(count):
        left, bottom, right, top = page.get_rect(index)
        text = " ".join(page.get_text_bounded(left, bottom, right, top).split())
        if text:
            runs.append((left, bottom, right, top, text))
    runs.sort(key=lambda run: -(run[1] + run[3]))
    rows: list[list[Run]] = []
    for run in runs:
        middle = (run[1] + run[3]) / 2
        if rows and rows[-1][0][1] <= middle <= rows[-1][0][3]:
            rows[-1].append(run)
        else:
            rows.append([run])
    return [sorted(row, key=lambda run: run[0]) for row in rows]


def _cells(row: list[Run]) -> list[Run]:
    """Runs of a line, joined where no wide gap parts them."""
    cells: list[Run] = []
    for run in row:
        if cells and run[0] - cells[-1][2] < _GAP * max(run[3] - run[1], 1.0):
            left, bottom, right, top, text = cells[-1]
            cells[-1] = (left, min(bottom, run[1]), max(right, run[2]), max(top, run[3]), f"{text} {run[4]}")
        else:
            cells.append(run)
    return cells


def _tables(rows: list[list[Run]]) -> list[list[list[str]]]:
    """Neighbouring lines of two or more cells, put into the columns that their first line opens."""
    tables: list[list[list[str]]] = []
    columns: list[Run] = []
    for row in rows:
        cells = _cells(row)
        if len(cells) < 2:
            columns = []
            continue
        places = [_column(cell, columns) for cell in cells]
        if columns and None not in places and len(set(places)) == len(places):
            line = [""] * len(columns)
            for place, cell in zip(places, cells, strict=True):
                line[place or 0] = cell[4]
            tables[-1].append(line)
        else:
            columns = cells
            tables.append([[cell[4] for cell in cells]])
    return tables


def _column(cell: Run, columns: list[Run]) -> int | None:
    """The column that a cell stands under: the one that it overlaps most."""
    overlaps = [min(cell[2], column[2]) - max(cell[0], column[0]) for column in columns]
    best = max(overlaps, default=0.0)
    return overlaps.index(best) if best > 0 else None
