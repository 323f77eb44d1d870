"""Fixtures of the register's tests: a customer file, written and imported."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from mailguard.customers.importing import ImportResult, import_customers
from mailguard.store.database.engine import make_engine
from mailguard.store.migrations.upgrade import upgrade

HEADER = (
    "customer_id,first_name,last_name,former_names,emails,phone,birth_date,street,postcode,city,country,"
    "username,tags,email_confirmed"
)
Import = Callable[..., ImportResult]


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """A SQLite file of the test's own."""
    return f"sqlite:///{tmp_path}/register.db"


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on today's tables."""
    made = make_engine(database_url)
    upgrade(made)
    yield made
    made.dispose()


@pytest.fixture
def bring_in(engine: Engine, tmp_path: Path) -> Import:
    """Imports rows under the contract's header, or a whole file."""

    def run(*rows: str, header: str = HEADER, raw: bytes | None = None, **columns: str) -> ImportResult:
        file = tmp_path / "customers.csv"
        file.write_bytes(raw if raw is not None else "\n".join([header, *rows, ""]).encode())
        return import_customers(engine, file, columns, lambda done, total: None)

    return run


@pytest.fixture(params=["sqlite", "postgresql"])
def register(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty register on each database."""
    url = f"sqlite:///{tmp_path}/register.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    engine = make_engine(url)
    upgrade(engine)
    yield engine
    engine.dispose()
