"""Open a source of any kind."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from mailguard.core.source_settings import CsvSource, HttpSource, LdapSource, SourceSettings, SqlSource
from mailguard.customers.sources.csv_folder import open_folder
from mailguard.customers.sources.http import open_pages
from mailguard.customers.sources.ldap import open_directory
from mailguard.customers.sources.sql import open_query


class SourceRows(Protocol):
    """What a source hands over: the rows of an import, and where each is."""

    @property
    def name(self) -> str:
        """The source's name."""

    @property
    def header(self) -> Sequence[str]:
        """Headings as the source spells them."""

    @property
    def size(self) -> int:
        """Progress in all; 0: not known."""

    @property
    def position(self) -> int:
        """Progress so far."""

    def rows(self) -> Iterator[tuple[int, Sequence[str]]]:
        """Number and cells of each row. Raises SourceError when the source breaks off."""

    def place(self, number: int) -> str:
        """Where a row is, for people."""


def open_source(source: SourceSettings) -> AbstractContextManager[SourceRows]:
    """Connect to a source for the length of a `with` block. Raises SourceError for what does not answer."""
    match source:
        case CsvSource():
            return open_folder(source)
        case SqlSource():
            return open_query(source)
        case LdapSource():
            return open_directory(source)
        case HttpSource():
            return open_pages(source)
    raise TypeError(type(source).__name__)
