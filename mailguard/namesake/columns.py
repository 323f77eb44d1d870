"""Tables in plain text: a header row with a title, and the cells that stand under it."""

from collections.abc import Iterator, Sequence

from mailguard.namesake.searching import Pattern, Span

_DELIMITERS = (b"\t", b";", b"|", b",")
_MOST_ROWS = 1000


def columns_under(text: bytes, title: Pattern, labels: Sequence[Span]) -> Iterator[bytes]:
    """The cells under every header cell that `title` matches whole. A row of another width ends it.

    `labels` are the places where a title can stand. Only lines with such a place are taken to cells: splitting all
    lines took ten times as long as everything else that is done to find customer numbers.
    """
    if not any(delimiter in text for delimiter in _DELIMITERS):
        return
    done = 0
    for span in labels:
        # A label of two words may run over a line's end: then either line can be the header.
        start = max(done, text.rfind(b"\n", 0, span[0]) + 1)
        while start < span[1]:
            end = _line_end(text, start)
            line = text[start:end]
            delimiter = max(_DELIMITERS, key=line.count)
            cells = line.split(delimiter)
            places = [place for place, cell in enumerate(cells) if len(cell) < 60 and title.is_whole(cell.strip())]
            if places and len(cells) > 1:
                yield from _below(_lines(text, end + 1), delimiter, len(cells), places)
            done = start = end + 1


def _lines(text: bytes, start: int) -> Iterator[bytes]:
    for _ in range(_MOST_ROWS):
        if start >= len(text):
            return
        end = _line_end(text, start)
        yield text[start:end]
        start = end + 1


def _line_end(text: bytes, start: int) -> int:
    end = text.find(b"\n", start)
    return end if end >= 0 else len(text)


def _below(lines: Iterator[bytes], delimiter: bytes, width: int, places: list[int]) -> Iterator[bytes]:
    for line in lines:
        cells = line.split(delimiter)
        if len(cells) != width:
            if line.strip(b" -+=|\t\r"):
                return
            continue
        for place in places:
            yield cells[place].strip().strip(b'"')
