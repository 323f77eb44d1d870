"""The judges' two queues, and the room that they have for what the door lets in."""

from pathlib import Path
from typing import Any

from mailguard.app.entrance import may_need_patience
from mailguard.app.wiring import open_guard
from mailguard.core.settings import Settings
from tests.support.letters import write_letter


def _settings(folder: Path, **smtp: Any) -> Settings:
    return Settings.model_validate(
        {
            "smtp": {"listen": ["127.0.0.1:0"], **smtp},
            "store": {"database_url": f"sqlite:///{folder}/guard.db", "key_file": folder / "guard.key"},
        }
    )


def test_the_reader_has_room_for_what_the_door_takes(tmp_path: Path) -> None:
    """A message of the configured size, with the line that the door puts on top, is not too large to be read."""
    with open_guard(_settings(tmp_path, max_message_bytes=100 << 20)) as guard:
        raw = write_letter("Hei\n") + b"x" * (100 << 20)
        assert not any("larger" in trouble.text for trouble in guard.judge.read(raw).troubles)


def test_letters_with_files_have_judges_of_their_own() -> None:
    """A plain letter goes one way; a large one or one with a file the other."""
    assert not may_need_patience(write_letter("Hei,\n\nkiitos tilauksesta.\n"))
    assert may_need_patience(write_letter("x" * 300_000))
    assert may_need_patience(write_letter("Hei") + b"Content-Type: application/pdf; name=a.pdf\r\n")
