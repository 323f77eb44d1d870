"""Receivers that mean harm, or are merely broken: no further request, no time of ours, and no word into a log."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlmodel import select
from structlog.testing import capture_logs

from mailguard.core.settings import Settings
from mailguard.notices.webhooks import post as posting
from mailguard.notices.webhooks.collect import collect
from mailguard.notices.webhooks.deliver import WebhookWorker
from mailguard.store.store import Store
from mailguard.store.tables.outbox import WebhookRow
from tests.support.letters import hold_letter
from tests.support.web import serve_bytes

SECRET = "4af1c0de-2b5e-secret-of-the-hook"
PATH = "/hooks/t0ken-in-the-path"


def settings(folder: Path, *ports: int) -> Settings:
    """A hook for each port: `hook0` and on."""
    file = folder / "hook.secret"
    file.write_text(SECRET, encoding="utf-8")
    hooks = [
        {"name": f"hook{n}", "url": f"http://127.0.0.1:{port}{PATH}", "secret_file": str(file)}
        for n, port in enumerate(ports)
    ]
    return Settings(notices={"webhooks": hooks})


def worker(store: Store, config: Settings, **more: Any) -> WebhookWorker:
    """A worker that has seen all that there was."""
    collect(store, config)
    return WebhookWorker(store, config, store.clock, **more)


def answers(store: Store) -> list[str]:
    """What is on record of each delivery."""
    with store.reading() as session:
        return [row.last_answer or "" for row in session.exec(select(WebhookRow))]


@pytest.fixture
def inside() -> Iterator[tuple[int, list[bytes]]]:
    """Something else in the house, and what it was asked."""
    asked: list[bytes] = []

    def note(client: socket.socket) -> None:
        asked.append(b"asked")
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with serve_bytes(note) as port:
        yield port, asked


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_leads_into_the_house(
    store: Store, tmp_path: Path, inside: tuple[int, list[bytes]], status: int
) -> None:
    """Nobody else is asked, and the address that it names is nowhere on record."""
    port, asked = inside
    location = f"http://127.0.0.1:{port}/latest/meta-data/".encode()
    head = b"HTTP/1.1 %d Go\r\nLocation: %s\r\nRefresh: 0; url=%s\r\nContent-Length: 0\r\n\r\n"
    with serve_bytes(lambda client: client.sendall(head % (status, location, location))) as elsewhere:
        work = worker(store, settings(tmp_path, elsewhere))
        hold_letter(store)
        assert await work.run_once() == 0
    assert asked == []
    assert answers(store) == [str(status)]


def _without_end(client: socket.socket) -> None:
    with suppress(OSError):
        client.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            client.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")


def _bomb(client: socket.socket) -> None:
    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1000000000000\r\n\r\n\x1f\x8b\x08")


async def test_what_is_answered_is_not_read(store: Store, tmp_path: Path) -> None:
    """An answer without end, and one that says it is packed and huge: its number is all that is wanted."""
    with serve_bytes(_without_end) as endless, serve_bytes(_bomb) as packed:
        work = worker(store, settings(tmp_path, endless, packed))
        hold_letter(store)
        assert await work.run_once() == 2
    assert answers(store) == ["200", "200"]


ODD = {
    "a header without end": b"HTTP/1.1 200 OK\r\n" + b"X-Long: " + b"a" * 300_000,
    "fields without end": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 60_000,
    "news without end": b"HTTP/1.1 100 Continue\r\n\r\n" * 5_000 + b"HTTP/1.1 503 No\r\n\r\n",
    "no HTTP": b"220 mail.example ESMTP\r\n",
    "a number that is none": b"HTTP/1.1 2000 OK\r\n\r\n",
    "a redirect to nowhere": b"HTTP/1.1 302 Go\r\nLocation: http://[::1\r\n\r\n",
    "a redirect to a file": b"HTTP/1.1 302 Go\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n",
    "cookies": b"HTTP/1.1 503 No\r\n" + b"Set-Cookie: a=" + b"; expires=" * 5_000 + b"\r\n\r\n",
    "a date without end": b"HTTP/1.1 503 No\r\nSet-Cookie: a=b; expires=" + b"1-" * 25_000 + b"\r\n\r\n",
    "nothing": b"",
}


@pytest.mark.parametrize("case", ODD)
async def test_odd_answers_are_no_answers(store: Store, tmp_path: Path, case: str) -> None:
    """Not taken, to be tried again; nothing of the answer, the address and the secret is in log or store."""

    def answer(client: socket.socket) -> None:
        with suppress(OSError):
            client.sendall(ODD[case])

    with serve_bytes(answer) as port:
        work = worker(store, settings(tmp_path, port))
        hold_letter(store)
        with capture_logs() as logs:
            assert await work.run_once() == 0
    kept = f"{logs} {answers(store)}"
    for hidden in (PATH, SECRET, "passwd", "ESMTP", "aaaa"):
        assert hidden not in kept


def _drip(client: socket.socket) -> None:
    with suppress(OSError):
        client.settimeout(0.05)
        client.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while True:
            client.sendall(b"a")
            # Waits for the other side to hang up.
            with suppress(TimeoutError):
                if not client.recv(1):
                    return


async def test_an_octet_now_and_then_is_no_answer(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time in all is limited, however often something comes."""
    monkeypatch.setattr(posting, "_SECONDS", 0.5)
    with serve_bytes(_drip) as port:
        work = worker(store, settings(tmp_path, port))
        hold_letter(store)
        assert await work.run_once() == 0
    assert answers(store) == ["TimeoutError"]


async def test_a_slow_hook_holds_up_no_news_for_another(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one is still thinking about the first event, the other hears of the second."""
    monkeypatch.setattr(posting, "_SECONDS", 200)
    monkeypatch.setattr(posting, "_TIMEOUT", httpx.Timeout(200))
    taken: list[bytes] = []
    ok = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

    def think(client: socket.socket) -> None:
        taken.append(b"slow")
        client.settimeout(200)
        client.recv(1)  # until the guard gives up

    def take(client: socket.socket) -> None:
        taken.append(b"quick")
        client.sendall(ok)

    with serve_bytes(think) as slow, serve_bytes(take) as quick:
        work = worker(store, settings(tmp_path, slow, quick), pause=0.05)
        running = asyncio.create_task(work.run())
        try:
            hold_letter(store)
            await _becomes(lambda: sorted(taken) == [b"quick", b"slow"])
            hold_letter(store)
            await _becomes(lambda: sorted(taken) == [b"quick", b"quick", b"slow"])
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1\\@hooks.example/x",
        "http://localhost@hooks.example/x",
        "http://localhost.hooks.example/x",
        "http://127.0.0.1.hooks.example/x",
        "http://[::ffff:169.254.169.254]/latest/meta-data/",
        "http://169.254.169.254/latest/meta-data/",
        "http://localhost%2ehooks.example/x",
        "http://127.0.0.1:80:80/",
        "https://:secret@hooks.example/x",
        "https://hooks.example:99999/x",
        "file:///etc/passwd",
    ],
)
def test_no_address_that_two_programs_read_differently(tmp_path: Path, url: str) -> None:
    """Plain HTTP is for this machine itself, however another is disguised; the refusal does not quote the address."""
    with pytest.raises(ValueError, match="webhooks") as error:
        Settings(notices={"webhooks": [{"name": "chat", "url": url, "secret_file": str(tmp_path / "x")}]})
    assert "meta-data" not in str(error.value.errors()[0]["msg"])  # type: ignore[attr-defined]


async def _becomes(true: Any) -> None:
    for _ in range(2400):
        if true():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it did not come to pass")
