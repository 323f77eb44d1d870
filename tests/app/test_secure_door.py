"""TLS, logins and lost answers at a whole guard, by real clients: `mailguard serve` with its own event loop."""

import asyncio
import subprocess
import urllib.request
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.app.conftest import furnish
from tests.support.certificate import make_certificate
from tests.support.dialogue import Dialogue
from tests.support.guard import PASSWORD, GuardProcess, make_guard
from tests.support.letters import CUSTOMER, SENDER, write_letter
from tests.support.need import need_program
from tests.support.ports import free_port
from tests.support.sink import DROP, Sink
from tests.support.waiting import PATIENCE

LETTER = write_letter("Hei Matti Virtanen,\n\nasiakasnumero: 1001\n")


def _secure(folder: Path, next_hop: int, settings: str = "") -> tuple[GuardProcess, int]:
    """A guard that trusts nobody by address, with a user, and the port where TLS begins at once."""
    guard, port = make_guard(folder, next_hop), free_port()
    certificate, key = make_certificate(folder)
    door = f'tls_cert = "{certificate}"\ntls_key = "{key}"\nlisten_tls = ["127.0.0.1:{port}"]\ntrusted_networks = []\n'
    text = guard.config.read_text(encoding="utf-8").replace("[smtp]\n", f"[smtp]\n{door}{settings}")
    guard.config.write_text(text, encoding="utf-8")
    furnish(guard)
    guard.add_user("otto", SENDER)
    return guard, port


def _swaks(file: Path, *options: str) -> subprocess.CompletedProcess[str]:
    file.write_bytes(LETTER)
    swaks = need_program("swaks", "swaks")
    call = [swaks, "--from", SENDER, "--to", CUSTOMER, "--data", f"@{file}", "--server", "127.0.0.1", *options]
    return subprocess.run(call, capture_output=True, text=True, timeout=120, check=False)


def _login(mechanism: str, password: str = PASSWORD.strip()) -> Sequence[str]:
    return "--auth", mechanism, "--auth-user", "otto", "--auth-password", password


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
async def test_logins_under_tls(tmp_path: Path, mechanism: str) -> None:
    """swaks by STARTTLS and by TLS from the first octet: in with the right password, 535 with a wrong one, 530 without.

    The trace says that the client was authenticated under TLS; its name is in the log, its password nowhere.
    """
    async with Sink() as sink:
        guard, port = await asyncio.to_thread(_secure, tmp_path, sink.port)
        with guard.serving():
            for way in (("--port", str(guard.smtp_port), "--tls"), ("--port", str(port), "--tls-on-connect")):
                sent = await asyncio.to_thread(_swaks, tmp_path / "letter", *way, *_login(mechanism))
                assert sent.returncode == 0, sent.stdout
                assert b"with ESMTPSA id " in sink.messages.pop().wire
                wrong = await asyncio.to_thread(_swaks, tmp_path / "letter", *way, *_login(mechanism, "wrong horse"))
                assert "535 5.7.8 " in wrong.stdout
                nobody = await asyncio.to_thread(_swaks, tmp_path / "letter", *way)
                assert "530 5.7.0 " in nobody.stdout
            plain = await asyncio.to_thread(
                _swaks, tmp_path / "letter", "--port", str(guard.smtp_port), *_login(mechanism)
            )
            assert plain.returncode != 0
        assert sink.messages == []
    assert "login=otto" in guard.log()
    assert not any(secret in guard.log() for secret in (PASSWORD.strip(), "wrong horse"))


async def test_logins_that_the_next_hop_knows(tmp_path: Path) -> None:
    """`auth = "next_hop"`: name and password are tried there; its no is 535, its trouble 454, neither lets in."""
    async with Sink(extensions=("AUTH PLAIN", "8BITMIME")) as sink:
        guard, port = await asyncio.to_thread(_secure, tmp_path, sink.port, 'auth = "next_hop"\n')
        way = ("--port", str(port), "--tls-on-connect", *_login("PLAIN", "theirs, not ours"))
        with guard.serving():
            sent = await asyncio.to_thread(_swaks, tmp_path / "letter", *way)
            assert sent.returncode == 0, sent.stdout
            assert b"AUTH PLAIN " + b64encode(b"\0otto\0theirs, not ours") + b"\r\n" in sink.commands
            for answer, said in ((b"535 5.7.8 no\r\n", "535 5.7.8 "), (b"454 4.7.0 later\r\n", "454 4.7.0 ")):
                sink.steps["auth"] = answer
                refused = await asyncio.to_thread(_swaks, tmp_path / "letter", *way)
                assert said in refused.stdout
        assert len(sink.messages) == 1
    assert "theirs, not ours" not in guard.log()


async def test_a_lost_answer_is_counted(tmp_path: Path) -> None:
    """A next hop that hangs up behind the dot: 451, a word in the log, and one more in `mailguard_duplicate_risks`."""
    async with Sink() as sink:
        sink.steps["dot"] = DROP
        guard = await asyncio.to_thread(lambda: furnish(make_guard(tmp_path, sink.port)))
        with guard.serving():
            async with Dialogue(guard.smtp_port) as client:
                await client.begin(SENDER.encode(), CUSTOMER.encode())
                assert (await client.message(LETTER)).startswith(b"451 4.4.1 ")
            page = await asyncio.to_thread(_metrics, guard)
        assert len(sink.messages) == 1
    assert "mailguard_duplicate_risks_total 1.0" in page
    assert "may_come_twice=true" in guard.log()


def _metrics(guard: GuardProcess) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{guard.desk_port}/metrics", timeout=PATIENCE) as response:
        return str(response.read().decode())
