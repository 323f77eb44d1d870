"""Bring a database to today's tables."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text

_ADVISORY_LOCK = 7241983350
"""Any fixed number: two nodes starting at once take turns on PostgreSQL."""


def upgrade(engine: Engine) -> None:
    """Run the migrations that the database has not seen. Does nothing when there are none."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    with engine.execution_options(mailguard_writes=True).begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY_LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
