"""Merge the staged rows into the register: one transaction, and only what has changed is written."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Insert, Table, func, insert, literal, select, text

from mailguard.customers.staging import CUSTOMERS_IN, EMAILS_IN, NAMES_IN
from mailguard.customers.tables import CUSTOMERS, DOMAINS, EMAILS, NAMES

_RENEW_THE_REST = (
    "UPDATE customer_emails SET former = true WHERE customer_id IN (SELECT customer_id FROM fates)",
    "INSERT INTO customer_emails (canonical, customer_id, position, address, confirmed, former) "
    "SELECT canonical, customer_id, position, address, confirmed, false FROM customer_emails_in "
    "WHERE customer_id IN (SELECT customer_id FROM fates) "
    "ON CONFLICT (canonical, customer_id) DO UPDATE SET position = excluded.position, "
    "address = excluded.address, confirmed = excluded.confirmed, former = false",
    "DELETE FROM customer_other_names WHERE customer_id IN (SELECT customer_id FROM fates)",
    "INSERT INTO customer_other_names (name_key, customer_id) SELECT name_key, customer_id "
    "FROM customer_other_names_in WHERE customer_id IN (SELECT customer_id FROM fates)",
)


@dataclass(frozen=True, slots=True)
class Merged:
    """How many customers were new, and how many known ones had changed."""

    new: int
    changed: int


def merge(connection: Connection) -> Merged:
    """Write new and changed customers; whoever is not in the staging tables is left alone.

    An address that a changed customer no longer has stays on record as a former one.
    """
    empty = connection.scalar(select(CUSTOMERS.c.customer_id).limit(1)) is None
    if empty:
        return Merged(_fill(connection), 0)
    _mark_fates(connection)
    counts: dict[str, int] = {}
    for fate, number in connection.execute(text("SELECT fate, count(*) FROM fates GROUP BY fate")):
        counts[fate] = number
    merged = Merged(counts.get("new", 0), counts.get("changed", 0))
    if merged.new or merged.changed:
        _renew(connection)
        _count_domains(connection)
    connection.execute(text("DROP TABLE fates"))
    return merged


def _fill(connection: Connection) -> int:
    # Into an empty register: the rows first and the indexes after them, which halves the time.
    indexes = [index for table in (CUSTOMERS, EMAILS, NAMES) for index in table.indexes]
    for index in indexes:
        index.drop(connection)
    connection.execute(_copy(CUSTOMERS, CUSTOMERS_IN, order="line"))
    connection.execute(_copy(EMAILS, EMAILS_IN, order="canonical"))
    connection.execute(_copy(NAMES, NAMES_IN, order="name_key"))
    for index in indexes:
        index.create(connection)
    _count_domains(connection)
    return connection.scalar(select(func.count()).select_from(CUSTOMERS_IN)) or 0


def _copy(target: Table, source: Table, order: str) -> Insert:
    names = [column.name for column in source.columns if column.name != "line"]
    values: list[ColumnElement[Any]] = [source.c[name] for name in names]
    if target is CUSTOMERS:
        names, values = [*names, "source"], [*values, literal("").label("source")]
    if target is EMAILS:
        names, values = [*names, "former"], [*values, literal(False).label("former")]
    return insert(target).from_select(names, select(*values).order_by(source.c[order]))


def _mark_fates(connection: Connection) -> None:
    connection.execute(text("DROP TABLE IF EXISTS fates"))
    connection.execute(
        text(
            "CREATE TEMPORARY TABLE fates AS SELECT s.customer_id AS customer_id, "
            "CASE WHEN c.customer_id IS NULL THEN 'new' ELSE 'changed' END AS fate "
            "FROM customers_in s LEFT JOIN customers c ON c.customer_id = s.customer_id "
            "WHERE c.customer_id IS NULL OR c.row_hash <> s.row_hash"
        )
    )
    connection.execute(text("CREATE UNIQUE INDEX ix_fates ON fates (customer_id)"))
    if connection.dialect.name == "postgresql":
        connection.execute(text("ANALYZE fates"))


def _renew(connection: Connection) -> None:
    columns = [column.name for column in CUSTOMERS.columns if column.name != "source"]
    names = ", ".join(columns)
    renewed = ", ".join(f"{name} = excluded.{name}" for name in columns if name != "customer_id")
    connection.execute(
        text(
            f"INSERT INTO customers ({names}) SELECT {names} FROM customers_in "  # noqa: S608 - columns' names only
            "WHERE customer_id IN (SELECT customer_id FROM fates) "
            f"ON CONFLICT (customer_id) DO UPDATE SET {renewed}"
        )
    )
    for statement in _RENEW_THE_REST:
        connection.execute(text(statement))


def _count_domains(connection: Connection) -> None:
    connection.execute(DOMAINS.delete())
    if connection.dialect.name == "postgresql":
        domain = func.split_part(EMAILS.c.canonical, "@", 2)
    else:
        domain = func.substr(EMAILS.c.canonical, func.instr(EMAILS.c.canonical, "@") + 1)
    counted = select(domain, func.count()).where(EMAILS.c.former.is_(False)).group_by(domain)
    connection.execute(insert(DOMAINS).from_select(["domain", "addresses"], counted))
