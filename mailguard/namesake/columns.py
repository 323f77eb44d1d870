"""Tables in plain text: a header row with a title, and the cells that stand under it."""

from collections.abc import Iterator
from typing import Any

_DELIMITERS = "\t;|,"
_MOST_ROWS = 1000


def columns_under(text: str, title: Any) -> Iterator[str]:
    """The cells under every header cell that `title` matches whole. A row of another width ends it."""
    if not any(delimiter in text for delimiter in _DELIMITERS):
        return
    lines = text.splitlines()
    for number, line in enumerate(lines):
        delimiter = max(_DELIMITERS, key=line.count)
        cells = line.split(delimiter)
        if len(cells) < 2:
            continue
        places = [place for place, cell in enumerate(cells) if len(cell) < 60 and title.fullmatch(cell.strip())]
        if places:
            yield from _below(lines[number + 1 : number + 1 + _MOST_ROWS], delimiter, len(cells), places)


def _below(lines: list[str], delimiter: str, width: int, places: list[int]) -> Iterator[str]:
    for line in lines:
        cells = line.split(delimiter)
        if len(cells) != width:
            if line.strip(" -+=|\t"):
                return
            continue
        for place in places:
            yield cells[place].strip().strip('"')
