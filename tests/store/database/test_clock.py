"""One clock for all nodes: the database's."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from mailguard.core.clock import utc_now
from mailguard.core.errors import StoreError
from mailguard.core.settings import StoreSettings
from mailguard.store import store as opening
from mailguard.store.database.clock import DatabaseClock
from mailguard.store.database.engine import make_engine
from mailguard.store.store import open_store
from tests.support.postgres import Postgres

A_MOMENT = timedelta(seconds=5)


class Stopwatch:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def test_nodes_agree_whatever_their_own_clocks_say(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two stores on machines a day apart give the same time, the database's."""
    settings = StoreSettings(database_url=postgres_url, key_file=tmp_path / "guard.key")
    one = open_store(settings)
    monkeypatch.setattr(opening, "utc_now", lambda: datetime.now(UTC) + timedelta(days=1))
    other = open_store(settings)
    try:
        assert abs(one.clock() - other.clock()) < timedelta(hours=1)
        assert abs(one.clock() - utc_now()) < timedelta(hours=1)
    finally:
        one.close()
        other.close()


def test_sqlite_has_the_machines_clock(store_settings: StoreSettings) -> None:
    """A database that is a file has one machine, and its clock."""
    store = open_store(store_settings)
    assert store.clock is utc_now
    store.close()


def test_time_goes_on_between_two_questions_and_is_set_right_by_the_next(postgres_url: str) -> None:
    """Between questions the stopwatch counts; a transaction half a minute later brings the database's time again."""
    engine, watch = make_engine(postgres_url), Stopwatch()
    clock = DatabaseClock(engine, watch)
    begun = clock()
    watch.seconds += 29
    with engine.begin() as connection:
        connection.execute(text("SELECT 1"))
    assert clock() - begun == timedelta(seconds=29)
    watch.seconds += 1
    before = utc_now()
    with engine.execution_options(mailguard_writes=True).begin() as connection:
        connection.execute(text("SELECT 1"))
    assert before - A_MOMENT < clock() < utc_now() + A_MOMENT
    engine.dispose()


def test_a_database_that_is_away_stops_no_clock(tmp_path: Path, own_postgres: Postgres) -> None:
    """While PostgreSQL is down time goes on, and afterwards transactions and questions do too."""
    settings = StoreSettings(database_url=own_postgres.new_database(), key_file=tmp_path / "guard.key")
    store, watch = open_store(settings), Stopwatch()
    clock = DatabaseClock(store.engine, watch)
    begun = clock()
    own_postgres.stop()
    try:
        watch.seconds += 60
        with pytest.raises(StoreError), store.reading() as session:
            session.connection()
        assert clock() - begun == timedelta(seconds=60)
    finally:
        own_postgres.start()
    before = utc_now()
    with store.reading() as session:
        session.connection()
    # The database runs on this machine: what it said stands between two looks at the machine's own clock.
    assert before - A_MOMENT < clock() < utc_now() + A_MOMENT
    store.close()
