"""A number that changes with the people on record: who holds mail keeps them at hand, and reads them anew only then.

Kept by the database itself, so that no program that changes somebody can forget it, an older version's neither.
"""

from collections.abc import Iterator

from sqlalchemy.engine import Connection

_CHANGES = {
    "users": "UPDATE OF name, email, role, disabled",
    "user_addresses": "UPDATE",
    "user_teams": "UPDATE",
    "delegations": "UPDATE",
}
"""Tables, and what of theirs counts. Not all of `users`: every wrong guess at a password changes that row."""
_COUNT = "UPDATE people_version SET number = number + 1"


def count_changes(connection: Connection) -> None:
    """Make the triggers in the dialect of the connection. The table is there already, with its one row."""
    make = _on_postgresql if connection.dialect.name == "postgresql" else _on_sqlite
    for statement in make():
        connection.exec_driver_sql(statement)


def _on_sqlite() -> Iterator[str]:
    for table, update in _CHANGES.items():
        for event in ("INSERT", update, "DELETE"):
            name = f"{table}_counted_{event.split()[0].lower()}"
            yield f"CREATE TRIGGER {name} AFTER {event} ON {table} BEGIN {_COUNT}; END"


def _on_postgresql() -> Iterator[str]:
    yield (
        f"CREATE FUNCTION people_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {_COUNT}; RETURN NULL; END $$"
    )
    for table, update in _CHANGES.items():
        yield (
            f"CREATE TRIGGER {table}_counted AFTER INSERT OR {update} OR DELETE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION people_changed()"
        )
