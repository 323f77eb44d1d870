"""Tables as `header: value` lines, so that a label and its value meet on one line whatever the layout was.

One format for every source (HTML, CSV, spreadsheets): a line `header: value` for each filled cell, a blank line
between records.
"""

import re
from collections.abc import Sequence
from operator import add

MOST_ROWS = 5000
_WORDY = re.compile(r"[^\d@:]{1,60}")
_VALUE_LIKE = re.compile(r"\d|@|^[a-zåäöæøßąćęłńóśźżáéíúüë]")


def unroll(rows: Sequence[Sequence[str]], headed: bool = False) -> str:
    """`header: value` lines of a table. `headed`: the first row is known to be a header row.

    Two columns without a header row read as label and value; more columns without one as neighbouring pairs.
    """
    rows = [row for row in rows[: MOST_ROWS + 1] if any(row)]
    width = max(map(len, rows), default=0)
    if width < 2:
        return ""
    titles = next(number for number, row in enumerate(rows) if len(row) > 1)  # over the table, in one cell
    rows = rows[titles:]
    records: list[list[str]] = []
    if len(rows) > 1 and (headed or _has_header_row(rows, width)):
        names = [f"{name}: " if (name := cell.rstrip(": ")) else "" for cell in rows[0]]
        records = [_pair(names, row) for row in rows[1:]]
    if not headed and not records:
        records = [[line for row in rows for line in _neighbours(row)]]
    return "\n\n".join("\n".join(record) for record in records if record)


def unroll_all(rows: Sequence[Sequence[str]]) -> str:
    """All rows under the header row, however many; `unroll` takes a limited number at once."""
    header, *rest = rows or [[]]
    pieces = [rest[start : start + MOST_ROWS] for start in range(0, max(1, len(rest)), MOST_ROWS)]
    return "\n\n".join(lines for piece in pieces if (lines := unroll([header, *piece], headed=True)))


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


def _pair(names: list[str], row: Sequence[str]) -> list[str]:
    if "" not in row and len(row) <= len(names):
        return list(map(add, names, row))
    lines = [name + cell for name, cell in zip(names, row, strict=False) if cell]
    return lines if len(row) <= len(names) else lines + [cell for cell in row[len(names) :] if cell]


def _neighbours(row: Sequence[str]) -> list[str]:
    cells = [cell for cell in row if cell]
    if len(cells) == 1:
        return [cells[0]]
    lines = [f"{cells[i].rstrip(': ')}: {cells[i + 1]}" for i in range(0, len(cells) - 1, 2)]
    return [*lines, cells[-1]] if len(cells) % 2 else lines
