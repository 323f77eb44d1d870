"""A client that goes, at every step: nothing half-made is left, neither here nor at the next hop."""

import asyncio
import socket
import struct

import pytest

from mailguard.core.verdict import Verdict
from tests.smtp.house import House
from tests.support.dialogue import Dialogue

LETTER = b"Subject: hello\r\n\r\nHello\r\n"
HELLO, MAIL, RCPT = b"EHLO client.example", b"MAIL FROM:<clerk@operator.example>", b"RCPT TO:<anna@example.org>"
BEGUN = (HELLO, MAIL, RCPT)
STEPS: dict[str, tuple[tuple[bytes, ...], bytes]] = {
    "nothing": ((), b""),
    "half a command": ((), b"EHL"),
    "EHLO": ((HELLO,), b""),
    "MAIL": ((HELLO, MAIL), b""),
    "RCPT": (BEGUN, b""),
    "DATA": ((*BEGUN, b"DATA"), b""),
    "half a header": ((*BEGUN, b"DATA"), b"Subject: hel"),
    "half a line": ((*BEGUN, b"DATA"), LETTER[:-4]),
    "before the dot": ((*BEGUN, b"DATA"), LETTER),
    "the dot alone": ((*BEGUN, b"DATA"), LETTER + b"."),
    "half the end": ((*BEGUN, b"DATA"), LETTER + b".\r"),
    "half a BDAT": (BEGUN, b"BDAT 100 LAST\r\n" + LETTER),
    "a chunk, not the last": ((*BEGUN, b"BDAT 8\r\nSubject:"), LETTER[8:]),
}
"""Commands that were answered, and what was said behind them before the client went."""
WHOLE = {
    "the end": ((*BEGUN, b"DATA"), LETTER + b".\r\n"),
    "the last chunk": (BEGUN, b"BDAT %d LAST\r\n" % len(LETTER) + LETTER),
}


async def _say(client: Dialogue, step: tuple[tuple[bytes, ...], bytes]) -> None:
    for command in step[0]:
        client.send(command if command.startswith(b"BDAT") else command + b"\r\n")
        assert (await client.reply())[:1] in b"23"
    client.send(step[1])
    await client._writer.drain()


def _reset(client: Dialogue) -> None:
    """Hang up by RST instead of FIN."""
    own: socket.socket = client._writer.get_extra_info("socket")
    own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client._writer.transport.abort()


async def _nobody_is_left(house: House) -> None:
    async with asyncio.timeout(120):
        while house.door._sessions or house.door._tasks:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("rudely", [False, True], ids=["closed", "reset"])
async def test_before_the_end_it_never_was(house: House, step: str, rudely: bool) -> None:
    """Nothing is judged or passed on, by FIN or by RST; the next client's message is alone in its transaction."""
    async with Dialogue(house.port) as client:
        await _say(client, STEPS[step])
        if rudely:
            _reset(client)
    await _nobody_is_left(house)
    assert (house.judged, house.sink.messages, house.outcomes) == ([], [], [])
    async with Dialogue(house.port) as client:
        await client.begin(b"other@operator.example", b"bob@example.org")
        assert (await client.message(LETTER)).startswith(b"250 ")
    (message,) = house.sink.messages
    assert message.rcpt == [b"RCPT TO:<bob@example.org>\r\n"]
    assert house.sink.connections == 1


@pytest.mark.parametrize("step", WHOLE)
async def test_who_says_no_more_may_still_listen(house: House, step: str) -> None:
    """A client that says everything at once and shuts its side (simple scripts and devices do): all of it is carried
    out and answered, and then the connection ends."""
    commands, rest = WHOLE[step]
    async with Dialogue(house.port) as client:
        client.send(b"".join(command + b"\r\n" for command in commands) + rest + b"QUIT\r\n")
        client._writer.write_eof()
        said = await asyncio.wait_for(client._reader.read(-1), 120)
    assert b"\r\n250 2.0.0 Ok: queued as SINK1\r\n" in said
    assert len(house.sink.messages) == 1
    await _nobody_is_left(house)


@pytest.mark.parametrize("verdict", [Verdict.PASS, Verdict.HOLD])
@pytest.mark.parametrize("step", WHOLE)
async def test_behind_the_end_it_is_done_whole(house: House, step: str, verdict: Verdict) -> None:
    """Once the end was read the message is passed on, or held, exactly once, though nobody hears of it."""
    house.verdict, house.judging = verdict, asyncio.Event()
    async with Dialogue(house.port) as client:
        await _say(client, WHOLE[step])
        await house.asked.wait()
        _reset(client)
    house.judging.set()
    await _nobody_is_left(house)
    assert (len(house.judged), len(house.outcomes)) == (1, 1)
    assert (len(house.sink.messages), len(house.held)) == ((1, 0) if verdict is Verdict.PASS else (0, 1))
