"""Tables in plain text: rows of tab, semicolon, pipe or comma separated cells, or columns parted by two spaces."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from mailguard.detect.labels import LONGEST, Labels
from mailguard.detect.page import Page

Span = tuple[int, int]
DELIMITERS = (b"\t", b";", b"|", b",", b"  ")
_DELIMITER = re.compile(rb"[\t;|,]|  ")
_BEFORE_CELL = frozenset({b"", b"\n", b"\t", b";", b"|", b",", b" ", b'"', b"'", b"*", b"\r", b">"})
_AROUND_CELL = b" \"'*\r\t"
_BEFORE_ROW = b" >"
_GAP = re.compile(rb" {2,}")
_RULE_LINE = re.compile(rb"[\s|+:=\-]*")
MAX_COLUMNS = 20_000
"""More than a spreadsheet can have (16,384)."""
MAX_LINE = 1_000_000
"""Characters of the longest line that is read as a row."""


@dataclass(frozen=True, slots=True)
class Table:
    """Consecutive lines with the same number of cells. The first one is taken for the header row."""

    delimiter: bytes
    lines: tuple[tuple[int, int], ...]
    """Start and end of each line."""

    def cells(self, plain: bytes, line: int) -> list[tuple[int, int]]:
        """Spans of one line's cells, without blanks and quotes around them."""
        return split_cells(plain, *self.lines[line], self.delimiter)

    def rows(self, plain: bytes) -> Iterator[list[tuple[int, int]]]:
        """Spans of the cells of every row below the header."""
        for number in range(1, len(self.lines)):
            if not _is_rule(plain, *self.lines[number], self.delimiter):
                yield self.cells(plain, number)

    def columns(self, plain: bytes, wanted: Sequence[int]) -> Iterator[tuple[int, int, int]]:
        """Place in `wanted` (numbers of columns in their order), start and end of the cells below the header.

        Only as much of a row is cut as is asked for.
        """
        for number in range(1, len(self.lines)):
            start, end = self.lines[number]
            if _is_rule(plain, start, end, self.delimiter):
                continue
            if self.delimiter == b"  " or plain.find(b'"', start, end) >= 0:
                cells = self.cells(plain, number)
                yield from ((place, *cells[column]) for place, column in enumerate(wanted) if column < len(cells))
                continue
            at, column = start, 0
            for place, target in enumerate(wanted):
                while column < target:
                    at, column = plain.find(self.delimiter, at, end) + 1, column + 1
                cut = plain.find(self.delimiter, at, end)
                yield place, *_trim(plain, at, end if cut < 0 else cut)


def split_cells(plain: bytes, start: int, end: int, delimiter: bytes) -> list[tuple[int, int]]:
    """Spans of the cells between `start` and `end`."""
    spans: list[tuple[int, int]] = []
    if delimiter == b"  ":
        at = end - len(plain[start:end].lstrip(_BEFORE_ROW))
        for gap in _GAP.finditer(plain, at, end):
            spans.append((at, gap.start()))
            at = gap.end()
        if at < end:
            spans.append((at, end))
        return spans
    line = _outside_quotes(plain, start, end, delimiter)
    at = 0
    while (cut := line.find(delimiter, at)) >= 0:
        spans.append(_trim(plain, start + at, start + cut))
        at = cut + 1
    at += start
    spans.append(_trim(plain, at, end))
    return spans


def _outside_quotes(plain: bytes, start: int, end: int, delimiter: bytes) -> bytes:
    """A line in which only the delimiters are left that part cells: none between quotes, unless all are there."""
    line = plain[start:end]
    if b'"' not in line:
        return line
    pieces = line.split(b'"')
    pieces[1::2] = [b" " * len(piece) for piece in pieces[1::2]]
    outside = b'"'.join(pieces)
    return outside if delimiter in outside else line


def _trim(plain: bytes, start: int, end: int) -> tuple[int, int]:
    start = end - len(plain[start:end].lstrip(_AROUND_CELL))
    return start, start + len(plain[start:end].rstrip(_AROUND_CELL))


def find_tables(page: Page) -> list[Table]:
    """All tables of a page, in order. Linear; a line belongs to at most one table of each delimiter."""
    plain = page.plain
    if not any(delimiter in plain for delimiter in DELIMITERS):
        return []
    starts = page.line_starts
    spans = list(zip(starts, [*(start - 1 for start in starts[1:]), len(plain)], strict=True))
    tables: list[Table] = []
    for delimiter in DELIMITERS:
        tables.extend(_runs(plain, starts, spans, delimiter))
    tables.sort(key=lambda table: table.lines[0][0])
    return tables


def _runs(plain: bytes, starts: list[int], spans: list[Span], delimiter: bytes) -> Iterator[Table]:
    run: list[Span] = []
    number = width = 0
    while number < len(spans):
        start, end = spans[number]
        if not run and plain.find(delimiter, start, end) < 0:
            # To the next line with a delimiter at once: of many short lines few have each of them.
            at = plain.find(delimiter, end)
            number = bisect_right(starts, at) - 1 if at >= 0 else len(spans)
            continue
        number += 1
        count = _width(plain, start, end, delimiter) if end - start <= MAX_LINE else 0
        if run and _is_rule(plain, start, end, delimiter):
            continue
        if count >= 2 and count == width:
            run.append((start, end))
            continue
        if len(run) > 1:
            yield Table(delimiter, tuple(run))
        run, width = ([(start, end)], count) if 2 <= count <= MAX_COLUMNS else ([], 0)
    if len(run) > 1:
        yield Table(delimiter, tuple(run))


