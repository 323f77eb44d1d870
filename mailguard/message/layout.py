"""Marked text as it is laid out: lines, cells parted by TAB, and innermost tables as `header: value` lines."""

import re
from itertools import repeat

from mailguard.message.markup import CELL, HEADER, LINE, ROW, TABLE, TABLE_END
from mailguard.message.tables import unroll

_RUN = re.compile(rb"(%b[ \x0b\x0e\x0f\x1c-\x1e]*)" % LINE)
"""Marks that follow each other. Every mark but LINE has one before it."""
_CELL, _ROW = TABLE.decode(), TABLE_END.decode()
"""Marks of an innermost table: those of tables are free there, and no blanks to `split`."""


def lay_out(marked: bytes) -> bytes:
    """Marks to line breaks and tabs."""
    pieces = _RUN.split(marked)
    # The blank before a mark: in the pattern it would make the search try at every blank.
    pieces[:-1:2] = map(bytes.removesuffix, pieces[:-1:2], repeat(b" "))
    pieces[1::2] = map(_Separators().__getitem__, pieces[1::2])
    return b"".join(pieces).strip(b"\n ")


class _Separators(dict[bytes, bytes]):
    """What each run of marks shows as: a new row or table begins a line, a cell is a tab; empty cells keep the
    columns in step."""

    def __missing__(self, run: bytes) -> bytes:
        cut = max(run.rfind(ROW), run.rfind(TABLE), run.rfind(TABLE_END))
        cells = run.count(CELL, max(0, cut))
        shown = b"\n" + b"\t" * (cells - 1) if cut >= 0 else b"\t" * cells or b"\n"
        self[run] = shown
        return shown


def unroll_tables(marked: bytes) -> str:
    """Tables without tables in them, a blank line between two."""
    unrolled = []
    for innermost in marked.split(TABLE)[1:]:
        table, ends, _ = innermost.partition(TABLE_END)
        written = table.split(ROW)[1:] if ends else []
        if all(row.count(CELL) < 2 for row in written):
            continue  # one cell a row: a table for layout, whose long texts need not be split
        headers = written[0].split(CELL)[1:]
        headed = len(headers) > 1 and all(cell.startswith(HEADER) for cell in headers)
        rows = [row.split(_CELL)[1:] for row in _even(table).split(_ROW)[1:]]
        if lines := unroll(rows, headed):
            unrolled.append(lines)
    return "\n\n".join(unrolled)


def _even(table: bytes) -> str:
    """The text of a table, with one blank between words and none beside marks."""
    words = table.replace(CELL, TABLE).replace(ROW, TABLE_END).decode().split()
    text = " ".join(words).replace(f" {_CELL}", _CELL).replace(f"{_CELL} ", _CELL)
    return text.replace(f" {_ROW}", _ROW)
