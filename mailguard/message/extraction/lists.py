"""Long lists on the pages of a PDF: a line of headings, and rows in columns that go on from page to page.

What parts the columns of a list is the white that runs down between them: a wide gap within one line is often missing,
as cells are only as wide as their longest value.
"""

from collections.abc import Sequence
from itertools import accumulate, pairwise

from mailguard.message.extraction.cell import Cell, height

_FEWEST_COLUMNS = 3
_FEWEST_ROWS = 4
_FITTING, _FILLED = 0.8, 0.7
"""Shares of the rows below the headings that stand in their columns, and of the cells that hold something."""
_LOOKED_AT = 40
"""Rows below the headings that show where the columns are."""
_MOST_CROSSING = 0.1
"""Share of rows that may cross the white between two columns: notes, sums, the foot of the page."""
_SHARE = 2
"""Bins in a point."""
_WIDEST = 5000
"""Points of the widest page that is looked at; A0 has 3,370."""
_NARROWEST = 1.0
"""Points of white between two columns."""
_FAR = 30
"""Lines of something else after which a list has ended."""

Column = tuple[float, float]
"""Left and right end in points."""


class Lists:
    """The lists of one document, page by page."""

    def __init__(self) -> None:
        self.tables: list[list[list[str]]] = []
        """Headings first, then rows."""
        self._columns: list[Column] = []
        self._since = 0
        self._open: set[int] = set()
        """Columns of the last row whose text began a line above it and may go on below."""
        self._above: list[str] = []

    def take(self, rows: Sequence[list[Cell]]) -> list[list[Cell]]:
        """Add the next page's rows; gives back those that belong to no list."""
        others: list[list[Cell]] = []
        for index, words in enumerate(rows):
            line = _fit(words, self._columns) if self._columns else []
            if _is_full(line) and any(map(_is_value, line)):
                self._add(line)
            elif columns := _columns_below(words, rows[index + 1 : index + 1 + _LOOKED_AT]):
                self._columns = columns
                self.tables.append([_join(words, columns)])
                self._open, self._above = set(), []
            elif not (line and self._take_rest(line)):
                others.append(words)
                self._since += 1
                if self._since > _FAR:
                    self._columns = []
                continue
            self._since = 0
        return others

    def _add(self, line: list[str]) -> None:
        """A row; where its longer cells began a line above, with what stands there."""
        self._open = {column for column, text in enumerate(self._above) if text and not line[column]}
        for column in self._open:
            line[column] = self._above[column]
        self._above = []
        self.tables[-1].append(line)

    def _take_rest(self, line: list[str]) -> bool:
        """A line of few cells: whether it is the rest of those that began above the last row. If not, it may be such a
        beginning itself."""
        filled = {column for column, text in enumerate(line) if text}
        if not filled:
            return False
        if not filled <= self._open:
            self._open, self._above = set(), line
            return False
        for column in filled:
            self.tables[-1][-1][column] += f" {line[column]}"
        return True


def _columns_below(headings: list[Cell], rows: Sequence[list[Cell]]) -> list[Column]:
    """The columns of a list that begins with these headings; empty where they are none."""
    if len(headings) < _FEWEST_COLUMNS or any(_is_value(word.text) for word in headings):
        return []
    told = [any(_is_value(word.text) for word in words) for words in rows]
    if sum(told[: 2 * _FEWEST_ROWS]) < _FEWEST_ROWS or 2 * sum(told) < len(rows):
        return []  # prose: nearly every line of it could be headings
    columns = _headed(_inked(headings, rows), headings)
    if len(columns) < _FEWEST_COLUMNS:
        return []
    lines = [line for words in rows if (line := _fit(words, columns))]
    filled = sum(bool(text) for line in lines for text in line)
    is_list = len(lines) >= max(_FEWEST_ROWS, _FITTING * len(rows)) and filled >= _FILLED * len(lines) * len(columns)
    return columns if is_list else []


def _is_value(text: str) -> bool:
    return "@" in text or any(character.isdigit() for character in text)


def _inked(headings: list[Cell], rows: Sequence[list[Cell]]) -> list[Column]:
    """Runs of places that are written on in more than a few rows, or by a heading."""
    few = int(len(rows) * _MOST_CROSSING)
    steps = [0] * (_WIDEST * _SHARE + 1)
    weighed = [*((word, few + 1) for word in headings), *((word, 1) for words in rows for word in words)]
    for word, weight in weighed:
        steps[_bin(word.left)] += weight
        steps[_bin(word.right)] -= weight
    runs: list[Column] = []
    begin: int | None = None
    for place, count in enumerate(accumulate(steps)):
        if count > few:
            begin = place if begin is None else begin
        elif begin is not None:
            left, right = begin / _SHARE, place / _SHARE
            if runs and left - runs[-1][1] < _NARROWEST:
                left = runs.pop()[0]
            runs.append((left, right))
            begin = None
    return runs


def _bin(place: float) -> int:
    return min(max(0, round(place * _SHARE)), _WIDEST * _SHARE)


def _headed(runs: list[Column], headings: list[Cell]) -> list[Column]:
    """Runs with a heading; what stands beside one without, as the town behind its postal code, belongs to it."""
    columns: list[Column] = []
    for left, right in runs:
        if any(word.left < right and left < word.right for word in headings) or not columns:
            columns.append((left, right))
        else:
            columns[-1] = (columns[-1][0], right)
    return columns


def _fit(words: list[Cell], columns: list[Column]) -> list[str]:
    """The cells of a row; empty where a word stands across the white."""
    reach = 0.5 * height(words[0])
    for (_, end), (begin, _) in pairwise(columns):
        if any(word.left < end - reach and word.right > begin + reach for word in words):
            return []
    return _join(words, columns)


def _is_full(line: list[str]) -> bool:
    """Whether at least half of the cells of a row hold something."""
    return 2 * sum(map(bool, line)) >= max(4, len(line))


def _join(words: list[Cell], columns: list[Column]) -> list[str]:
    """The words of each column."""
    line: list[list[str]] = [[] for _ in columns]
    for word in words:
        place = max(range(len(columns)), key=lambda index: _shared(word, columns[index]))
        line[place].append(word.text)
    return [" ".join(texts) for texts in line]


def _shared(word: Cell, column: Column) -> float:
    """Points that both share from left to right; below nought the points between them."""
    return min(word.right, column[1]) - max(word.left, column[0])
