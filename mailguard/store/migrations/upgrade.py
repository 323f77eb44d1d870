"""Bring a database to today's tables."""

from pathlib import Path

from sqlalchemy import Engine, inspect, text

_ADVISORY_LOCK = 7241983350
"""Any fixed number: two nodes starting at once take turns on PostgreSQL."""


def upgrade(engine: Engine) -> None:
    """Run the migrations that the database has not seen. Does nothing when there are none."""
    if _is_newest(engine):
        return
    # Imported here: Alembic takes 0.15 s to import, and most commands find nothing to do.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    with engine.execution_options(mailguard_writes=True).begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY_LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _is_newest(engine: Engine) -> bool:
    """Whether the newest migration has been run. The files are named by their revision: `m0002_customers`."""
    newest = max(file.name[1:5] for file in (Path(__file__).parent / "versions").glob("m*.py"))
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return False
        return bool(connection.scalar(text("SELECT version_num FROM alembic_version")) == newest)
