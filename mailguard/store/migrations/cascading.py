"""Decisions go when their case does, as all else of it: the rows of a case are removed together or not at all."""

from sqlalchemy import text
from sqlalchemy.engine import Connection

_WAS = "FOREIGN KEY(case_id) REFERENCES cases (id)"
_IS = f"{_WAS} ON DELETE CASCADE"


def cascade_decisions(connection: Connection) -> None:
    """Let `decisions.case_id` cascade. By themselves decisions are still not removed (trigger `four_eyes_kept`)."""
    if connection.dialect.name == "postgresql":
        name = "decisions_case_id_fkey"
        connection.execute(text(f"ALTER TABLE decisions DROP CONSTRAINT {name}"))
        connection.execute(text(f"ALTER TABLE decisions ADD CONSTRAINT {name} {_IS}"))
        return
    # SQLite alters no constraint, and a copy of the table would lose its triggers. A constraint stands in the schema,
    # and there it may be changed: https://www.sqlite.org/lang_altertable.html, section 7.
    version = connection.execute(text("PRAGMA schema_version")).scalar_one()
    connection.execute(text("PRAGMA writable_schema=ON"))
    change = text("UPDATE sqlite_schema SET sql = replace(sql, :was, :is) WHERE type = 'table' AND name = 'decisions'")
    connection.execute(change, {"was": _WAS, "is": _IS})
    connection.execute(text(f"PRAGMA schema_version={version + 1}"))
    connection.execute(text("PRAGMA writable_schema=RESET"))
