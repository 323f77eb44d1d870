"""Connections that say nothing, or nearly nothing, or too many of them: they end, and everybody else is served."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

import httpx
import pytest
from fastapi import FastAPI

from mailguard.app import desk_connections
from mailguard.app.desk_server import DeskServer
from mailguard.desk.queue.live import Live
from tests.desk.conftest import Browser

WHOLE = b"GET /healthz HTTP/1.1\r\nHost: desk.example\r\n\r\n"


@pytest.fixture
async def served(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DeskServer]:
    """A desk of little patience."""
    monkeypatch.setattr(desk_connections, "REQUEST_SECONDS", 0.5)
    monkeypatch.setattr(desk_connections, "MOST_CONNECTIONS", 10)
    app.state.desk.__dict__["live"] = Live(app.state.desk.store, 60, seconds=0.02)
    async with DeskServer(app, "127.0.0.1:0") as server:
        yield server


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: desk.example\r\nX-Slow: ",
        b"POST /login HTTP/1.1\r\nHost: desk.example\r\nContent-Length: 100\r\n\r\nname=",
        b"POST /login HTTP/1.1\r\nHost: desk.example\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nname=\r\n",
        WHOLE + b"GET / HTTP/1.1\r\nX-Slow: ",
        WHOLE + WHOLE + b"P",
    ],
)
@pytest.mark.parametrize("drips", [False, True])
async def test_who_does_not_come_to_the_point_is_left(served: DeskServer, said: bytes, drips: bool) -> None:
    """Silent, half a header, half a body, half a second request; at once, or an octet now and then: it is hung up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    writer.write(said)

    async def drip() -> None:
        with suppress(OSError):
            while drips:
                await asyncio.sleep(0.1)
                writer.write(b"1")
                await writer.drain()

    dripping = asyncio.create_task(drip())
    try:
        with suppress(ConnectionResetError):
            await asyncio.wait_for(reader.read(), 120)
    finally:
        dripping.cancel()
        writer.close()


async def test_others_are_served_meanwhile(served: DeskServer) -> None:
    """Of a crowd that says nothing only so many stay, and when they are gone there is room as before."""
    crowd = [await asyncio.open_connection("127.0.0.1", served.port) for _ in range(60)]
    for reader, _ in crowd:
        with suppress(ConnectionResetError):
            assert await asyncio.wait_for(reader.read(), 120) == b""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{served.port}", trust_env=False, timeout=120) as client:
        assert (await client.get("/healthz")).status_code == 200
    for _, writer in crowd:
        writer.close()


async def test_who_waits_for_us_is_not_left(served: DeskServer, logged_in: Callable[[str], Browser]) -> None:
    """A stream goes on long after the request has come, though its browser says nothing more."""
    browser = logged_in("sofia")
    cookies = {cookie.name: cookie.value or "" for cookie in browser.cookies.jar}
    base = f"http://127.0.0.1:{served.port}"
    async with httpx.AsyncClient(base_url=base, cookies=cookies, trust_env=False, timeout=120) as client:
        async with client.stream("GET", "/cases/events") as stream:
            signs = 0
            async for line in stream.aiter_lines():
                signs += line == ":"
                if signs == 20:  # each after five looks: four times as long as a request may take
                    break
        assert signs == 20
