"""SMTP smuggling: whatever looks like an end of data to somebody, one DATA is one message (promise 7)."""

import ssl
from pathlib import Path

import pytest

from tests.smtp.house import House, open_house, tls_settings, without_trace
from tests.support.dialogue import Dialogue

ENDS = [
    b"\n.\n",
    b"\n.\r\n",
    b"\n.\r",
    b"\r.\r",
    b"\r.\r\n",
    b"\r.\n",
    b"\r\n.\r",
    b"\r\n.\n",
    b"\r\n.\r\r\n",
    b"\r\n\x00.\r\n",
    b"\r\n.\x00\r\n",
    b"\x00\r\n.\n",
    b"\r\n.\r\x00\n",
    b"\r\x00\n.\r\n",
    b"\r\n. \r\n",
    b"\r\n.\t\r\n",
    b"\r\n..\r\n",
    b"\r\n.\x0b\r\n",
    b"\r\n.\x85\r\n",
    b"\xe2\x80\xa8.\xe2\x80\xa8",
    b"\r\n\xef\xbb\xbf.\r\n",
    b"\n\r\n.\n\r\n",
    b"\r\n.\r \n",
]
"""Ends of data that some server has taken for one, or might."""
SMUGGLED = b"MAIL FROM:<ceo@operator.example>\r\nRCPT TO:<victim@example.net>\r\nDATA\r\nSubject: pay\r\n\r\nnow"


def _has_only_crlf(wire: bytes) -> bool:
    lines = wire.count(b"\r\n")
    return wire.count(b"\r") == lines == wire.count(b"\n") and b"\0" not in wire


async def _try(house: House, client: Dialogue, end: bytes) -> bytes:
    await client.begin()
    reply = await client.message(b"Subject: first\r\n\r\nhello" + end + SMUGGLED + b"\r\n")
    assert await client.say(b"NOOP") == b"250 2.0.0 OK\r\n"
    return reply


@pytest.mark.parametrize("end", ENDS, ids=repr)
@pytest.mark.parametrize("mode", ["normalize", "reject"])
async def test_no_second_message(end: bytes, mode: str) -> None:
    """No malformed end of data makes a second message, a second sender or a bare line end behind us."""
    async with open_house(bare_newline=mode) as house, Dialogue(house.port) as client:
        reply = await _try(house, client, end)
        refused = reply.startswith(b"550 5.5.2 ")
        assert refused == (b"\0" in end or b"\r" in end.replace(b"\r\n", b"") or (mode == "reject" and not _clean(end)))
        assert len(house.sink.messages) == (0 if refused else 1)
        assert not any(b"ceo@operator.example" in line for line in house.sink.commands)
        assert all(_has_only_crlf(message.wire) for message in house.sink.messages)
        assert all(b"victim@example.net" in raw for _, raw in house.judged), "what was smuggled is judged as text"


def _clean(end: bytes) -> bool:
    return b"\n" not in end.replace(b"\r\n", b"")


@pytest.mark.parametrize("end", ENDS, ids=repr)
async def test_the_same_under_tls(end: bytes, certificate: tuple[Path, Path]) -> None:
    """TLS changes nothing about where a message ends."""
    context = ssl.create_default_context(cafile=str(certificate[0]))
    async with open_house(**tls_settings(certificate)) as house, Dialogue(house.port) as client:
        await client.say(b"EHLO client.example")
        await client.start_tls(context)
        reply = await _try(house, client, end)
        assert len(house.sink.messages) == int(reply.startswith(b"250"))
        assert all(_has_only_crlf(message.wire) for message in house.sink.messages)
        assert not any(b"ceo@operator.example" in line for line in house.sink.commands)


@pytest.mark.parametrize(
    ("end", "becomes"),
    # After CRLF a first dot is the transparency dot, whatever follows it.
    [(b"\n.\r\n", b"\r\n.\r\n"), (b"\r\n.\n", b"\r\n\r\n")],
)
async def test_end_split_over_packets(house: House, end: bytes, becomes: bytes) -> None:
    """An end of data that comes octet by octet is read like one that comes at once, the real one too."""
    async with Dialogue(house.port) as client:
        await client.begin()
        assert (await client.say(b"DATA")).startswith(b"354")
        for octet in b"a" + end + b"b\r\n.\r\n":
            client.send(bytes([octet]))
            await client._writer.drain()
        assert (await client.reply()).startswith(b"250 ")
    (message,) = house.sink.messages
    assert without_trace(message.body) == b"a" + becomes + b"b\r\n"


async def test_commands_before_starttls_are_not_carried_over(certificate: tuple[Path, Path]) -> None:
    """What was injected in plain text behind STARTTLS is thrown away (RFC 3207, section 4.2)."""
    context = ssl.create_default_context(cafile=str(certificate[0]))
    async with open_house(**tls_settings(certificate)) as house, Dialogue(house.port) as client:
        await client.say(b"EHLO client.example")
        client.send(b"STARTTLS\r\nMAIL FROM:<evil@example.net>\r\n")
        assert (await client.reply()).startswith(b"220")
        await client._writer.start_tls(context, server_hostname="localhost")
        assert await client.say(b"NOOP") == b"250 2.0.0 OK\r\n"
        assert house.sink.verbs() == ["EHLO"]
