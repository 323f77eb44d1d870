"""A whole guard with a crowd at its door: thousands that say nothing, and senders of an octet now and then."""

import asyncio
import resource
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.app.conftest import furnish
from tests.support.dialogue import Dialogue
from tests.support.guard import make_guard
from tests.support.letters import CUSTOMER, SENDER, write_letter
from tests.support.need import missing
from tests.support.sink import Sink

_IDLE, _SLOW, _OTHERS = 2_000, 50, 20
_MOST = _IDLE + _SLOW + _OTHERS
_OF_ITS_OWN = 500
"""File descriptors for everything else, here as in the guard."""
LETTER = write_letter("Hei Matti Virtanen,\n\nasiakasnumero: 1001\n")
SLOW_LETTER = write_letter("Hei Matti Virtanen,\n\nasiakasnumero: 1001\n", subject="Drop by drop")
ENVELOPE = (f"MAIL FROM:<{SENDER}>".encode(), f"RCPT TO:<{CUSTOMER}>".encode())


_OF_A_SHELL = 1024


@pytest.fixture
def hard_limit() -> Iterator[int]:
    """The most file descriptors that this machine allows; the limit is put back."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    if before[1] != resource.RLIM_INFINITY and before[1] < _MOST + _OF_ITS_OWN:
        missing(f"no more than {before[1]} file descriptors are allowed here")
    yield before[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


async def _come(stack: AsyncExitStack, port: int, number: int) -> list[Dialogue]:
    """So many connections, each greeted."""
    clients = []
    for _ in range(0, number, 50):
        clients += await asyncio.gather(*(stack.enter_async_context(Dialogue(port)) for _ in range(50)))
    assert {client.greeting[:4] for client in clients} == {b"220 "}
    return clients


async def test_others_are_served_beside_a_crowd(tmp_path: Path, hard_limit: int) -> None:
    """2,000 idle connections and 50 that drip: others come, have their mail passed on, and go, while these wait.

    All by default, `smtp.max_connections` too. Nobody of the crowd is lost over it: each slow one has its 250 in the
    end, each idle one an answer.
    """
    async with Sink() as sink:
        guard = furnish(make_guard(tmp_path, sink.port))
        # The guard gets what a login shell has, and asks for more by itself.
        resource.setrlimit(resource.RLIMIT_NOFILE, (_OF_A_SHELL, hard_limit))
        with guard.serving():
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard_limit, hard_limit))
            async with AsyncExitStack() as stack:
                idle = await _come(stack, guard.smtp_port, _IDLE)
                slow = await _come(stack, guard.smtp_port, _SLOW)
                for command in (b"EHLO slow.example", *ENVELOPE, b"DATA"):
                    assert {(await client.say(command))[:3] for client in slow} <= {b"250", b"354"}
                for number in range(_OTHERS):
                    for client in slow:
                        client.send(SLOW_LETTER[number : number + 1])
                    async with Dialogue(guard.smtp_port) as other:
                        assert other.greeting.startswith(b"220 ")
                        replies = await other.begin(SENDER.encode(), CUSTOMER.encode())
                        assert [reply[:3] for reply in replies] == [b"250", b"250"]
                        assert (await other.message(LETTER)).startswith(b"250 2.0.0 Ok: queued as SINK1")
                        assert (await other.say(b"QUIT")).startswith(b"221 ")
                    assert len(sink.messages) == number + 1
                for client in slow:
                    client.send(SLOW_LETTER[_OTHERS:] + b".\r\n")
                for client in slow:
                    assert (await client.reply()).startswith(b"250 2.0.0 Ok: queued as SINK1")
                assert len(sink.messages) == _OTHERS + _SLOW
                for client in idle:
                    assert await client.say(b"NOOP") == b"250 2.0.0 OK\r\n"
