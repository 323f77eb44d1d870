"""The DATA reader alone: any octets, in any pieces."""

import asyncio
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailguard.core.errors import BareLineEnding, MessageTooBig
from mailguard.smtp.data import read_data
from tests.support.dialogue import stuff

PIECES = st.lists(st.sampled_from([b"\r\n", b".", b"\n", b"\r", b"a", b"\0", b"..", b"\r\n.", b"\xff", b"long " * 50]))


async def _read(wire: bytes, cuts: list[int], limit: int = 1 << 20, mode: str = "normalize") -> tuple[bytes, bytes]:
    reader = asyncio.StreamReader(limit=64)
    bounds = sorted({0, len(wire), *(cut % (len(wire) + 1) for cut in cuts)})

    async def feed() -> None:
        for begin, end in pairwise(bounds):
            reader.feed_data(wire[begin:end])
            await asyncio.sleep(0)

    feeding = asyncio.ensure_future(feed())
    try:
        message = await read_data(reader, limit, mode, lambda octets: None)  # type: ignore[arg-type]
    finally:
        await feeding
        reader.feed_eof()
    return message, await reader.read()


@given(PIECES, st.lists(st.integers(0, 10_000), max_size=6))
async def test_any_body_in_any_pieces(pieces: list[bytes], cuts: list[int]) -> None:
    """Any body comes out with bare LF made CRLF, or is refused for bare CR or NUL; what follows stays in the reader."""
    body = b"".join(pieces) + b"\r\n"
    wire = stuff(body) + b".\r\nNOOP\r\n"
    bare = body.replace(b"\r\n", b"")
    if b"\r" in bare or b"\0" in bare:
        with pytest.raises(BareLineEnding):
            await _read(wire, cuts)
        return
    message, rest = await _read(wire, cuts)
    assert message == body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    assert rest == b"NOOP\r\n"


@given(st.integers(0, 300), st.lists(st.integers(0, 10_000), max_size=6))
async def test_size_limit_is_exact(length: int, cuts: list[int]) -> None:
    """The limit counts octets of the message, is exact, and leaves the reader behind the real end."""
    body = b"x" * length + b"\r\n"
    wire = body + b".\r\nNOOP\r\n"
    if len(body) > 100:
        with pytest.raises(MessageTooBig):
            await _read(wire, cuts, limit=100)
    else:
        assert await _read(wire, cuts, limit=100) == (body, b"NOOP\r\n")


async def test_empty_message() -> None:
    """A dot as the first line ends an empty message."""
    assert await _read(b".\r\nNOOP\r\n", [1, 2]) == (b"", b"NOOP\r\n")


async def test_bare_newline_refused_when_told_so() -> None:
    """With `bare_newline = "reject"` a bare LF is refused like a bare CR."""
    with pytest.raises(BareLineEnding):
        await _read(b"a\nb\r\n.\r\n", [], mode="reject")


async def test_hanging_up_before_the_end() -> None:
    """A client that goes in the middle of the message has sent none."""
    reader = asyncio.StreamReader()
    reader.feed_data(b"half a letter\r\n.")
    reader.feed_eof()
    with pytest.raises(ConnectionError):
        await read_data(reader, 1000, "normalize", lambda octets: None)
