"""Spreadsheets of all four formats (XLSX, XLSB, XLS, ODS): every sheet, hidden ones too, as rows and as
`header: value` lines. Numbers and dates come as people see them, not as the file counts them."""

import io
from datetime import date, datetime, time
from typing import Any

from python_calamine import CalamineWorkbook, PasswordError

from mailguard.message.blob import Blob
from mailguard.message.gathering import Gathering
from mailguard.message.tables import unroll_all


def read_sheets(blob: Blob, into: Gathering) -> None:
    """Add the sheets as parts `<path>/1`, `<path>/2`, ... Raises ValueError for a broken workbook, BudgetSpent."""
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(blob.data))
        names = workbook.sheet_names
        # Everything is read before anything is kept: another reader takes over when one sheet is broken.
        sheets = [workbook.get_sheet_by_name(name).to_python(skip_empty_area=True) for name in names]
    except PasswordError:
        into.trouble("encrypted", blob.path, "the attachment is a password-protected spreadsheet")
        return
    except MemoryError:
        raise
    except Exception as error:
        raise ValueError("not a workbook") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise ValueError("not a workbook") from error
    into.add(f"{blob.path}#sheets", blob.role, "\n".join(names), blob.media_type, blob.file_name)
    for values in sheets:
        rows = [[_shown(value) for value in row] for row in values]
        path = into.within(blob.path)
        into.add(
            path, blob.role, "\n".join("\t".join(row).rstrip("\t") for row in rows), blob.media_type, blob.file_name
        )
        into.add(f"{path}#table", blob.role, unroll_all(rows), blob.media_type, blob.file_name)


def _shown(value: Any) -> str:
    """A cell as text: whole numbers without `.0`, dates without midnight."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time(0):
        value = value.date()
    if isinstance(value, date | time):
        return value.isoformat(*((" ", "minutes") if isinstance(value, datetime) else ()))
    return " ".join(str(value).split())
