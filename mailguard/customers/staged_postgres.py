"""Staged rows in PostgreSQL: COPY within the one transaction of the import, which nobody sees before its end.

Into an empty register rows go by COPY into new tables without indexes, which take the place of the empty ones at the
end: those can be read all the while, where dropping an index would shut readers out until the commit.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, insert, text

from mailguard.core.errors import RegisterError
from mailguard.customers.merging import renew
from mailguard.customers.rows import Staged
from mailguard.customers.staging import CUSTOMERS_IN, EMAILS_IN, NAMES_IN, Merged
from mailguard.customers.tables.register import DOMAINS

_LOCK = 7241983351
"""Any fixed number, of this use alone."""
_TABLES = {"customers": CUSTOMERS_IN, "customer_emails": EMAILS_IN, "customer_other_names": NAMES_IN}
_FETCH = 10_000
_SETTINGS = ("SET LOCAL work_mem = '64MB'", "SET LOCAL maintenance_work_mem = '256MB'")

_FIELD: dict[type, Callable[[Any], str]] = {
    str: str,
    type(None): lambda value: "\\N",
    bool: lambda value: "t" if value else "f",
    int: str,
    bytes: lambda value: f"\\\\x{value.hex()}",
}


class CopyWriter:
    """Turns rows into the text of COPY (postgresql.org/docs, COPY, "Text Format")."""

    def write(self, staged: Staged) -> tuple[bytes, ...]:
        """The text of each table."""
        return (
            _text([row[1:] for row in staged.customers]),  # without the line
            _text(staged.emails),
            _text(staged.names),
        )


def _text(rows: Sequence[tuple[object, ...]]) -> bytes:
    # Cells hold no control characters (`rows`); of what COPY reads otherwise only the backslash is left.
    field = _FIELD
    lines = [
        "\t".join([
            (value if "\\" not in value else value.replace("\\", "\\\\")) if value.__class__ is str
            else field[value.__class__](value)
            for value in row
        ])
        for row in rows
    ]  # fmt: skip
    return "".join([f"{line}\n" for line in lines]).encode()


class PostgresStaging:
    """See `staging.Staging`. All of it is one transaction, which `merge` commits."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.writer = CopyWriter()
        self._is_empty = connection.scalar(text("SELECT 1 FROM customers LIMIT 1")) is None
        self._suffix = "_next" if self._is_empty else "_in"
        for statement in _SETTINGS:
            self._run(statement)
        for table, columns in _TABLES.items():
            if self._is_empty:
                self._run(f"CREATE TABLE {table}_next (LIKE {table} INCLUDING DEFAULTS)")
            else:
                self._run(
                    f"CREATE TEMPORARY TABLE {table}_in ON COMMIT DROP AS "  # noqa: S608 - names only
                    f"SELECT {', '.join(columns)} FROM {table} WHERE false"
                )
        if self._is_empty:
            self._run("ALTER TABLE customer_emails_next ALTER former SET DEFAULT false")

    def known(self) -> Iterator[tuple[str, bytes]]:
        """Every customer on record: id and digest of the row."""
        return self._stream("SELECT customer_id, row_hash FROM customers")

    def count(self) -> int:
        """How many customers are on record."""
        return self._connection.scalar(text("SELECT count(*) FROM customers")) or 0

    def ids_of(self, source: str) -> Iterator[str]:
        """Ids of the customers of one source."""
        for row in self._stream("SELECT customer_id FROM customers WHERE source = %s", source):
            yield row[0]

    def take(self, load: tuple[bytes, ...]) -> None:
        """COPY a batch."""
        cursor = self._connection.connection.cursor()
        for (table, columns), rows in zip(_TABLES.items(), load, strict=True):
            if rows:
                with cursor.copy(f"COPY {table}{self._suffix} ({', '.join(columns)}) FROM STDIN") as copy:
                    copy.write(rows)
        cursor.close()

    def merge(self, gone: Sequence[str], domains: Mapping[str, int], at: datetime) -> Merged:
        """See `staging.Staging`."""
        merged = self._fill(domains) if self._is_empty else self._renew(gone, at)
        self._connection.commit()
        return merged

    def _renew(self, gone: Sequence[str], at: datetime) -> Merged:
        self._run("CREATE TEMPORARY TABLE gone_in (customer_id text) ON COMMIT DROP")
        cursor = self._connection.connection.cursor()
        with cursor.copy("COPY gone_in FROM STDIN") as copy:
            copy.write(_text([(customer_id,) for customer_id in gone]))
        cursor.close()
        self._run("CREATE INDEX ix_emails_in ON customer_emails_in (customer_id)")
        for table in (*(f"{table}_in" for table in _TABLES), "gone_in"):
            self._run(f"ANALYZE {table}")
        return renew(self._connection, at)

    def _fill(self, domains: Mapping[str, int]) -> Merged:
        self._run("ALTER TABLE customer_emails_next ALTER former DROP DEFAULT")
        new_names: dict[str, str] = {}
        for table in _TABLES:
            new_names |= self._add_constraints(table) | self._add_indexes(table)
        for table in reversed(_TABLES):
            self._run(f"ANALYZE {table}_next")
            self._run(f"DROP TABLE {table}")
        for table in _TABLES:
            self._run(f"ALTER TABLE {table}_next RENAME TO {table}")
        for now, name in new_names.items():
            self._run(f"ALTER INDEX {now} RENAME TO {name}")
        self._run("DELETE FROM customer_domains")
        if domains:
            rows = [{"domain": domain, "addresses": number} for domain, number in domains.items()]
            self._connection.execute(insert(DOMAINS), rows)
        return Merged(self.count(), 0, 0)

    def _add_constraints(self, table: str) -> dict[str, str]:
        """Those of the table that stands empty; returns the names that indexes made for them must get."""
        found = self._connection.execute(
            text(
                "SELECT conname, contype, pg_get_constraintdef(oid) FROM pg_constraint "
                "WHERE conrelid = CAST(:name AS regclass) AND contype IN ('p', 'u', 'f') ORDER BY contype DESC"
            ),
            {"name": table},
        ).all()
        names: dict[str, str] = {}
        for name, kind, definition in found:
            if kind == "f":
                definition = re.sub(r"(REFERENCES \w+)", r"\1_next", definition)
                self._run(f"ALTER TABLE {table}_next ADD CONSTRAINT {name} {definition}")
            else:
                self._run(f"ALTER TABLE {table}_next ADD CONSTRAINT next_{name} {definition}")
                names[f"next_{name}"] = name
        return names

    def _add_indexes(self, table: str) -> dict[str, str]:
        found = self._connection.execute(
            text(
                "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() AND tablename = :name "
                "AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = indexname)"
            ),
            {"name": table},
        ).all()
        names: dict[str, str] = {}
        for name, definition in found:
            made = definition.replace(f"INDEX {name} ON", f"INDEX next_{name} ON", 1)
            self._run(re.sub(rf"( ON (?:\w+\.)?{table})", r"\1_next", made, count=1))
            names[f"next_{name}"] = name
        return names

    def _stream(self, query: str, *values: str) -> Iterator[Any]:
        # A cursor of the server's, lest all of the register be fetched at once.
        driver: Any = self._connection.connection.driver_connection
        with driver.cursor("register", binary=True) as cursor:
            cursor.itersize = _FETCH
            cursor.execute(query, values)
            yield from cursor

    def _run(self, statement: str) -> None:
        self._connection.execute(text(statement))


@contextmanager
def stage_postgres(engine: Engine) -> Iterator[PostgresStaging]:
    """Staging in the database. Raises RegisterError when another import into it is under way."""
    with engine.connect() as connection:
        if not connection.scalar(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": _LOCK}):
            raise RegisterError("another import is under way: try again when it has ended")
        yield PostgresStaging(connection)
