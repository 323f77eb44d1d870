"""Text whose cells are parted by TAB, as documents of word processors are read."""

from itertools import groupby

from mailguard.message.blob import Blob
from mailguard.message.gathering import Gathering
from mailguard.message.tables import unroll


def add_words(path: str, words: str, blob: Blob, into: Gathering) -> None:
    """Text whose cells are parted by TAB, and beside it its tables as `header: value` lines. Raises BudgetSpent."""
    into.add(path, blob.role, words, blob.media_type, blob.file_name)
    rows = [[" ".join(cell.split()) for cell in line.split("\t")] for line in words.split("\n")]
    tables = [list(rows) for tabbed, rows in groupby(rows, key=lambda row: len(row) > 1) if tabbed]
    unrolled = "\n\n".join(lines for table in tables if (lines := unroll(table)))
    into.add(f"{path}#table", blob.role, unrolled, blob.media_type, blob.file_name)
