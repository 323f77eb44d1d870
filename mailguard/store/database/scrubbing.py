"""Take what was destroyed out of the database's log and freed pages too."""

from contextlib import suppress

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

_PATIENCE = 500
"""Milliseconds for readers that are in the way; whoever wants to write waits as long."""


def scrub(engine: Engine) -> bool:
    """Empty SQLite's write-ahead log, in which destroyed rows still stand; on PostgreSQL VACUUM `bodies`.

    Whether it came to its end: a reader in the way, or an account without the right, is no error, and a later run does
    it. SQLite overwrites freed pages itself (`secure_delete`). PostgreSQL does not, nor its log: there a destroyed body
    stays behind as octets sealed by a data key that was wrapped by a key of the key file, until that is rotated out.
    """
    if engine.dialect.name == "postgresql":
        # Of a table that is another account's, VACUUM only warns.
        with suppress(DBAPIError), engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM bodies"))
            return True
        return False
    raw = engine.raw_connection()
    try:
        cursor = raw.cursor()
        was = cursor.execute("PRAGMA busy_timeout").fetchone()[0]
        cursor.execute(f"PRAGMA busy_timeout={_PATIENCE}")
        busy, _, _ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        cursor.execute(f"PRAGMA busy_timeout={was}")
        return not busy
    finally:
        raw.close()
