"""Letters about the disk: one when the reserve begins, one when there is room again."""

from typing import get_args

import pytest
from sqlmodel import col, select

from mailguard.core.settings import Settings
from mailguard.core.settings.types import Language
from mailguard.notices.troubles.disk import DISK_TROUBLE, DISK_WELL, tell_disk
from mailguard.notices.troubles.letter import compose_trouble
from mailguard.store.database.disk import MEBIBYTE, Room
from mailguard.store.store import Store
from mailguard.store.tables.outbox import NoticeRow
from tests.notices.outbox import parsed

OPS = ("olli@operator.example", "privacy@operator.example")


def room(mebibytes: int) -> Room:
    """So much free, with 256 MiB in reserve."""
    return Room(mebibytes * MEBIBYTE, 256 * MEBIBYTE)


def test_once_at_either_end(any_store: Store) -> None:
    """However often the disk is looked at, and however it wavers at the limit."""
    told = [tell_disk(any_store, OPS, room(free)) for free in (900, 200, 10, 260, 200, 319, 320, 900, 255)]
    assert told == [None, DISK_TROUBLE, None, None, None, None, DISK_WELL, None, DISK_TROUBLE]
    with any_store.reading() as session:
        rows = session.exec(select(NoticeRow).order_by(col(NoticeRow.id))).all()
    assert [(row.kind, row.to) for row in rows] == [
        (kind, to) for kind in (DISK_TROUBLE, DISK_WELL, DISK_TROUBLE) for to in OPS
    ]


def test_nobody_to_tell(store: Store) -> None:
    """Without report.to, and without a disk of ours, there is no letter."""
    assert tell_disk(store, (), room(1)) is None
    assert tell_disk(store, OPS, None) is None


@pytest.mark.parametrize("language", get_args(Language))
def test_letters_in_each_language(store: Store, language: str) -> None:
    """They name what is free and what is kept back."""
    for free in (200, 900):
        tell_disk(store, OPS[:1], room(free))
    with store.reading() as session:
        rows = session.exec(select(NoticeRow)).all()
    settings = Settings(notices={"language": language})
    for row, free in zip(rows, (200, 900), strict=True):
        letter = parsed(compose_trouble(row, settings))
        assert not letter.defects
        part = letter.get_body(("plain",))
        assert part is not None
        text = part.get_content()
        assert f"{free} MB" in text
        assert "256 MB" in text
        assert "{{" not in text
        assert "[facts]" not in text
