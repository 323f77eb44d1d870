"""What goes over a connection to the next hop, octet by octet: a server here that says exactly what it is told to."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailguard.core.answer import Answer
from mailguard.core.envelope import Client
from mailguard.core.settings import NextHopSettings
from mailguard.relay.deliver import deliver
from mailguard.relay.next_hop import NextHop
from mailguard.relay.replies import Replies
from tests.relay.test_deliver import RAW, TWO
from tests.support.loop_clock import put_forward

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def connected(serve: Serve) -> AsyncIterator[Replies]:
    """A connection to a server that does what `serve` does."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, "127.0.0.1", port)
    replies = Replies(transport)
    yield replies
    replies.close()
    server.close()


def saying(*pieces: bytes) -> Serve:
    """A server that answers whatever comes with these pieces, each in a packet of its own."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.01)
        await reader.read(1000)
        writer.close()

    return serve


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(cuts=st.lists(st.integers(0, 60), max_size=4))
async def test_replies_in_any_pieces(cuts: list[int]) -> None:
    """Two replies, one of several lines, are the same two however the network cuts them."""
    wire = b"250-2.0.0 one\r\n250-\xff two\r\n250 three \r\n554 5.7.1 no\r\n"
    edges = [0, *sorted(cuts), len(wire)]
    pieces = [wire[a:b] for a, b in pairwise(edges) if wire[a:b]]
    async with connected(saying(*pieces)) as replies:
        first, second = await replies.ask(b"A\r\nB\r\n", 60, 2)
    assert first == Answer(250, ("2.0.0 one", "\udcff two", "three"))
    assert second == Answer(554, ("5.7.1 no",))


@pytest.mark.parametrize(
    "wire", [b"hello\r\n", b"\r\n", b"25 x\r\n", b"2500 x\r\n", b"x" * 9000, b"250-x\r\n" * 20_000]
)
async def test_what_is_no_reply_ends_it(wire: bytes) -> None:
    """Garbage and replies without end close the connection; nobody hears a made-up answer."""
    async with connected(saying(wire)) as replies:
        with pytest.raises(OSError, match="reply"):
            await replies.ask(b"NOOP\r\n", 60)
        assert not replies.open


async def test_a_reply_too_many_ends_it() -> None:
    """What nobody asked for would be the answer to the next command: that one is not sent any more."""
    async with connected(saying(b"250 ok\r\n421 4.3.2 bye\r\n")) as replies:
        assert [answer.code for answer in await replies.ask(b"NOOP\r\n", 60)] == [250]
        while replies.open:
            await asyncio.sleep(0.01)
        with pytest.raises(ConnectionResetError):
            await replies.ask(b"NOOP\r\n", 60)


async def test_a_waiter_who_goes_ends_it() -> None:
    """The reply that comes to a cancelled command is never taken for another's."""
    async with connected(saying(b"250 late\r\n")) as replies:
        asking = asyncio.create_task(replies.ask(b"NOOP\r\n", 60))
        await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert not replies.open


async def test_silence_ends_it() -> None:
    """A server that says nothing is given up after the seconds allowed."""
    async with connected(saying(b"250-not yet\r\n")) as replies:
        with pytest.raises(OSError, match="in time"):
            await replies.ask(b"NOOP\r\n", 0.2)
        assert not replies.open


async def test_each_command_has_its_own_time() -> None:
    """A long time after a short one is not cut, a short one after a long one ends when it is over."""
    asked = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for reply in (b"250 one\r\n", b"250 two\r\n"):
            await reader.read(1000)
            await asked.wait()
            writer.write(reply)
        await reader.read(1000)
        await reader.read(1000)
        writer.close()

    async with connected(serve) as replies:
        asked.set()
        assert [answer.lines for answer in await replies.ask(b"A\r\n", 10)] == [("one",)]
        asked.clear()
        waiting = asyncio.create_task(replies.ask(b"B\r\n", 60))
        await asyncio.sleep(0)
        put_forward(20)
        await asyncio.sleep(0.05)
        asked.set()
        assert [answer.lines for answer in await waiting] == [("two",)]
        with pytest.raises(OSError, match="in time"):
            await replies.ask(b"C\r\n", 0.2)


@pytest.mark.parametrize("pipelining", [True, False])
async def test_commands_in_one_packet_where_that_is_offered(pipelining: bool) -> None:
    """XFORWARD and MAIL are one packet for a server with PIPELINING; for others each waits for the reply before it."""
    packets: list[bytes] = []
    offered = b"250-PIPELINING\r\n" if pipelining else b""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hop\r\n")
        while packet := await reader.read(10_000):
            packets.append(packet)
            for line in packet.splitlines():
                if line.startswith(b"EHLO"):
                    writer.write(b"250-hop\r\n" + offered + b"250 XFORWARD ADDR HELO\r\n")
                elif line.startswith(b"XFORWARD"):
                    writer.write(b"501 5.5.4 not now\r\n")
                elif line == b"DATA":
                    writer.write(b"354 go\r\n")
                elif line == b"." or line[:4] in (b"MAIL", b"RCPT"):
                    writer.write(b"250 2.0.0 ok\r\n")

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    hop = NextHop(NextHopSettings(port=server.sockets[0].getsockname()[1], timeout=30), "guard.example")
    answers = await deliver(hop, replace(TWO, client=Client("192.0.2.1", "pc")), RAW)
    await hop.close()
    server.close()
    assert all(answer.ok for answer in answers.values()), "a refused XFORWARD is no condition for mail"
    together = [packet for packet in packets if packet.startswith(b"XFORWARD")]
    assert len(together) == 1
    assert (b"MAIL FROM" in together[0]) is pipelining
