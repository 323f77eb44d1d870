"""Bring a database to today's tables, and tell whether this program can work with those that it has."""

import ast
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, inspect, text
from sqlalchemy.engine import Connection

_ADVISORY_LOCK = 7241983350
"""Any fixed number: two nodes starting at once take turns on PostgreSQL."""
_LOCK_SECONDS = 30
"""PostgreSQL: how long a table is waited for. Whoever asks for the table after us waits behind us: not for ever."""
_VERSIONS = Path(__file__).parent / "versions"


@dataclass(frozen=True, slots=True)
class Step:
    """One migration."""

    revision: str
    title: str


@dataclass(frozen=True, slots=True)
class Schema:
    """Which migrations a database has seen. Revisions are four digits and are compared as text."""

    found: str | None
    """The newest one that was run; None: an empty database."""
    wanted: str
    """The newest one that this program has."""
    floor: str
    """The oldest program, by its newest migration, that can work with the database; empty: it does not say."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever made in it."""
        return self.found is None

    @property
    def is_older(self) -> bool:
        """Whether `upgrade` has something to do."""
        return self.found is None or self.found < self.wanted

    @property
    def is_newer(self) -> bool:
        """Whether a newer program has changed it."""
        return self.found is not None and self.found > self.wanted

    @property
    def is_too_new(self) -> bool:
        """Whether a newer program has changed it so that this one would harm it.

        One that is merely newer is well: two adjacent versions serve side by side while nodes are exchanged in turn.
        """
        return self.floor > self.wanted

    @property
    def is_foreign(self) -> bool:
        """Whether it names a migration that no mailguard up to this one has had."""
        return self.found is not None and not self.is_newer and self.found not in {s.revision for s in _steps()}

    @property
    def missing(self) -> tuple[Step, ...]:
        """What `upgrade` would run, in order."""
        return tuple(step for step in _steps() if self.found is None or step.revision > self.found)


def read_schema(engine: Engine) -> Schema:
    """Look at a database without changing it."""
    with engine.connect() as connection:
        tables = set(inspect(connection).get_table_names())
        found = _first(connection, "SELECT version_num FROM alembic_version") if "alembic_version" in tables else None
        floor = _first(connection, "SELECT revision FROM schema_floor") if "schema_floor" in tables else None
    return Schema(found, _newest(), floor or "")


def upgrade(engine: Engine, told: Callable[[Step], None] = lambda step: None) -> None:
    """Run the migrations that the database has not seen, in one transaction. Does nothing when there are none.

    `told` hears of each that has been run; none of them counts before all have, and none after a crash half-way.
    """
    if not read_schema(engine).is_older:
        return
    # Imported here: Alembic takes 0.15 s to import, and most commands find nothing to do.
    from alembic import command
    from alembic.config import Config

    titles = {step.revision: step for step in _steps()}

    def tell(*, step: Any, **_: object) -> None:
        told(titles[step.up_revision_id])

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    with engine.execution_options(mailguard_writes=True).begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text(f"SET LOCAL lock_timeout = {int(_LOCK_SECONDS * 1000)}"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY_LOCK})
        config.attributes |= {"connection": connection, "told": tell}
        command.upgrade(config, "head")


def _newest() -> str:
    # The files are named by their revision: `m0002_customers`.
    return max(file.name[1:5] for file in _VERSIONS.glob("m*.py"))


@cache
def _steps() -> tuple[Step, ...]:
    """Every migration in order, with the first line of its file; read, not imported."""
    files = sorted(_VERSIONS.glob("m*.py"))
    titles = ((ast.get_docstring(ast.parse(file.read_text("utf-8"))) or file.stem).splitlines()[0] for file in files)
    return tuple(Step(file.name[1:5], title.rstrip(".")) for file, title in zip(files, titles, strict=True))


def _first(connection: Connection, query: str) -> str | None:
    found = connection.scalar(text(query))
    return None if found is None else str(found)
