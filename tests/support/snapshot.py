"""Everything that a store holds, for tests that say "nothing changed"."""

from sqlalchemy import inspect, select, table, text

from mailguard.store.store import Store

Rows = list[tuple[object, ...]]


def snapshot(store: Store, leave_out: frozenset[str] = frozenset()) -> dict[str, Rows]:
    """All rows of all tables, by table."""
    names = sorted(set(inspect(store.engine).get_table_names()) - leave_out)
    with store.engine.connect() as connection:
        return {
            name: [tuple(row) for row in connection.execute(select(text("*")).select_from(table(name)))]
            for name in names
        }
