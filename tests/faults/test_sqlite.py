"""Faults of a SQLite store and its disk; the rows are in `matrix.SQLITE`."""

import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import sleep

import pytest
from sqlmodel import col, select

from mailguard.cases.deciding.decide import decide
from mailguard.core.case import CaseState
from mailguard.core.decision import Action, Decision
from mailguard.store.tables.cases import CaseRow
from mailguard.store.tables.outbox import NoticeRow
from tests.faults.disk import filled, small_disk
from tests.faults.house import House, eventually, open_house
from tests.faults.matrix import SQLITE

_MEBIBYTE = 1 << 20


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MiB of its own."""
    with small_disk(tmp_path / "disk") as place:
        yield place


async def test_disk_below_the_reserve(disk: Path) -> None:
    """Held mail is refused before the disk is full, decisions go on, ops is told of beginning and end, once each."""
    extra = '[report]\nto = ["olli@operator.example"]\n'
    async with open_house(disk, extra=extra, reserve_mb=4) as house:
        await house.send("PIN-koodi: 4826")
        with filled(disk, leave=3 * _MEBIBYTE):
            _look_anew(house)
            await house.assert_row(SQLITE["disk below the reserve"])
            decide(house.store, house.held[0], Decision(Action.APPROVE, "known"), house.sofia)
            assert await eventually(lambda: _is_released(house, house.held[0]))
            assert await eventually(lambda: _letters(house, "disk_trouble"))
            _, figures = await house.get("/metrics")
            assert re.search(r"^mailguard_disk_free_bytes [23]\.\d+e\+06$", figures, re.M)
        _look_anew(house)
        await house.assert_recovered()
        assert await eventually(lambda: _letters(house, "disk_well"))
        assert len(await _letters(house, "disk_trouble")) == 1


async def test_disk_full(disk: Path) -> None:
    """Without a reserve the database says it: 452, nothing is half kept, and with room all goes on."""
    async with open_house(disk) as house:
        await house.send("PIN-koodi: 4826")
        with filled(disk, leave=0):
            await house.assert_row(SQLITE["disk full"], large=200_000)
        await house.assert_recovered()


async def test_database_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program that holds the write lock costs held mail some time, then 451."""
    # In no other test: there a disk that is slow to sync for the jobs of the clock would be a trouble of its own.
    monkeypatch.setattr("mailguard.store.database.engine._BUSY_MILLISECONDS", 1000)
    async with open_house(tmp_path) as house:
        with locked(tmp_path / "guard.db"):
            await house.assert_row(SQLITE["database locked"])
        await house.assert_recovered()


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Another process writes and does not come to an end."""
    hold = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('BEGIN EXCLUSIVE'); print(flush=1); input()"
    )
    call = [sys.executable, "-c", hold, str(file)]
    with subprocess.Popen(call, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        yield
        other.communicate(b"\n")


async def test_page_damaged(tmp_path: Path) -> None:
    """What is on other pages goes on; nothing is written beside a damaged one."""
    async with open_house(tmp_path) as house:
        await house.send("PIN-koodi: 4826")
        with damaged(tmp_path / "guard.db", "cases"):
            await house.assert_row(SQLITE["page damaged"])
        await house.assert_recovered()


@contextmanager
def damaged(file: Path, table: str) -> Iterator[None]:
    """The first page of a table is overwritten behind the database's back."""
    with closing(sqlite3.connect(file)) as database:
        # Not once: while somebody writes, it does nothing, and the damaged page would still be read from the log.
        while any(database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()):
            sleep(0.01)
        (page,) = database.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        (size,) = database.execute("PRAGMA page_size").fetchone()
    with file.open("r+b") as disk:
        disk.seek((page - 1) * size)
        before = disk.read(size)
        disk.seek((page - 1) * size)
        disk.write(b"\xff" * size)
    _make_connections_look(file)
    yield
    with file.open("r+b") as disk:
        disk.seek((page - 1) * size)
        disk.write(before)
    _make_connections_look(file)


def _make_connections_look(file: Path) -> None:
    # A commit by somebody else: until then every connection goes on with the pages that it remembers.
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE audit_head SET seq = seq")


@pytest.mark.parametrize("fault", ["file moved", "file exchanged"])
async def test_file_moved(tmp_path: Path, fault: str) -> None:
    """Nothing is kept in a file that is not at its place; when it is back, all is as before."""
    async with open_house(tmp_path) as house:
        await house.send("PIN-koodi: 4826")
        with moved(tmp_path / "guard.db", exchanged=fault == "file exchanged"):
            await house.assert_row(SQLITE[fault])
        await house.assert_recovered()


@contextmanager
def moved(file: Path, *, exchanged: bool) -> Iterator[None]:
    """The database and its log are elsewhere, and perhaps another one stands there."""
    files = [file.with_name(file.name + end) for end in ("", "-wal", "-shm")]
    aside = file.with_name("aside")
    aside.mkdir()
    for each in files:
        each.rename(aside / each.name)
    if exchanged:
        with closing(sqlite3.connect(file)) as other:
            other.execute("CREATE TABLE other (id)")
    yield
    for left in file.parent.glob("guard.db*"):
        left.unlink()
    for each in files:
        (aside / each.name).rename(each)


def _look_anew(house: House) -> None:
    # A look at the disk is good for a second.
    house.store.disk._looked_at = -10.0


async def _is_released(house: House, case_id: str) -> bool:
    with house.store.reading() as session:
        return session.exec(select(CaseRow.state).where(CaseRow.id == case_id)).one() == CaseState.RELEASED


async def _letters(house: House, kind: str) -> list[NoticeRow]:
    with house.store.reading() as session:
        return list(session.exec(select(NoticeRow).where(col(NoticeRow.kind) == kind)))
