"""ZIP files in a worker process: as `archives.py` reads them, but spreadsheets with real numbers and dates."""

import io
import re
import zipfile

from mailguard.message.archives import has_many_members, read_within, read_zip
from mailguard.message.blob import Blob, Descend
from mailguard.message.extraction.spreadsheet import read_sheets
from mailguard.message.extraction.text_runs import find_runs
from mailguard.message.gathering import Gathering

_BINARY_WORKBOOK = "xl/workbook.bin"
_BINARY_NOTES = re.compile(r"xl/comments\d*\.bin")


def read_package(blob: Blob, into: Gathering, descend: Descend) -> None:
    """Sheets first, then all the rest: comments, text boxes, embedded files. Raises BudgetSpent."""
    sheets_read = False
    names = set() if has_many_members(blob) else _names(blob)
    if names & {"xl/workbook.xml", _BINARY_WORKBOOK} or b"opendocument.spreadsheet" in blob.data[:200]:
        try:
            read_sheets(blob, into)
            sheets_read = True
            _read_binary_notes(blob, names, into)
        except ValueError:
            if _BINARY_WORKBOOK in names:  # the other formats are XML, which `office.py` reads too
                into.unreadable(blob.path, "the attachment is a broken spreadsheet")
    read_zip(blob, into, descend, sheets_read=sheets_read)


def _read_binary_notes(blob: Blob, names: set[str], into: Gathering) -> None:
    """Comments of an XLSB file, which are no XML: their runs of characters."""
    noted = sorted(name for name in names if _BINARY_NOTES.fullmatch(name))
    if not noted:
        return
    with zipfile.ZipFile(io.BytesIO(blob.data)) as archive:
        texts = [text for name in noted for text in find_runs(read_within(archive, archive.getinfo(name), into))]
    into.add(f"{blob.path}#comments", blob.role, "\n".join(texts), blob.media_type, blob.file_name)


def _names(blob: Blob) -> set[str]:
    try:
        with zipfile.ZipFile(io.BytesIO(blob.data)) as archive:
            return set(archive.namelist())
    except Exception:
        return set()  # `read_zip` says what is wrong with it
