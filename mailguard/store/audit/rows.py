"""The rows of the audit chain as they lie in the database: what was tampered with may not be readable at all."""

import json
from collections.abc import Iterator
from datetime import datetime
from sqlite3 import OperationalError as SqliteError
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Text, cast, type_coerce
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DataError, DBAPIError
from sqlalchemy.types import NullType
from sqlmodel import col, select

from mailguard.store.audit.digest import chained, moment_text
from mailguard.store.tables.audit import AuditRow

BATCH = 5000

# What json.loads and json.dumps call in the end: a walk calls it for every entry.
_parse = json.JSONDecoder().raw_decode
_write = json.JSONEncoder().encode

_COLUMNS: tuple[Any, ...] = (
    AuditRow.seq,
    type_coerce(col(AuditRow.at), NullType()).label("at"),
    AuditRow.actor,
    AuditRow.act,
    AuditRow.case_id,
    cast(col(AuditRow.details), Text).label("details"),
    AuditRow.previous,
    AuditRow.digest,
)


class RawRow(NamedTuple):
    """One row; any field of a tampered one may hold anything."""

    seq: Any
    at: Any
    actor: Any
    act: Any
    case_id: Any
    details: Any
    """JSON, as text."""
    previous: Any
    digest: Any


class Unreadable(Exception):
    """A row that the driver cannot turn into values: broken UTF-8, a date beyond all calendars."""


def read_rows(connection: Connection, after: object = None, *only: ColumnElement[bool]) -> Iterator[list[RawRow]]:
    """All rows in the order of their numbers, `BATCH` at a time, from behind the number `after` (None: from the first).

    Raises Unreadable when it comes to such a row; every one before it has been given.
    """
    while batch := _read(connection, after, BATCH, only):
        yield batch
        after = batch[-1].seq


def _read(connection: Connection, after: object, most: int, only: tuple[ColumnElement[bool], ...]) -> list[RawRow]:
    query = select(*_COLUMNS).where(*only).order_by(col(AuditRow.seq)).limit(most)
    if after is not None:
        query = query.where(col(AuditRow.seq) > after)
    try:
        return [RawRow._make(row) for row in connection.execute(query)]
    except DBAPIError as error:
        if not _is_of_a_row(error):
            raise
        if most == 1:
            raise Unreadable from None
    # Half as many, until the rows before the broken one are read, and then that one alone.
    return _read(connection, after, most // 2, only)


def _is_of_a_row(error: DBAPIError) -> bool:
    return isinstance(error, DataError) or (isinstance(error.orig, SqliteError) and "decode" in str(error.orig))


def moment_of(row: RawRow) -> str:
    """When it was, as `moment_text` writes it. Raises ValueError for what was not written by the store."""
    if isinstance(row.at, datetime):
        return moment_text(row.at)
    # SQLite keeps text: "2026-11-16 09:00:00.000000", always UTC. Another form of it was not written here.
    if not isinstance(row.at, str) or row.at[10:11] != " ":
        raise ValueError("no moment")
    return f"{row.at[:10]}T{row.at[11:]}+00:00"


def details_of(row: RawRow) -> dict[str, Any]:
    """The details. Raises ValueError for what was not written by the store, be it of the same meaning."""
    details: dict[str, Any]
    details, end = _parse(row.details)
    # A name given twice, of which another program would read the other one, or different spacing.
    if end != len(row.details) or _write(details) != row.details:
        raise ValueError("not as it was written")
    return details


def digest_of(key: bytes, row: RawRow) -> str | None:
    """The digest that a row should have; None when its fields are not even of their kinds."""
    try:
        at, details = moment_of(row), details_of(row)
        return chained(key, row.seq, at, row.actor, row.act, row.case_id, details, row.previous)
    except (ValueError, TypeError, RecursionError):
        return None
