"""Room on the disk, and when it is refused."""

import os
from pathlib import Path
from typing import NamedTuple

import pytest

from mailguard.core.errors import DiskFull, StoreError
from mailguard.store.database.disk import MEBIBYTE, Disk, Room
from tests.support.waiting import PATIENCE


class Free(NamedTuple):
    """What a file system says of itself."""

    f_bavail: int
    f_frsize: int = 4096


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The free mebibytes in a list of one, for the test to change."""
    mebibytes = [1000]
    monkeypatch.setattr(os, "statvfs", lambda folder: Free(mebibytes[0] * MEBIBYTE // 4096))
    # On a busy machine a second may pass between any two steps; the tests say themselves when a look is over.
    monkeypatch.setattr("mailguard.store.database.disk._KEPT_SECONDS", PATIENCE)
    return mebibytes


def test_room_ends_where_the_reserve_begins(tmp_path: Path, free: list[int]) -> None:
    """A message is let in when twice its size leaves the reserve untouched."""
    for mebibytes, size, fits in ((300, 22, True), (300, 23, False), (256, 0, True), (255, 0, False)):
        free[0] = mebibytes
        disk = Disk(tmp_path / "guard.db", 256)
        if fits:
            disk.require_room(size * MEBIBYTE)
        else:
            with pytest.raises(DiskFull) as refused:
                disk.require_room(size * MEBIBYTE)
            assert refused.value.smtp_answer.startswith("452 4.3.1")


def test_messages_between_two_looks_are_counted(
    tmp_path: Path, free: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was let in since the look before last takes its room; after that it has been written and is seen."""
    free[0] = 300
    disk = Disk(tmp_path / "guard.db", 256)
    disk.require_room(10 * MEBIBYTE)
    disk.require_room(10 * MEBIBYTE)
    with pytest.raises(DiskFull):
        disk.require_room(10 * MEBIBYTE)
    monkeypatch.setattr("mailguard.store.database.disk._KEPT_SECONDS", 0)
    with pytest.raises(DiskFull):
        disk.require_room(10 * MEBIBYTE)
    disk.require_room(10 * MEBIBYTE)


def test_disk_is_looked_at_once_a_second(tmp_path: Path, free: list[int]) -> None:
    """However many messages come."""
    disk = Disk(tmp_path / "guard.db", 256)
    disk.require_room(0)
    free[0] = 0
    disk.require_room(0)
    assert disk.look() == Room(1000 * MEBIBYTE, 256 * MEBIBYTE)


def test_shortage_ends_a_little_above_the_reserve() -> None:
    """Between the two nothing is said: at the limit each letter would begin and end it."""
    for mebibytes, short, ample, tight in (
        (99, 1, 0, 1),
        (100, 0, 0, 1),
        (124, 0, 0, 1),
        (125, 0, 1, 1),
        (200, 0, 1, 0),
    ):
        room = Room(mebibytes, 100)
        assert (room.is_short, room.is_ample, room.is_tight) == (bool(short), bool(ample), bool(tight))


def test_no_disk_of_ours(tmp_path: Path) -> None:
    """PostgreSQL's disk is elsewhere; one that is gone is trouble."""
    Disk(None, 256).require_room(1 << 40)
    assert Disk(None, 256).look() is None
    with pytest.raises(StoreError):
        Disk(tmp_path / "gone" / "guard.db", 256).require_room(0)
