"""Tables as `header: value` lines, so that a label and its value meet on one line whatever the layout was.

One format for every source (HTML, CSV, spreadsheets): a line `header: value` for each filled cell, a blank line
between records.
"""

import re
from collections.abc import Sequence

MOST_ROWS = 5000
_WORDY = re.compile(r"[^\d@:]{1,60}")
_VALUE_LIKE = re.compile(r"\d|@|^[a-zåäöæøßąćęłńóśźżáéíúüë]")


def unroll(rows: Sequence[Sequence[str]], headed: bool = False) -> str:
    """`header: value` lines of a table. `headed`: the first row is known to be a header row.

    Two columns without a header row read as label and value; more columns without one as neighbouring pairs.
    """
    rows = [row for row in rows[: MOST_ROWS + 1] if any(cell for cell in row)]
    while (
        rows
        and sum(1 for cell in rows[0] if cell) == 1
        and len(rows) > 1
        and max(map(len, rows)) > 1
        and len(rows[0]) == 1
    ):
        rows = rows[1:]  # a title over the table
    if not rows or max(map(len, rows)) < 2:
        return ""
    records: list[list[str]] = []
    width = max(map(len, rows))
    if len(rows) > 1 and (headed or _has_header_row(rows, width)):
        records += [_pair(rows[0], row) for row in rows[1:]]
    if not headed and not records:
        labelled = [line for row in rows for line in _neighbours(row)]
        records.append(labelled)
    return "\n\n".join("\n".join(record) for record in records if record)


def _has_header_row(rows: Sequence[Sequence[str]], width: int) -> bool:
    """Whether the first row names columns: words only, and below it stand values (for two columns: also in the
    first one)."""
    first = rows[0]
    filled = [cell for cell in first if cell]
    if len(first) < width or len(filled) < max(2, width - 1) or not all(_WORDY.fullmatch(cell) for cell in filled):
        return False
    column = 0 if width == 2 else None
    below = [cell for row in rows[1:] for cell in (row if column is None else row[:1]) if cell]
    return any(_VALUE_LIKE.search(cell) for cell in below)


def _pair(header: Sequence[str], row: Sequence[str]) -> list[str]:
    lines = []
    for index, cell in enumerate(row):
        name = header[index].rstrip(": ") if index < len(header) else ""
        if cell:
            lines.append(f"{name}: {cell}" if name else cell)
    return lines


def _neighbours(row: Sequence[str]) -> list[str]:
    cells = [cell for cell in row if cell]
    if len(cells) == 1:
        return [cells[0]]
    lines = [f"{cells[i].rstrip(': ')}: {cells[i + 1]}" for i in range(0, len(cells) - 1, 2)]
    return [*lines, cells[-1]] if len(cells) % 2 else lines
