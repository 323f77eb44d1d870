"""Tesseract's table of words, one a row with its place (`tessedit_create_tsv`), back to lines."""

from collections.abc import Iterator

_COLUMNS = 12
_PAGE, _WORD = "1", "5"
_WIDE = 1.5
"""Gap between two words, in heights of the first one, from which they stand in different columns."""


class NoPage(Exception):
    """The table tells of no page at all: nothing was read."""


def lines_of(table: str) -> str:
    """The words line by line, columns two blanks apart, blocks an empty line. Raises NoPage."""
    rows = [row for row in (line.split("\t") for line in table.split("\n")[1:]) if len(row) == _COLUMNS]
    if not any(row[0] == _PAGE for row in rows):
        raise NoPage
    return "".join(_written([row for row in rows if row[0] == _WORD]))


def _written(words: list[list[str]]) -> Iterator[str]:
    before: list[str] | None = None
    for word in words:
        if before is not None:
            if word[1:5] == before[1:5]:  # page, block, paragraph, line
                left, end, height = int(word[6]), int(before[6]) + int(before[8]), int(before[9])
                yield "  " if left - end > _WIDE * height else " "
            else:
                yield "\n" if word[1:3] == before[1:3] else "\n\n"
        yield word[11]
        before = word
