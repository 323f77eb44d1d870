"""BDAT (RFC 3030): announced octets are read to the last one, and nothing among them is a command or an end."""

import pytest

from tests.smtp.house import House, open_house, without_trace
from tests.support.dialogue import Dialogue

LETTER = b"Subject: hello\r\n\r\nHello\r\n.\r\nMAIL FROM:<evil@example.net>\r\n..\r\nbye\r\n"


async def _chunk(client: Dialogue, octets: bytes, last: bool = False) -> bytes:
    client.send(b"BDAT %d%s\r\n" % (len(octets), b" LAST" * last) + octets)
    return await client.reply()


async def test_chunks_arrive_as_one_message(house: House) -> None:
    """Lines that would end DATA are text here, and reach the next hop as text."""
    async with Dialogue(house.port) as client:
        await client.begin()
        assert await _chunk(client, LETTER[:20]) == b"250 2.0.0 20 octets received\r\n"
        assert await _chunk(client, LETTER[20:]) == b"250 2.0.0 %d octets received\r\n" % len(LETTER[20:])
        assert await _chunk(client, b"", last=True) == b"250 2.0.0 Ok: queued as SINK1\r\n"
    (message,) = house.sink.messages
    assert without_trace(message.body) == LETTER
    assert house.sink.verbs().count("MAIL") == 1


async def test_all_at_once(house: House) -> None:
    """A client that does not wait (PIPELINING) has each chunk answered in turn."""
    async with Dialogue(house.port) as client:
        await client.begin()
        client.send(b"BDAT 9\r\nSubject: BDAT 6 LAST\r\n\r\n\r\nhi" + b"NOOP\r\n")
        assert (await client.reply()).startswith(b"250 2.0.0 9 octets")
        assert (await client.reply()).startswith(b"250 2.0.0 Ok: queued")
        assert await client.reply() == b"250 2.0.0 OK\r\n"
    assert without_trace(house.sink.messages[0].body) == b"Subject: \r\n\r\nhi\r\n"


async def test_chunks_without_a_transaction(house: House) -> None:
    """The octets are read and thrown away; they are no commands."""
    async with Dialogue(house.port) as client:
        await client.say(b"EHLO client.example")
        assert (await _chunk(client, b"MAIL FROM:<evil@example.net>\r\n", last=True)).startswith(b"503 ")
        assert await client.say(b"NOOP") == b"250 2.0.0 OK\r\n"
    assert "MAIL" not in house.sink.verbs()


async def test_no_recipient_was_accepted(house: House) -> None:
    """As with DATA."""
    house.sink.steps["rcpt"] = b"550 5.1.1 unknown\r\n"
    async with Dialogue(house.port) as client:
        await client.begin()
        assert (await _chunk(client, LETTER, last=True)).startswith(b"554 5.5.1 ")


async def test_what_comes_behind_a_refused_chunk_is_no_message(house: House) -> None:
    """A letter whose beginning was thrown away is not sent without it, though recipients are found meanwhile."""
    async with Dialogue(house.port) as client:
        await client.say(b"EHLO client.example")
        await client.say(b"MAIL FROM:<a@operator.example>")
        assert (await _chunk(client, LETTER)).startswith(b"554 5.5.1 ")
        assert (await client.say(b"RCPT TO:<b@example.org>")).startswith(b"503 ")
        assert (await _chunk(client, b"the rest\r\n", last=True)).startswith(b"503 ")
    assert house.sink.messages == []


async def test_data_and_chunks_do_not_mix(house: House) -> None:
    """RFC 3030, section 2: DATA after BDAT is out of order; RSET makes room for it."""
    async with Dialogue(house.port) as client:
        await client.begin()
        await _chunk(client, b"Subject: half\r\n")
        assert (await client.say(b"DATA")).startswith(b"503 ")
        await client.say(b"RSET")
        await client.begin()
        assert (await client.message(b"Subject: whole\r\n\r\n")).startswith(b"250 ")
    assert without_trace(house.sink.messages[0].body) == b"Subject: whole\r\n\r\n"


async def test_too_many_octets() -> None:
    """Beyond the limit: all of the chunk is read, the transaction is over, and the connection goes on."""
    async with open_house(max_message_bytes=2000) as house, Dialogue(house.port) as client:
        await client.begin()
        await _chunk(client, b"x" * 1500)
        assert (await _chunk(client, b"QUIT\r\n" * 100)).startswith(b"552 5.3.4 ")
        assert (await _chunk(client, b"", last=True)).startswith(b"503 ")
        assert await client.say(b"NOOP") == b"250 2.0.0 OK\r\n"
        assert house.sink.messages == []


@pytest.mark.parametrize("argument", [b"", b" x", b" -1", b" 0x10 LAST", b" 1e3", b" 5 FIRST", "\u0661".encode()])
async def test_a_size_that_is_none(house: House, argument: bytes) -> None:
    """Nobody knows what follows, so the connection ends: the octets are not taken for commands."""
    async with Dialogue(house.port) as client:
        await client.begin()
        client.send(b"BDAT" + argument + b"\r\nRSET\r\nMAIL FROM:<evil@example.net>\r\n")
        assert (await client.reply())[:3] in (b"421", b"500")
        if argument != "\u0661".encode():
            assert await client.reply() == b""
    assert all(b"evil" not in line for line in house.sink.commands)


@pytest.mark.parametrize("octets", [b"Subject: a\r\n\r\nbare\rcr\r\n", b"Subject: a\r\n\r\nnul\0\r\n", b"end\r"])
async def test_line_ends_are_as_strict_as_in_data(house: House, octets: bytes) -> None:
    """Bare CR and NUL are refused; they never reach the next hop (promise 7)."""
    async with Dialogue(house.port) as client:
        await client.begin()
        assert (await _chunk(client, octets, last=True)).startswith(b"550 5.5.2 ")
    assert house.sink.messages == []


async def test_bare_line_feeds_are_made_whole(house: House) -> None:
    """`LF.LF` in a chunk reaches the next hop as text between CRLFs."""
    async with Dialogue(house.port) as client:
        await client.begin()
        await _chunk(client, b"Subject: a\n\nend\n.\nMAIL FROM:<evil@example.net>\n", last=True)
    assert without_trace(house.sink.messages[0].body) == (
        b"Subject: a\r\n\r\nend\r\n.\r\nMAIL FROM:<evil@example.net>\r\n"
    )


async def test_a_client_that_hangs_up_within_a_chunk(house: House) -> None:
    """Nothing half-made is left: no message, and the next client is served."""
    async with Dialogue(house.port) as client:
        await client.begin()
        client.send(b"BDAT 1000 LAST\r\nSubject: ha")
    async with Dialogue(house.port) as client:
        await client.begin()
        assert (await client.message(b"Subject: b\r\n\r\n")).startswith(b"250 ")
    assert len(house.sink.messages) == 1
