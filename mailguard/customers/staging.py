"""Staging tables: rows are gathered beside the register, and merged into it in one short transaction.

They are temporary tables, which SQLite keeps in a file of its own: while a large file is read, held mail can still be
written. Only the merge takes the write lock.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, Connection, Integer, MetaData, Table, delete, exists, select
from sqlalchemy.sql.type_api import TypeEngine

from mailguard.customers.tables import CUSTOMERS, EMAILS, NAMES

_METADATA = MetaData()


def _staging(name: str, model: Table, leave_out: Sequence[str] = ()) -> Table:
    def plain(column: Column[Any]) -> tuple[str, TypeEngine[Any]]:
        return column.name, column.type

    columns = [Column(*plain(column)) for column in model.columns if column.name not in leave_out]
    return Table(name, _METADATA, Column("line", Integer, index=False), *columns, prefixes=["TEMPORARY"])


CUSTOMERS_IN = _staging("customers_in", CUSTOMERS, leave_out=("source",))
EMAILS_IN = _staging("customer_emails_in", EMAILS, leave_out=("former", "added_at"))
NAMES_IN = _staging("customer_other_names_in", NAMES)
_SCHEMA = {"sqlite": "temp", "postgresql": "pg_temp"}
STAGING = (CUSTOMERS_IN, EMAILS_IN, NAMES_IN)


def make_staging(connection: Connection) -> None:
    """Make the empty staging tables, for this connection alone."""
    drop_staging(connection)
    for table in STAGING:
        table.create(connection)


def drop_staging(connection: Connection) -> None:
    """Throw the staging tables away."""
    for table in STAGING:
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {_SCHEMA[connection.dialect.name]}.{table.name}")


def load(connection: Connection, table: Table, rows: Sequence[tuple[object, ...]]) -> None:
    """Put rows, whose values are in the order of the columns, into a staging table, by the fastest way in."""
    if not rows:
        return
    cursor = connection.connection.cursor()
    try:
        if connection.dialect.name == "postgresql":
            names = ", ".join(table.columns.keys())
            with cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            marks = ", ".join("?" * len(table.columns))
            cursor.executemany(f"INSERT INTO {table.name} VALUES ({marks})", rows)  # noqa: S608 - no value in it
    finally:
        cursor.close()


def remove_duplicates(connection: Connection) -> list[int]:
    """Take out every row whose customer_id an earlier line has already; returns their lines."""
    connection.exec_driver_sql("CREATE INDEX ix_customers_in ON customers_in (customer_id, line)")
    again, earlier = CUSTOMERS_IN.alias("again"), CUSTOMERS_IN.alias("earlier")
    is_second = exists().where(earlier.c.customer_id == again.c.customer_id, earlier.c.line < again.c.line)
    lines = list(connection.scalars(select(again.c.line).where(is_second).order_by(again.c.line)))
    if lines:
        # The customers go last: the other tables' rows are found by them.
        for table in (EMAILS_IN, NAMES_IN, CUSTOMERS_IN):
            connection.execute(delete(table).where(table.c.line.in_(select(again.c.line).where(is_second))))
    return lines
