"""What EHLO offers follows the next hop, and what a client says with it goes on."""

from itertools import combinations

import pytest

from tests.smtp.house import House, open_house
from tests.support.dialogue import Dialogue
from tests.support.sink import DROP, EXTENSIONS, Sink

LETTER = b"Subject: hello\r\n\r\nHello\r\n"


async def _offered(client: Dialogue) -> set[bytes]:
    reply = await client.say(b"EHLO client.example")
    return {line[4:] for line in reply.splitlines()}


async def test_only_what_the_next_hop_can_do_is_offered() -> None:
    """A next hop without 8BITMIME, SMTPUTF8 and DSN: none of them is promised, and its smaller SIZE counts."""
    async with open_house(Sink(("SIZE 100000",))) as house, Dialogue(house.port) as client:
        offered = await _offered(client)
    assert offered.isdisjoint({b"8BITMIME", b"SMTPUTF8", b"DSN"})
    assert b"SIZE 95904" in offered


_MIRRORED = ("8BITMIME", "SMTPUTF8", "DSN", "ENHANCEDSTATUSCODES")


@pytest.mark.parametrize(
    "theirs", [names for size in range(5) for names in combinations(_MIRRORED, size)], ids=lambda names: "+".join(names)
)
async def test_every_intersection(theirs: tuple[str, ...]) -> None:
    """Of what only the next hop can make true exactly its own is offered; what is between client and us always is.

    ENHANCEDSTATUSCODES too: its answers are given on word for word, with codes or without.
    """
    async with open_house(Sink((*theirs, "X-ODD", "BINARYMIME"))) as house, Dialogue(house.port) as client:
        offered = {name.split()[0].decode() for name in await _offered(client)}
    assert offered & {*_MIRRORED, "X-ODD", "BINARYMIME"} == set(theirs)
    assert {"PIPELINING", "CHUNKING", "SIZE"} <= offered


@pytest.mark.parametrize(
    ("theirs", "said"),
    [("SIZE", 52428800), ("SIZE 0", 52428800), ("SIZE 100000", 95904), ("SIZE 99999999", 52428800), ("HELP", 52428800)],
)
async def test_the_smaller_size(theirs: str, said: int) -> None:
    """Nothing or 0 is no limit (RFC 1870); else the smaller of the two, with room for the line that we put on top."""
    async with open_house(Sink((theirs,))) as house, Dialogue(house.port) as client:
        assert b"SIZE %d" % said in await _offered(client)


async def test_a_next_hop_that_is_away() -> None:
    """EHLO is answered all the same; MAIL says that it has to wait; and when it is back, all is as it should be."""
    sink = Sink((*EXTENSIONS, "DSN"))
    sink.steps["connect"] = DROP
    async with open_house(sink) as house:
        async with Dialogue(house.port) as client:
            assert b"8BITMIME" in await _offered(client)
            assert (await client.say(b"MAIL FROM:<a@operator.example>")).startswith(b"451 4.4.1 ")
        del sink.steps["connect"]
        async with Dialogue(house.port) as client:
            assert b"DSN" in await _offered(client)


async def test_delivery_status_parameters_go_on_as_they_came() -> None:
    """RET, ENVID, NOTIFY and ORCPT reach a next hop that offers DSN, word for word (RFC 3461)."""
    async with open_house(Sink((*EXTENSIONS, "DSN"))) as house:
        async with Dialogue(house.port) as client:
            assert b"DSN" in await _offered(client)
            await client.say(b"MAIL FROM:<a@operator.example> RET=hdrs ENVID=QQ314159+2B")
            await client.say(b"RCPT TO:<b@example.org> NOTIFY=SUCCESS,delay ORCPT=rfc822;B+2B@example.org")
            await client.say(b"RCPT TO:<c@example.org>")
            assert (await client.message(LETTER)).startswith(b"250 ")
        (message,) = house.sink.messages
        envelope = house.judged[0][0]
    assert message.mail == b"MAIL FROM:<a@operator.example> RET=hdrs ENVID=QQ314159+2B\r\n"
    assert message.rcpt == [
        b"RCPT TO:<b@example.org> NOTIFY=SUCCESS,delay ORCPT=rfc822;B+2B@example.org\r\n",
        b"RCPT TO:<c@example.org>\r\n",
    ]
    assert envelope.recipients == ("b@example.org", "c@example.org")
    assert dict(envelope.recipient_dsn) == {
        "b@example.org": "NOTIFY=SUCCESS,delay ORCPT=rfc822;B+2B@example.org",
    }


