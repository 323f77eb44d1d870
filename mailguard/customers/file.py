"""Read a customer file: its encoding, delimiter and header row, and then row by row with line numbers."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader, TextIOWrapper
from pathlib import Path
from typing import Self

from mailguard.core.errors import InputError

_DELIMITERS = ",;\t|"
_LONGEST_CELL = 1 << 20


class CustomerFile:
    """An open customer file whose header row has been read."""

    def __init__(self, raw: BufferedReader, name: str) -> None:
        self._raw = raw
        self.name = name
        self.size = raw.seek(0, 2)
        """Octets of the whole file."""
        raw.seek(0)
        self._text = TextIOWrapper(raw, encoding="utf-8-sig", newline="")
        self.header, self._delimiter = self._read_header()

    @classmethod
    @contextmanager
    def open(cls, file: Path) -> Iterator[Self]:
        """Open and read the header row. Raises InputError for a file that cannot be read, is empty or not UTF-8."""
        try:
            raw = file.open("rb")
        except OSError as error:
            raise InputError(f"{file}: cannot be read: {error.strerror}") from None
        with raw:
            yield cls(raw, str(file))

    @property
    def position(self) -> int:
        """Octets read so far."""
        return min(self._raw.tell(), self.size)

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Line number (from 1, the header's being 1) and cells of every row that is not empty."""
        limit = csv.field_size_limit(_LONGEST_CELL)
        reader = csv.reader(self._text, delimiter=self._delimiter)
        line = 2
        try:
            for cells in reader:
                if any(cells):
                    yield line, cells
                line = reader.line_num + 2
        except (UnicodeDecodeError, csv.Error) as error:
            raise InputError(f"{self.name}: line {line} or after it: {_explain(error)}") from None
        finally:
            csv.field_size_limit(limit)

    def _read_header(self) -> tuple[list[str], str]:
        try:
            line = self._text.readline(_LONGEST_CELL)
        except UnicodeDecodeError as error:
            raise InputError(f"{self.name}: line 1: {_explain(error)}") from None
        if not line.strip():
            raise InputError(f"{self.name}: is empty: a header row is needed")
        delimiter = max(_DELIMITERS, key=line.count)
        return next(csv.reader([line], delimiter=delimiter)), delimiter


def _explain(error: Exception) -> str:
    # The texts of these exceptions quote the file; a customer's data must not travel into logs.
    return "is not UTF-8" if isinstance(error, UnicodeDecodeError) else "a quoted cell does not end"
