"""Spreadsheets of all four formats (XLSX, XLSB, XLS, ODS): every sheet, hidden ones too, as rows and as
`header: value` lines. Numbers and dates come as people see them, not as the file counts them."""

import io
from datetime import date, datetime, time
from typing import Any

from python_calamine import CalamineWorkbook, PasswordError

from mailguard.message.blob import Blob
from mailguard.message.gathering import Gathering
from mailguard.message.tables import MOST_ROWS, unroll


def read_sheets(blob: Blob, into: Gathering) -> None:
    """Add the sheets as parts `<path>/<sheet>`. Raises ValueError for a broken workbook, BudgetSpent."""
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(blob.data))
        names = workbook.sheet_names
        # Everything is read before anything is kept: another reader takes over when one sheet is broken.
        sheets = [(name, workbook.get_sheet_by_name(name).to_python(skip_empty_area=True)) for name in names]
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
    for name, values in sheets:
        rows = [[_shown(value) for value in row] for row in values]
        path = f"{blob.path}/{name}"
        into.add(
            path, blob.role, "\n".join("\t".join(row).rstrip("\t") for row in rows), blob.media_type, blob.file_name
        )
        into.add(f"{path}#table", blob.role, _unroll_all(rows), blob.media_type, blob.file_name)


def _unroll_all(rows: list[list[str]]) -> str:
    """All rows under the header row, however many; `unroll` takes a limited number at once."""
    header, *rest = rows or [[]]
    pieces = [rest[start : start + MOST_ROWS] for start in range(0, max(1, len(rest)), MOST_ROWS)]
    return "\n\n".join(lines for piece in pieces if (lines := unroll([header, *piece], headed=True)))


def _shown(value: Any) -> str:
    """A cell as text: whole numbers without `.0`, dates without midnight."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time(0):
        value = value.date()
    if isinstance(value, date | time):
        return value.isoformat(*((" ", "minutes") if isinstance(value, datetime) else ()))
    return " ".join(str(value).split())
