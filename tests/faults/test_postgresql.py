"""Faults of a PostgreSQL store; the rows are in `matrix.POSTGRESQL`."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from tests.faults.disk import filled, small_disk
from tests.faults.house import open_house
from tests.faults.matrix import POSTGRESQL
from tests.support.postgres import Postgres

_CLERK = "clerk"
"""The guard's account: limits do not hold for the superuser that the tests' server is made with."""


@dataclass
class Database:
    """A database of the guard's own, and the server's owner at work on it."""

    server: Postgres
    name: str

    @property
    def url(self) -> str:
        """As the guard is told."""
        return f"postgresql+psycopg://{_CLERK}@127.0.0.1:{self.server.port}/{self.name}"

    def run(self, *statements: str, name: str = "postgres") -> None:
        """As the owner of the server, in another database by default."""
        address = f"host=127.0.0.1 port={self.server.port} user=guard dbname={name}"
        options = "-c default_transaction_read_only=off"
        with psycopg.connect(address, options=options, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def cut(self) -> None:
        """End every connection of the guard."""
        self.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self.name}'")


@pytest.fixture
def database(own_postgres: Postgres) -> Database:
    """A fresh one."""
    name = own_postgres.new_database().rpartition("/")[2]
    made = Database(own_postgres, name)
    made.run(
        f"DO $$ BEGIN CREATE ROLE {_CLERK} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
        f"ALTER DATABASE {name} OWNER TO {_CLERK}",
    )
    return made


async def test_connections_lost(tmp_path: Path, database: Database) -> None:
    """Connections that were cut are made anew: nobody outside sees anything."""
    async with open_house(tmp_path, database_url=database.url) as house:
        await house.send("PIN-koodi: 4826")
        database.cut()
        await house.assert_row(POSTGRESQL["connections lost"])
        await house.assert_recovered()


async def test_server_killed(tmp_path: Path, database: Database) -> None:
    """Without the server nothing is taken; when it is back, mail flows."""
    async with open_house(tmp_path, database_url=database.url) as house:
        await house.send("PIN-koodi: 4826")
        database.server.stop()
        try:
            await house.assert_row(POSTGRESQL["server killed"])
        finally:
            database.server.start()
        await house.assert_recovered()


@pytest.mark.parametrize("fault", ["server read-only", "too many connections"])
async def test_server_refuses(tmp_path: Path, database: Database, fault: str) -> None:
    """A server that takes no writes, or no connections, is waited for."""
    begin, end = {
        "server read-only": (
            f"ALTER DATABASE {database.name} SET default_transaction_read_only = on",
            f"ALTER DATABASE {database.name} RESET default_transaction_read_only",
        ),
        "too many connections": (f"ALTER ROLE {_CLERK} CONNECTION LIMIT 0", f"ALTER ROLE {_CLERK} CONNECTION LIMIT -1"),
    }[fault]
    async with open_house(tmp_path, database_url=database.url) as house:
        await house.send("PIN-koodi: 4826")
        database.run(begin)
        try:
            database.cut()
            await house.assert_row(POSTGRESQL[fault])
        finally:
            # Nobody cuts the connections now: those that are read-only must be given up by the guard itself.
            database.run(end)
        await house.assert_recovered()


async def test_servers_disk_full(tmp_path: Path, database: Database) -> None:
    """The table of bodies stands on a small disk that is full."""
    async with open_house(tmp_path, database_url=database.url) as house:
        await house.send("PIN-koodi: 4826")
        with small_tablespace(database, "bodies") as disk:
            with filled(disk):
                await house.assert_row(POSTGRESQL["server's disk full"], large=200_000)
            await house.assert_recovered()


@contextmanager
def small_tablespace(database: Database, table: str) -> Iterator[Path]:
    """A table is on a file system of 8 MiB."""
    space = f"small_{database.name}"
    with small_disk(database.server.folder / space) as place:
        if database.server.user:
            shutil.chown(place, database.server.user, database.server.user)
        place.chmod(0o700)
        database.run(f"CREATE TABLESPACE {space} LOCATION '{place}'")
        database.run(f"ALTER TABLE {table} SET TABLESPACE {space}", name=database.name)
        yield place
        database.run(f"ALTER TABLE {table} SET TABLESPACE pg_default", name=database.name)
        database.run(f"DROP TABLESPACE {space}")
