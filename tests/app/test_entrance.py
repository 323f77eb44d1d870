"""The judges' two queues, and the room that they have for what the door lets in."""

from base64 import encodebytes
from collections.abc import Callable
from gzip import compress
from pathlib import Path
from quopri import encodestring
from typing import Any

import pytest

from mailguard.app.entrance import may_need_patience
from mailguard.app.judging_together import is_small
from mailguard.app.wiring import open_guard
from mailguard.core.envelope import Envelope
from mailguard.core.settings import Settings
from mailguard.core.verdict import Verdict
from tests.support.letters import write_letter
from tests.support.waiting import PATIENCE

_TO_ONE = Envelope("shop@operator.example", ("anna@example.net",))


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


@pytest.mark.parametrize(
    "file", [compress(b"PIN 1234\n" * 100_000), b"%PDF-1.4\n" + b"1 0 obj\n" * 1000, b"Rar!\x1a\x07\x00"]
)
@pytest.mark.parametrize(("encoding", "encode"), [("quoted-printable", encodestring), ("base64", encodebytes)])
def test_what_turns_out_to_be_a_file_is_not_judged_at_once(
    tmp_path: Path, file: bytes, encoding: str, encode: Callable[[bytes], bytes]
) -> None:
    """The event loop never unpacks, nor waits for a worker process, whatever the letter calls its contents."""
    head = f"Subject: hello\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    raw = head.encode() + encode(file).replace(b"\n", b"\r\n")
    assert not may_need_patience(raw)
    with open_guard(_settings(tmp_path), prove=False) as guard:
        assert guard.judge.judge_at_once(_TO_ONE, raw) is None


def test_a_plain_letter_is_judged_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its verdict is the one that a thread would give."""
    # On a busy machine it may take longer than the event loop has for it, and then a thread does give it.
    monkeypatch.setattr("mailguard.cases.judge._AT_ONCE_SECONDS", PATIENCE)
    with open_guard(_settings(tmp_path), prove=False) as guard:
        for text, verdict in (("Hei,\n\nkiitos tilauksesta.\n", Verdict.PASS), ("Your PIN is 4711.\n", Verdict.HOLD)):
            judged = guard.judge.judge_at_once(_TO_ONE, write_letter(text))
            assert judged == guard.judge.judge(_TO_ONE, write_letter(text))
            assert judged is not None
            assert judged.verdict is verdict


def test_many_recipients_are_not_judged_at_once() -> None:
    """Each recipient is compared with each customer of the letter: with a thousand of them that takes seconds."""
    raw = write_letter("Hei\n")
    assert is_small(_TO_ONE, raw)
    assert not is_small(Envelope("", tuple(f"a{number}@example.net" for number in range(1000))), raw)
    assert not is_small(_TO_ONE, write_letter("x" * 70_000))