def _is_rule(plain: bytes, start: int, end: int, delimiter: bytes) -> bool:
    """Whether a line is the ruling under a header row (`|---|---|`)."""
    return end > start and delimiter in (b"|", b"  ") and bool(_RULE_LINE.fullmatch(plain, start, end))


def _width(plain: bytes, start: int, end: int, delimiter: bytes) -> int:
    if plain.find(delimiter, start, end) < 0:
        return 0
    if delimiter == b"  ":
        line = plain[start:end].lstrip(_BEFORE_ROW)
        return len(_GAP.findall(line)) + (not line.endswith(b"  ")) if line else 0
    return _outside_quotes(plain, start, end, delimiter).count(delimiter) + 1


class Columns:
    """Which heading a place in the text stands under."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._plain = page.plain
        self._cells: dict[tuple[int, bytes], list[tuple[int, int]]] = {}

    @cached_property
    def tables(self) -> list[Table]:
        """The page's tables, looked for when first asked for."""
        return find_tables(self._page)

    @cached_property
    def _rows(self) -> list[tuple[int, int, Table]]:
        rows = [(start, end, table) for table in self.tables for start, end in table.lines[1:]]
        return sorted(rows, key=lambda row: row[0])

    @cached_property
    def _starts(self) -> list[int]:
        return [row[0] for row in self._rows]

    def heading(self, start: int) -> bytes:
        """Folded heading of the column that holds an offset; empty when it is in no table."""
        number = bisect_right(self._starts, start) - 1
        first = self._starts[number] if number >= 0 else -1
        while number >= 0 and self._starts[number] == first:
            begin, end, table = self._rows[number]
            if begin <= start < end:
                cells = self._cut(begin, end, table.delimiter)
                column = bisect_right(cells, (start, end)) - 1
                header = self._cut(*table.lines[0], table.delimiter)
                if 0 <= column < len(header) and start < max(cells[column][1], cells[column][0] + 1):
                    return self._plain[slice(*header[column])]
            number -= 1
        return b""

    def _cut(self, start: int, end: int, delimiter: bytes) -> list[tuple[int, int]]:
        """Cells of a line; many places are asked for in one line, and one header is that of many lines."""
        if (start, delimiter) not in self._cells:
            self._cells[start, delimiter] = split_cells(self._plain, start, end, delimiter)
        return self._cells[start, delimiter]


def may_head(plain: bytes, start: int, end: int) -> bool:
    """Whether a label can be a heading: it begins its cell, or goes over the end of one.

    Labels in the midst of prose are told apart so, before their lines are cut into cells in five ways.
    """
    before = plain[max(0, start - 2) : start]
    if before[-1:] == b" " and len(before) == 2:
        before = before[:1]
    return before[-1:] in _BEFORE_CELL or goes_over_cells(plain, start, end)


def goes_over_cells(plain: bytes, start: int, end: int) -> bool:
    """Whether a label goes over the end of a cell, or may since it was cut."""
    return end - start >= LONGEST or _DELIMITER.search(plain, start, end) is not None


def tables_under(page: Page, offsets: Iterable[int]) -> Iterator[Table]:
    """Tables whose header row is one of the lines that hold the offsets.

    A line that is already a row of one table does not head another of the same delimiter, so the work stays linear.
    """
    plain, starts = page.plain, page.line_starts
    taken = dict.fromkeys(DELIMITERS, -1)
    for number in sorted({page.line_of(offset) for offset in offsets}):
        if number + 1 >= len(starts):
            continue
        first = (starts[number], starts[number + 1] - 1)
        for delimiter in DELIMITERS:
            if number <= taken[delimiter] or plain.find(delimiter, *first) < 0 or first[1] - first[0] > MAX_LINE:
                continue
            width = _width(plain, *first, delimiter)
            if not 2 <= width <= MAX_COLUMNS:
                continue
            lines = [first]
            last = number
            for row in range(number + 1, len(starts)):
                span = (starts[row], starts[row + 1] - 1 if row + 1 < len(starts) else len(plain))
                if _is_rule(plain, *span, delimiter):
                    continue
                if span[1] - span[0] > MAX_LINE or _width(plain, *span, delimiter) != width:
                    break
                lines.append(span)
                last = row
            if len(lines) > 1:
                taken[delimiter] = last
                yield Table(delimiter, tuple(lines))


def labelled_columns(page: Page, offsets: Iterable[int], labels: Labels) -> Iterator[tuple[Span, bytes, int, int]]:
    """For every cell under a heading that is nothing but a label: the label's span, the header row, the cell's span."""
    plain = page.plain
    for table in tables_under(page, offsets):
        cells_of_header = table.cells(plain, 0)
        header = plain[slice(*table.lines[0])]
        marked = [(column, span) for column, span in enumerate(cells_of_header) if labels.is_label(plain[slice(*span)])]
        for place, start, end in table.columns(plain, [column for column, _ in marked]) if marked else ():
            if end > start:
                yield marked[place][1], header, start, end
