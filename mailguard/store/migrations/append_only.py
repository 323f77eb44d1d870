"""The audit chain's head moves forward alone, and no table of evidence is emptied at one stroke.

PostgreSQL's TRUNCATE passes by the triggers for rows; SQLite has no such statement.
"""

from sqlalchemy.engine import Connection

from mailguard.store.migrations.triggers import Rule, create

_BACKWARD = "NEW.seq < OLD.seq OR (NEW.seq = OLD.seq AND NEW.digest <> OLD.digest)"
_RULES: tuple[Rule, ...] = (
    ("audit_head_forward", "BEFORE UPDATE ON audit_head", _BACKWARD, "the audit chain is append-only"),
    ("audit_head_kept", "BEFORE DELETE ON audit_head", None, "the audit chain is append-only"),
)
_NEVER_EMPTIED = ("audit", "audit_head", "decisions", "sender_identities")


def require_append_only(connection: Connection) -> None:
    """Make the triggers in the dialect of the connection."""
    create(connection, _RULES)
    if connection.dialect.name != "postgresql":
        return
    connection.exec_driver_sql(
        "CREATE FUNCTION never_emptied() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only'; END $$"
    )
    for table in _NEVER_EMPTIED:
        connection.exec_driver_sql(
            f"CREATE TRIGGER {table}_never_emptied BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION never_emptied()"
        )
