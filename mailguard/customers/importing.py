"""Import the customer file: bad rows are told by line, the others come in together or not at all."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from mailguard.core.errors import InputError, RegisterError
from mailguard.customers.file import CustomerFile
from mailguard.customers.merging import Merged, merge
from mailguard.customers.rows import BadRow, RowProblem, Staged, parse_row, taker
from mailguard.customers.staging import (
    CUSTOMERS_IN,
    EMAILS_IN,
    NAMES_IN,
    drop_staging,
    load,
    make_staging,
    remove_duplicates,
)

Progress = Callable[[int, int], None]
"""Called with octets read and octets in all."""

_BATCH = 1000


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did. Customers that the file does not name stay on record."""

    imported: int
    """New customers."""
    updated: int
    """Customers on record whose row was different."""
    bad_rows: list[BadRow] = field(default_factory=list)
    unchanged: int = 0
    """Customers on record whose row was the same: nothing was written."""


def import_customers(engine: Engine, file: Path, columns: dict[str, str], progress: Progress) -> ImportResult:
    """Read a CSV file (UTF-8, header row) into the register, in one transaction.

    `columns` maps other headers to the contract's columns. Raises InputError, and changes nothing, for a broken file:
    not UTF-8, no header, a needed column missing, or more bad rows than good ones. Raises RegisterError when the
    database fails.
    """
    try:
        with CustomerFile.open(file, columns) as source, engine.connect() as connection:
            try:
                return _import(connection, source, file, progress)
            finally:
                connection.rollback()
                with connection.begin():
                    drop_staging(connection)
    except DBAPIError as error:
        raise RegisterError(f"customers cannot be imported: {type(error.orig).__name__}") from None
    except SQLAlchemyError as error:
        raise RegisterError(f"customers cannot be imported: {type(error).__name__}") from None


def _import(connection: Connection, source: CustomerFile, file: Path, progress: Progress) -> ImportResult:
    with connection.begin():
        make_staging(connection)
        good, bad_rows = _stage(connection, source, progress)
        duplicates = remove_duplicates(connection)
    bad_rows += [BadRow(line, "customer_id stands on an earlier line already") for line in duplicates]
    bad_rows.sort(key=lambda bad: bad.line)
    good -= len(duplicates)
    if len(bad_rows) > good:
        first = bad_rows[0]
        raise InputError(
            f"{file}: {len(bad_rows)} bad rows and {good} good ones: nothing was imported "
            f"(line {first.line}: {first.problem})"
        )
    merged = _merge(connection)
    return ImportResult(merged.new, merged.changed, bad_rows, unchanged=good - merged.new - merged.changed)


def _merge(connection: Connection) -> Merged:
    writer = connection.execution_options(mailguard_writes=True)
    try:
        with writer.begin():
            return merge(writer)
    finally:
        connection.execution_options(mailguard_writes=False)


def _stage(connection: Connection, source: CustomerFile, progress: Progress) -> tuple[int, list[BadRow]]:
    bad_rows: list[BadRow] = []
    good, rows = 0, source.rows()
    while batch := list(islice(rows, _BATCH)):
        staged = list(_parse(batch, source, bad_rows))
        good += len(staged)
        load(connection, CUSTOMERS_IN, [row.customer for row in staged])
        load(connection, EMAILS_IN, [email for row in staged for email in row.emails])
        load(connection, NAMES_IN, [name for row in staged for name in row.names])
        progress(source.position, source.size)
    progress(source.size, source.size)
    return good, bad_rows


def _parse(batch: Iterable[tuple[int, list[str]]], source: CustomerFile, bad_rows: list[BadRow]) -> Iterable[Staged]:
    take = taker(source.places)
    for line, cells in batch:
        try:
            yield parse_row(line, cells, take)
        except RowProblem as problem:
            bad_rows.append(BadRow(line, str(problem)))