@pytest.mark.parametrize(
    "command",
    [
        b"MAIL FROM:<a@operator.example> RET=ALL",
        b"MAIL FROM:<a@operator.example> ENVID=" + b"x" * 101,
        b"MAIL FROM:<a@operator.example> ENVID=a+zz",
        b"RCPT TO:<b@example.org> NOTIFY=NEVER,SUCCESS",
        b"RCPT TO:<b@example.org> NOTIFY",
        b"RCPT TO:<b@example.org> ORCPT=rfc822",
        b"RCPT TO:<b@example.org> ORCPT=rfc822;" + b"x" * 501,
    ],
)
async def test_malformed_delivery_status_parameters(command: bytes) -> None:
    """What RFC 3461 does not know is a syntax error, and never goes on."""
    async with open_house(Sink((*EXTENSIONS, "DSN"))) as house, Dialogue(house.port) as client:
        await client.say(b"EHLO client.example")
        if command.startswith(b"RCPT"):
            await client.say(b"MAIL FROM:<a@operator.example>")
        assert (await client.say(command)).startswith(b"501 5.5.4 ")


async def test_the_client_before_the_client(house: House) -> None:
    """XFORWARD from a trusted server: case and log name its client; trace and rights stay the server's own."""
    async with Dialogue(house.port) as client:
        await client.say(b"EHLO postfix.example")
        said = b"XFORWARD NAME=pc.example ADDR=IPV6:2001:db8::7 HELO=pc+2Eexample PROTO=ESMTP SOURCE=REMOTE"
        assert await client.say(said) == b"250 2.0.0 OK\r\n"
        await client.say(b"MAIL FROM:<a@operator.example>")
        await client.say(b"RCPT TO:<b@example.org>")
        assert (await client.say(b"XFORWARD NAME=x")).startswith(b"503 ")
        await client.message(LETTER)
        await client.say(b"MAIL FROM:<a@operator.example>")
        await client.say(b"RCPT TO:<b@example.org>")
        await client.message(LETTER)
    first, second = (envelope.client for envelope, _ in house.judged)
    assert (first.address, first.helo) == ("2001:db8::7", "pc.example")
    assert (second.address, second.helo) == ("127.0.0.1", "postfix.example")
    assert b"from postfix.example ([127.0.0.1])" in house.sink.messages[0].wire
    assert not any(line.startswith(b"XFORWARD") for line in house.sink.commands)


async def test_an_address_is_nothing_else(house: House) -> None:
    """What stands behind the `%` of a scoped address could be anything, line ends too: such an address is not taken."""
    async with Dialogue(house.port) as client:
        await client.say(b"EHLO relay.example")
        await client.say(b"XFORWARD ADDR=IPV6:fe80::1%x+0D+0AMAIL+20FROM:<evil@example.net>")
        await client.begin()
        await client.message(b"Subject: hello\r\n\r\nHello\r\n")
    assert house.judged[-1][0].client.address == "127.0.0.1"


@pytest.mark.parametrize("said", [b"XFORWARD", b"XFORWARD COLOUR=red", b"XFORWARD ADDR", b"XFORWARD NAME=a+b"])
async def test_malformed_xforward(house: House, said: bytes) -> None:
    """Nothing is half understood."""
    async with Dialogue(house.port) as client:
        await client.say(b"EHLO postfix.example")
        assert (await client.say(said)).startswith(b"501 ")


async def test_strangers_speak_for_nobody() -> None:
    """XFORWARD is neither offered to nor taken from a client outside the trusted networks."""
    async with open_house(trusted_networks=["192.0.2.0/24"]) as house, Dialogue(house.port) as client:
        assert not any(name.startswith(b"XFORWARD") for name in await _offered(client))
        assert (await client.say(b"XFORWARD ADDR=192.0.2.1")).startswith(b"550 5.7.0 ")


async def test_the_next_hop_is_told_who_the_client_was() -> None:
    """To a next hop that offers XFORWARD goes what came by XFORWARD, else the client itself; each for one message."""
    sink = Sink((*EXTENSIONS, "XFORWARD NAME ADDR PROTO HELO SOURCE"))
    async with open_house(sink) as house:
        async with Dialogue(house.port) as client:
            await client.say(b"EHLO a+b.example")
            await client.say(b"XFORWARD ADDR=192.0.2.9 NAME=[UNAVAILABLE] PORT=99")
            for _ in range(2):
                await client.say(b"MAIL FROM:<a@operator.example>")
                await client.say(b"RCPT TO:<b@example.org>")
                assert (await client.message(LETTER)).startswith(b"250 ")
        told = [line for line in house.sink.commands if line.startswith(b"XFORWARD")]
    assert told == [
        b"XFORWARD NAME=[UNAVAILABLE] ADDR=192.0.2.9\r\n",
        b"XFORWARD ADDR=127.0.0.1 HELO=a+2Bb.example SOURCE=REMOTE\r\n",
    ]
