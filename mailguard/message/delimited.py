"""Delimited text (RFC 4180 and what spreadsheets save under its name): its delimiter and its rows."""

import csv
import io

from mailguard.message.tables import MOST_ROWS, unroll

_DELIMITERS = ";\t,|"


def unroll_delimited(text: str) -> str:
    """`header: value` lines of a delimited text with a header row; empty when the text is no such table."""
    delimiter = _delimiter_of(text)
    if delimiter is None:
        return ""
    try:
        rows = _read_rows(text, delimiter)
    except csv.Error:
        rows = [line.split(delimiter) for line in text.splitlines()[:MOST_ROWS]]
    return unroll([[" ".join(cell.split()) for cell in row] for row in rows], headed=True)


def _read_rows(text: str, delimiter: str) -> list[list[str]]:
    rows = []
    for row in csv.reader(io.StringIO(text), delimiter=delimiter):
        rows.append(row)
        if len(rows) > MOST_ROWS:
            break
    return rows


def _delimiter_of(text: str) -> str | None:
    """The delimiter that stands equally often in most of the first lines, or None.

    A leading `sep=;` line is believed.
    """
    lines = [line for line in text[:20_000].splitlines() if line.strip()][:20]
    if lines and lines[0].lower().startswith("sep=") and len(lines[0]) == 5:
        return lines[0][4]
    if len(lines) < 2:
        return None
    best, best_score = None, 0.0
    for delimiter in _DELIMITERS:
        counts = [line.count(delimiter) for line in lines]
        if counts[0] == 0:
            continue
        score = sum(1 for count in counts if count >= counts[0]) / len(counts) * (1 + counts[0] / 100)
        if score >= 0.5 and score > best_score:
            best, best_score = delimiter, score
    return best
