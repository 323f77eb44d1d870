"""Open a source of any kind."""

from contextlib import AbstractContextManager
from typing import Protocol

from mailguard.core.settings.sources import CsvSource, HttpSource, LdapSource, SourceSettings, SqlSource
from mailguard.customers.sifting import Rows
from mailguard.customers.sources.csv_folder import open_folder
from mailguard.customers.sources.http import open_pages
from mailguard.customers.sources.ldap import open_directory
from mailguard.customers.sources.sql import open_query


class SourceRows(Rows, Protocol):
    """The rows of an import, which raise SourceError when the source breaks off, and where each is."""

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
