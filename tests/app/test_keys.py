"""`mailguard keys rotate` beside a guard that serves and holds, killed and run again."""

import asyncio
import os
import signal
import smtplib
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from mailguard.cases.reading import open_body
from mailguard.core.settings import load_settings
from mailguard.store.keys.file import load_keys
from mailguard.store.store import open_store
from tests.support.guard import GuardProcess, make_guard
from tests.support.letters import CUSTOMER, SENDER, write_letter
from tests.support.sink import Sink

_LETTERS = 40


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
async def test_rotation_beside_a_serving_guard_killed_and_run_again(
    database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Every letter that got `250`, before, during and after rotations, opens; the old keys are gone from the file."""
    url = request.getfixturevalue("postgres_url") if database == "postgresql" else ""
    async with Sink() as sink:  # nothing is sent there: every recipient is asked of it
        await asyncio.to_thread(_rotate_beside, make_guard(tmp_path, sink.port, database_url=url))


def _rotate_beside(guard: GuardProcess) -> None:
    held: list[str] = []
    stop = threading.Event()
    with guard.serving():
        _hold(guard, held, _LETTERS)
        old = load_keys(guard.folder / "guard.key")
        client = threading.Thread(target=_hold_until, args=(guard, held, stop))
        client.start()
        for seconds in (0.9, 1.3):
            _kill_rotation(guard, seconds)
        for _ in range(2):
            done = guard.command("keys", "rotate")
            assert done.returncode == 0, done.stderr
        stop.set()
        client.join()
        _hold(guard, held, 3)
    now = load_keys(guard.folder / "guard.key")
    assert len(now) == 1
    assert now != old
    store = open_store(load_settings(guard.config).store)
    assert len(held) > _LETTERS
    assert all(b"Marjapuuro83" in (open_body(store, case_id) or b"") for case_id in held)
    store.close()
    listed = guard.command("keys", "list").stdout
    assert listed.count("in use") == 1
    assert listed.count("retired") >= 2
    verified = guard.command("audit", "verify")
    assert verified.returncode == 0, verified.stderr


def _hold(guard: GuardProcess, held: list[str], count: int) -> None:
    with smtplib.SMTP("127.0.0.1", guard.smtp_port) as client:
        client.ehlo()
        for _ in range(count):
            client.mail(SENDER)
            client.rcpt(CUSTOMER)
            code, answer = client.data(write_letter("Hei Matti,\n\nSalasana: Marjapuuro83\n"))
            assert code == 250, answer
            held.append(answer.decode().split("held for approval as ")[1].split()[0])


def _hold_until(guard: GuardProcess, held: list[str], stop: threading.Event) -> None:
    while not stop.is_set():
        _hold(guard, held, 1)
        time.sleep(0.05)


def _kill_rotation(guard: GuardProcess, seconds: float) -> None:
    call = [sys.executable, "-m", "mailguard", "keys", "rotate", "--config", str(guard.config)]
    process = subprocess.Popen(call, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ))
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
