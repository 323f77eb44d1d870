"""The doctor's look at the next hop: its line-ending rules, tried live."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from mailguard.core.errors import NextHopError
from mailguard.core.settings import NextHopSettings
from mailguard.relay.probe import probe_next_hop
from tests.support.postfix import start_postfix

TO = "probe@post.example"


@asynccontextmanager
async def _server(ends: tuple[bytes, ...]) -> AsyncIterator[int]:
    """A server that takes each of `ends` for the end of data."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        while line := await reader.readline():
            if line.upper().startswith(b"DATA"):
                writer.write(b"354 go on\r\n")
                seen = b""
                while not any(end in seen for end in ends):
                    piece = await reader.read(1000)
                    if not piece:
                        return
                    seen += piece
            writer.write(b"250 ok\r\n")

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_hop_that_keeps_the_rule_is_well() -> None:
    """Only CRLF.CRLF ends data: each malformed end is met with silence, and nothing is delivered."""
    async with _server((b"\r\n.\r\n",)) as port:
        lines = await probe_next_hop(NextHopSettings(port=port), "localhost", TO)
    assert all(line.well for line in lines)
    assert len(lines) == 7


@pytest.mark.parametrize("end", [b"\n.\n", b"\n.\r\n", b"\r.\r"])
async def test_hop_that_breaks_the_rule_is_named(end: bytes) -> None:
    """The line says which malformed end was honoured, and where to read the mend."""
    async with _server((b"\r\n.\r\n", end)) as port:
        lines = await probe_next_hop(NextHopSettings(port=port), "localhost", TO)
    bad = [line.text for line in lines if not line.well]
    assert bad
    assert all("taken for the end of data (250)" in text and "deploy/postfix" in text for text in bad)


async def test_postfix_with_the_shipped_snippet_is_well() -> None:
    """A real Postfix as `deploy/postfix` sets it up passes each trial, and delivers no probe."""
    with start_postfix() as postfix:
        lines = await probe_next_hop(NextHopSettings(port=postfix.port), "localhost", TO)
        assert [line.text for line in lines if not line.well] == []
        assert postfix.letters == []


async def test_nobody_there_is_a_next_hop_error() -> None:
    """Said as one sentence by the doctor."""
    with pytest.raises(NextHopError):
        await probe_next_hop(NextHopSettings(port=9, timeout=2), "localhost", TO)
