"""One structured line a message, as ops find it in the log of a whole guard: `key=value`, or JSON."""

import asyncio
import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.app.conftest import furnish
from tests.support.dialogue import Dialogue
from tests.support.guard import GuardProcess, make_guard
from tests.support.letters import CUSTOMER, SENDER, write_letter
from tests.support.ports import wait_for_port
from tests.support.sink import Sink

SECRET, SUBJECT = "Marjapuuro83", "Our talk of yesterday"
"""No short number: one stands in a moment or an id by chance."""
FIELDS = {"id", "client", "sender", "recipients", "size", "verdict", "reasons", "next_hop", "next_hop_said", "answer"}
"""What issue and README promise, beside the milliseconds of each stage."""


def _parsed(line: str, as_json: bool) -> dict[str, str]:
    if as_json:
        return {key: str(value) for key, value in json.loads(line).items()}
    return {key: value.strip('"') for key, value in re.findall(r'([a-z_]+)=("[^"]*"|\S*)', line)}


def _serve(guard: GuardProcess, *options: str) -> subprocess.Popen[bytes]:
    call = [sys.executable, "-m", "mailguard", "serve", "--config", str(guard.config), *options]
    with (guard.folder / "serve.log").open("ab") as log:
        return subprocess.Popen(call, stdout=log, stderr=log)


async def _serve_and_talk(guard: GuardProcess, sink: Sink, *options: str) -> str:
    with _serve(guard, *options) as process:
        try:
            await asyncio.to_thread(wait_for_port, guard.smtp_port, 120)
            async with Dialogue(guard.smtp_port) as client:
                for letter, verdict in (
                    (write_letter("Hei Matti Virtanen,\n\nasiakasnumero: 1001\n", subject=SUBJECT), b"250 2.0.0 Ok"),
                    (write_letter(f"Hei,\n\nSalasana: {SECRET}\n", subject=SUBJECT), b"250 2.0.0 held for"),
                    (b"a\rb " + SECRET.encode() + b"\r\n", b"550 5.5.2 "),
                    (write_letter("Hei,\n\nnähdään.\n", subject=SUBJECT), b"451 4.7.1 not now"),
                ):
                    await client.begin(SENDER.encode(), CUSTOMER.encode())
                    sink.steps["dot"] = b"451 4.7.1 not now\r\n" if verdict.startswith(b"451") else b"250 2.0.0 Ok\r\n"
                    assert (await client.message(letter)).startswith(verdict)
        finally:
            process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(process.wait, 120) == 0
    return guard.log()


@pytest.mark.parametrize("as_json", [False, True], ids=["key=value", "JSON"])
async def test_what_became_of_each_message(tmp_path: Path, as_json: bool) -> None:
    """Passed, held, refused and put off: a line each with what became of it and how long each stage took, and no word
    of subject or text in the whole log."""
    async with Sink() as sink:
        guard = await asyncio.to_thread(lambda: furnish(make_guard(tmp_path, sink.port)))
        log = await _serve_and_talk(guard, sink, *(["--log-json"] if as_json else []))
    mark = '"event": "message"' if as_json else "event=message"
    lines = [_parsed(line, as_json) for line in log.splitlines() if mark in line]
    assert [line["verdict"] for line in lines] == ["pass", "hold", "none", "pass"]
    assert [line["answer"] for line in lines] == ["250", "250", "550", "451"]
    assert [line["reasons"] for line in lines] == ["", "credential", "", ""]
    assert [line["next_hop_said"] for line in lines] == ["250 2.0.0 Ok", "", "", "451 4.7.1 not now"]
    passed = {"read", "judge", "next_hop"}
    for line, stages in zip(lines, (passed, {"read", "judge", "hold"}, {"read"}, passed), strict=True):
        assert line.keys() >= FIELDS
        assert (line["client"], line["sender"], line["recipients"], line["to"]) == ("127.0.0.1", SENDER, "1", CUSTOMER)
        assert {key.removesuffix("_ms") for key in line if key.endswith("_ms")} == stages
    assert len({line["id"] for line in lines}) == 4
    assert SECRET not in log
    assert SUBJECT not in log
