"""PostgreSQL fails over to its synchronous standby while letters are held."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
from sqlmodel import select

from mailguard.cases.reading import open_body
from mailguard.core.errors import StoreError
from mailguard.core.settings import StoreSettings
from mailguard.store.store import Store, open_store
from mailguard.store.tables.cases import CaseRow
from tests.support.letters import hold_letter
from tests.support.postgres import Postgres, start_postgres


@pytest.fixture
def servers() -> Iterator[tuple[Postgres, Postgres]]:
    """A primary and its standby."""
    with start_postgres() as primary, primary.standby() as standby:
        yield primary, standby


def test_nothing_acknowledged_is_lost_by_a_failover(servers: tuple[Postgres, Postgres], tmp_path: Path) -> None:
    """The primary is cut off for good in the midst of holding: meanwhile StoreError (`451`), then the standby by the
    same address; every letter that was acknowledged is there, whole, and the audit chain is too."""
    primary, standby = servers
    address = primary.new_database().replace(f"127.0.0.1:{primary.port}/", "/")
    # As deploy/NODES.md has it.
    hosts = "&".join(f"host=127.0.0.1:{server.port}" for server in servers)
    url = f"{address}?{hosts}&target_session_attrs=read-write&connect_timeout=3&tcp_user_timeout=10000"
    store = open_store(StoreSettings(database_url=url, key_file=tmp_path / "guard.key"))
    held: list[str] = []
    refused: list[StoreError] = []
    stop = Event()
    with ThreadPoolExecutor(2) as clients:
        working = [clients.submit(_hold, store, held, refused, stop) for _ in range(2)]
        _wait(lambda: len(held) >= 20)
        primary.stop()
        _wait(lambda: len(refused) >= 2)
        before = len(held)
        standby.promote()
        _wait(lambda: len(held) >= before + 10)
        stop.set()
        for each in working:
            each.result()
    with store.reading() as session:
        known = set(session.exec(select(CaseRow.id)).all())
        entries, bad = store.audit.verify(session)
    assert set(held) <= known
    assert len(known) <= len(held) + len(refused)
    assert all(open_body(store, case_id) for case_id in held[:before])
    assert bad is None
    assert entries >= len(held)
    store.close()
    primary.start()  # for the fixture, which stops it


def _hold(store: Store, held: list[str], refused: list[StoreError], stop: Event) -> None:
    while not stop.is_set():
        try:
            held.append(hold_letter(store))
        except StoreError as error:
            refused.append(error)
            time.sleep(0.1)


def _wait(look: Callable[[], bool]) -> None:
    until = time.monotonic() + 180
    while not look():
        assert time.monotonic() < until
        time.sleep(0.05)
