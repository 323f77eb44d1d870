"""Merge staged rows into a register that is there: what has not changed is not touched.

The staged rows are in `customers_in`, `customer_emails_in` and `customer_other_names_in`, the customers to take off
record in `gone_in`. All statements mean the same on both databases.
"""

from datetime import datetime

from sqlalchemy import Connection, bindparam, text

from mailguard.customers.staging import CUSTOMERS_IN, Merged
from mailguard.customers.tables.register import EMAILS

_DOMAIN = {"sqlite": "substr(canonical, instr(canonical, '@') + 1)", "postgresql": "split_part(canonical, '@', 2)"}
_CHANGED = "(SELECT customer_id FROM fates WHERE fate = 'changed')"
_NAMES = ", ".join(CUSTOMERS_IN)
_RENEWED = ", ".join(f"{name} = excluded.{name}" for name in CUSTOMERS_IN if name != "customer_id")

_MARK = (
    "DROP TABLE IF EXISTS fates",
    "CREATE TEMPORARY TABLE fates AS SELECT s.customer_id AS customer_id, "
    "CASE WHEN c.customer_id IS NULL THEN 'new' ELSE 'changed' END AS fate "
    "FROM customers_in s LEFT JOIN customers c ON c.customer_id = s.customer_id "
    "WHERE c.customer_id IS NULL OR c.row_hash <> s.row_hash "
    "UNION ALL SELECT customer_id, 'gone' FROM gone_in",
    "CREATE UNIQUE INDEX ix_fates ON fates (customer_id)",
)
_RENEW = (
    # Before their customers go, whose rows they refer to.
    "DELETE FROM customer_other_names WHERE customer_id IN (SELECT customer_id FROM fates WHERE fate <> 'new')",
    "DELETE FROM customer_emails WHERE customer_id IN (SELECT customer_id FROM gone_in)",
    "DELETE FROM customers WHERE customer_id IN (SELECT customer_id FROM gone_in)",
    f"INSERT INTO customers ({_NAMES}) SELECT {_NAMES} FROM customers_in "  # noqa: S608 - columns' names only
    f"WHERE customer_id IN (SELECT customer_id FROM fates) ON CONFLICT (customer_id) DO UPDATE SET {_RENEWED}",
    # An address that a changed customer no longer has stays on record as a former one.
    "UPDATE customer_emails SET former = true "  # noqa: S608 - no value in it
    f"WHERE NOT former AND customer_id IN {_CHANGED} AND NOT EXISTS (SELECT 1 FROM customer_emails_in AS now "
    "WHERE now.customer_id = customer_emails.customer_id AND now.canonical = customer_emails.canonical)",
    "INSERT INTO customer_emails (canonical, customer_id, position, address, confirmed, former, added_at) "
    "SELECT now.canonical, now.customer_id, now.position, now.address, now.confirmed, false, "
    "CASE WHEN fates.fate = 'changed' THEN :at END "
    "FROM customer_emails_in AS now JOIN fates ON fates.customer_id = now.customer_id WHERE true "
    "ON CONFLICT (canonical, customer_id) DO UPDATE SET position = excluded.position, address = excluded.address, "
    "confirmed = excluded.confirmed, former = false, "
    "added_at = CASE WHEN customer_emails.former THEN excluded.added_at ELSE customer_emails.added_at END",
    "INSERT INTO customer_other_names (name_key, customer_id) SELECT name_key, customer_id "
    "FROM customer_other_names_in WHERE customer_id IN (SELECT customer_id FROM fates)",
)
_COUNT_DOMAINS = (
    "INSERT INTO customer_domains (domain, addresses) SELECT domain, sum(difference) FROM domains_in "
    "GROUP BY domain HAVING sum(difference) <> 0 "
    "ON CONFLICT (domain) DO UPDATE SET addresses = customer_domains.addresses + excluded.addresses",
    "DELETE FROM customer_domains WHERE addresses <= 0",
    "DROP TABLE domains_in",
)
_AT = bindparam("at", type_=EMAILS.c.added_at.type)


def renew(connection: Connection, at: datetime) -> Merged:
    """Write new and changed customers, take the gone ones off record; whoever is in no table is left alone."""
    for statement in _MARK:
        connection.execute(text(statement))
    if connection.dialect.name == "postgresql":
        connection.execute(text("ANALYZE fates"))
    counts: dict[str, int] = {}
    for fate, number in connection.execute(text("SELECT fate, count(*) FROM fates GROUP BY fate")):
        counts[fate] = number
    if counts:
        connection.execute(text("CREATE TEMPORARY TABLE domains_in (domain text, difference integer)"))
        _note_domains(connection, -1)
        for statement in _RENEW:
            if ":at" in statement:
                connection.execute(text(statement).bindparams(_AT), {"at": at})
            else:
                connection.execute(text(statement))
        _note_domains(connection, +1)
        for statement in _COUNT_DOMAINS:
            connection.execute(text(statement))
    connection.execute(text("DROP TABLE fates"))
    return Merged(counts.get("new", 0), counts.get("changed", 0), counts.get("gone", 0))


def _note_domains(connection: Connection, sign: int) -> None:
    domain = _DOMAIN[connection.dialect.name]
    connection.execute(
        text(
            f"INSERT INTO domains_in SELECT {domain}, {sign} * count(*) FROM customer_emails "  # noqa: S608 - no value
            f"WHERE NOT former AND customer_id IN (SELECT customer_id FROM fates) GROUP BY {domain}"
        )
    )
