"""Databases that a part of the benchmark has for itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.postgres import start_postgres


@contextmanager
def empty_database(name: str, folder: Path) -> Iterator[tuple[str, int | None]]:
    """Address of an empty database, and the id of its server's first process where it has one."""
    if name == "SQLite":
        yield f"sqlite:///{folder}/bench.db", None
        for file in folder.glob("bench.db*"):
            file.unlink()
        return
    with start_postgres() as postgres:
        first_line = (postgres.folder / "data" / "postmaster.pid").read_text(encoding="ascii").splitlines()[0]
        yield postgres.new_database(), int(first_line)
