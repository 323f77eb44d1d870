"""The data folders of earlier versions, laid out to be opened."""

import gzip
import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect

from mailguard.core.settings import StoreSettings
from mailguard.store.database.engine import make_engine
from mailguard.store.migrations.upgrade import upgrade
from tests.conftest import TurnableClock
from tests.support.need import need_program
from tests.support.postgres import Postgres
from tests.upgrade.make import DATA

VERSIONS = tuple(sorted(folder.name for folder in DATA.iterdir()))


@dataclass(frozen=True)
class Old:
    """One of them."""

    settings: StoreSettings
    cases: dict[str, str]
    """Case id by fate."""
    password: str
    token: str


Lay = Callable[[str, str], Old]


@pytest.fixture
def lay(tmp_path: Path, request: pytest.FixtureRequest) -> Lay:
    """Lays out a version's data on `sqlite` or `postgresql`."""

    def lay_out(version: str, database: str) -> Old:
        source, key = DATA / version, tmp_path / "guard.key"
        key.write_bytes((source / f"{database}.key").read_bytes())
        key.chmod(0o600)
        if database == "postgresql":
            server: Postgres = request.getfixturevalue("postgres")
            url = server.new_database()
            psql = need_program("psql", "postgresql-client", (str(Path(server.control).parent),))
            dump = gzip.decompress((source / "guard.sql.gz").read_bytes())
            load = [psql, "-q", "-v", "ON_ERROR_STOP=1", url.replace("+psycopg", "")]
            subprocess.run(load, input=dump, check=True, stdout=subprocess.DEVNULL)
        else:
            file = tmp_path / "guard.db"
            file.write_bytes(gzip.decompress((source / "guard.db.gz").read_bytes()))
            url = f"sqlite:///{file}"
        told = json.loads((source / f"{database}.json").read_text())
        return Old(StoreSettings(database_url=url, key_file=key), told["cases"], told["password"], told["token"])

    return lay_out


@pytest.fixture
def make_fresh(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[[str], Engine]]:
    """Makes an empty database of today on `sqlite` or `postgresql`."""
    made = []

    def make(database: str) -> Engine:
        url = f"sqlite:///{tmp_path}/fresh.db" if database == "sqlite" else request.getfixturevalue("postgres_url")
        made.append(make_engine(url))
        upgrade(made[-1])
        return made[-1]

    yield make
    for engine in made:
        engine.dispose()


@pytest.fixture
def clock() -> TurnableClock:
    """Some hours after the last of the data was made."""
    turned = TurnableClock()
    turned.now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    return turned


def shape_of(engine: Engine) -> dict[str, object]:
    """Columns and indexes of every table."""
    inspector = inspect(engine)
    return {
        table: (
            sorted(
                (column["name"], str(column["type"]), column["nullable"]) for column in inspector.get_columns(table)
            ),
            sorted((str(index["name"]), tuple(index["column_names"])) for index in inspector.get_indexes(table)),
        )
        for table in inspector.get_table_names()
    }
