"""Excel 97 to 2003 (MS-XLS): the sheets, and the comments and text boxes beside them."""

import struct
from collections.abc import Iterator
from itertools import pairwise

import olefile

from mailguard.message.blob import Blob, Descend
from mailguard.message.extraction.blips import read_workbook_blips
from mailguard.message.extraction.spreadsheet import read_sheets
from mailguard.message.extraction.text_runs import find_runs
from mailguard.message.gathering import Gathering

_FILE_PASSWORD, _TEXT_OBJECT, _CONTINUE, _WIDE = 0x002F, 0x01B6, 0x003C, 0x01


def read_workbook(ole: olefile.OleFileIO, blob: Blob, into: Gathering, descend: Descend) -> None:
    """Add sheets and notes, and read its pictures. Raises BudgetSpent.

    Runs of characters where the workbook is broken or older than its reader knows.
    """
    with ole.openstream("Workbook" if ole.exists("Workbook") else "Book") as stream:
        data = stream.read()
    records = list(_records(data))
    if any(kind == _FILE_PASSWORD for kind, _ in records[:50]):
        into.trouble("encrypted", blob.path, "the attachment is a password-protected spreadsheet")
        return
    try:
        read_sheets(blob, into)
    except ValueError:
        into.add(blob.path, blob.role, "\n".join(find_runs(data)), blob.media_type, blob.file_name)
        into.unreadable(blob.path, "the attachment is a broken spreadsheet")
    into.add(f"{blob.path}#comments", blob.role, "\n".join(_notes(records)), blob.media_type, blob.file_name)
    read_workbook_blips(records, blob, into, descend)


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    place = 0
    while place + 4 <= len(data):
        kind, size = struct.unpack_from("<HH", data, place)
        yield kind, data[place + 4 : place + 4 + size]
        place += 4 + size


def _notes(records: list[tuple[int, bytes]]) -> Iterator[str]:
    """The text of a text object stands in the record after it: a flag for its width, then characters."""
    for (kind, _), (after, content) in pairwise(records):
        if kind == _TEXT_OBJECT and after == _CONTINUE and len(content) > 1:
            wide = content[0] & _WIDE
            yield content[1:].decode("utf-16-le" if wide else "latin-1", "replace").replace("\r", "\n")
