"""Clients that make too many connections or mistakes, or come in drop by drop; and TLS from the first octet."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import uvloop

from tests.smtp.house import House, open_house, tls_settings
from tests.support.certificate import make_certificate
from tests.support.dialogue import Dialogue

LETTER = b"Subject: hello\r\n\r\nHello\r\n"


async def test_connections_of_one_client() -> None:
    """One too many from an address is sent away; when another has gone there is room again."""
    async with open_house(max_connections_per_client=2) as house:
        async with Dialogue(house.port), Dialogue(house.port) as second:
            async with Dialogue(house.port) as third:
                assert third.greeting == b"421 4.7.0 too many connections from your address\r\n"
            assert (await second.say(b"NOOP")).startswith(b"250")
        greeting = b""
        while not greeting.startswith(b"220 "):
            # The door learns in its own time that the others have gone.
            await asyncio.sleep(0.02)
            async with Dialogue(house.port) as client:
                greeting = client.greeting


async def test_too_many_errors(house: House) -> None:
    """The twentieth refused command is the last, and what was pipelined behind it is not carried out."""
    async with Dialogue(house.port) as client:
        await client.say(b"EHLO client.example")
        for _ in range(19):
            assert (await client.say(b"MAIL FROM:nonsense nonsense")).startswith(b"5")
        client.send(b"RCPT TO:<b@example.org>\r\nMAIL FROM:<a@operator.example>\r\n")
        assert await client.reply() == b"421 4.7.0 too many errors\r\n"
        assert await client.reply() == b""
    assert "MAIL" not in house.sink.verbs()


async def test_refused_recipients_are_no_errors(house: House) -> None:
    """A newsletter may have more dead addresses than a client may make mistakes."""
    house.sink.steps["rcpt"] = lambda line: b"550 5.1.1 unknown\r\n" if b"dead" in line else b"250 2.1.5 fine\r\n"
    async with Dialogue(house.port) as client:
        await client.begin(b"news@operator.example", *(b"dead%d@example.org" % number for number in range(30)))
        assert (await client.say(b"RCPT TO:<alive@example.org>")).startswith(b"250")
        assert (await client.message(LETTER)).startswith(b"250 ")


async def test_a_message_that_trickles_in(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sender of one octet now and then does not keep its place for ever."""
    monkeypatch.setattr("mailguard.smtp.connection._PATIENCE", 0.2)
    async with Dialogue(house.port) as client:
        await client.begin()
        await client.say(b"DATA")
        client.send(b"x")
        await asyncio.sleep(0.3)
        client.send(b"x")
        assert await client.reply() == b"421 4.4.2 the message comes too slowly\r\n"
        assert await client.reply() == b""
    assert house.sink.messages == []


async def test_header_section_too_big() -> None:
    """One field too many is 552 and is judged by nobody; a body of the same size is none of the header's business."""
    async with open_house(max_header_bytes=2000) as house, Dialogue(house.port) as client:
        fields = b"".join(b"X-%d: %s\r\n y\r\n" % (number, b"z" * 80) for number in range(30))
        for letter, answer in (
            (fields + b"\r\nHello\r\n", b"552 5.3.4 header section too big\r\n"),
            (fields, b"552 5.3.4 "),
            (b"X: " + b"z" * 3000 + b"\r\n\r\nHello\r\n", b"552 5.3.4 "),
            (LETTER + fields * 10, b"250 "),
            (b"no field at all " * 1000 + b"\r\n" + fields, b"250 "),
            (fields[:1900].rsplit(b"\r\n", 1)[0] + b"\r\n\r\nHello\r\n", b"250 "),
        ):
            await client.begin()
            assert (await client.message(letter)).startswith(answer)
        assert len(house.judged) == 3


async def test_a_connection_that_lasts_too_long() -> None:
    """It ends by itself with 421, however young its last command is."""
    async with open_house(lifetime=0.3) as house, Dialogue(house.port) as client:
        said = client.greeting + await client.reply()
        assert said.endswith(b"421 4.4.2 the connection has lasted too long\r\n")
        assert await client.closed()


async def test_a_message_under_way_has_its_answer_first(house: House) -> None:
    """While a message comes in or is judged a connection does not end; behind the answer it does."""
    house.judging = asyncio.Event()
    async with Dialogue(house.port) as client:
        await client.begin()
        await client.say(b"DATA")
        (session,) = house.door._sessions
        session._outlive()
        client.send(LETTER + b".\r\n")
        await house.asked.wait()
        session._outlive()
        house.judging.set()
        assert (await client.reply()).startswith(b"250 ")
        assert (await client.reply()).startswith(b"421 4.4.2 ")
        assert await client.closed()
    assert len(house.sink.messages) == 1


async def test_tls_from_the_first_octet(certificate: tuple[Path, Path]) -> None:
    """`listen_tls` speaks TLS at once (RFC 8314), offers no STARTTLS there, and satisfies `require_tls`."""
    context = ssl.create_default_context(cafile=str(certificate[0]))
    async with open_house(**tls_settings(certificate), listen_tls=["127.0.0.1:0"], require_tls=True) as house:
        async with Dialogue(house.door.ports[1], tls=context) as client:
            reply = await client.say(b"EHLO client.example")
            assert b"STARTTLS" not in reply
            assert b"AUTH PLAIN" in reply
            await client.begin()
            assert (await client.message(LETTER)).startswith(b"250 ")
        assert b"with ESMTPS id" in house.sink.messages[0].wire


async def test_no_tls_older_than_1_2(certificate: tuple[Path, Path]) -> None:
    """A client that can do TLS 1.1 and no later does not get through the handshake."""
    context = ssl.create_default_context(cafile=str(certificate[0]))
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    async with open_house(**tls_settings(certificate), listen_tls=["127.0.0.1:0"]) as house:
        with pytest.raises((OSError, ssl.SSLError)):
            async with Dialogue(house.door.ports[1], tls=context):
                pass
    assert house.door.tls_context is not None
    assert house.door.tls_context.minimum_version is ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("at_once", [False, True], ids=["STARTTLS", "implicit"])
async def test_tls_1_2_and_1_3(certificate: tuple[Path, Path], at_once: bool, version: ssl.TLSVersion) -> None:
    """Each goes through at both doors, and is the version that was agreed on."""
    context = ssl.create_default_context(cafile=str(certificate[0]))
    context.minimum_version = context.maximum_version = version
    async with (
        open_house(**tls_settings(certificate), listen_tls=["127.0.0.1:0"]) as house,
        Dialogue(house.door.ports[at_once], tls=context if at_once else None) as client,
    ):
        await client.say(b"EHLO client.example")
        if not at_once:
            await client.start_tls(context)
        await client.begin()
        assert (await client.message(LETTER)).startswith(b"250 ")
        secured = client._writer.get_extra_info("ssl_object")
        assert secured.version() == version.name.replace("_", ".")


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def test_nagle_is_off_at_the_door(run: Callable[[Coroutine[Any, Any, None]], None]) -> None:
    """Answers leave at once (TCP_NODELAY), also in the event loop that the guard serves with."""

    async def look() -> None:
        async with open_house() as house, Dialogue(house.port) as client:
            await client.begin()
            (session,) = house.door._sessions
            assert session.transport is not None
            raw_socket = session.transport.get_extra_info("socket")
            assert raw_socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)

    run(look())


async def test_a_clients_certificate_is_its_login(certificate: tuple[Path, Path]) -> None:
    """A client whose certificate is signed by `client_ca` may relay from anywhere, and is known by its name."""
    context = ssl.create_default_context(cafile=str(certificate[0]))
    stranger = ssl.create_default_context(cafile=str(certificate[0]))
    context.load_cert_chain(*certificate)
    async with open_house(
        **tls_settings(certificate), client_ca=certificate[0], listen_tls=["127.0.0.1:0"], trusted_networks=[]
    ) as house:
        async with Dialogue(house.door.ports[1], tls=context) as client:
            await client.begin()
            assert (await client.message(LETTER)).startswith(b"250 ")
        async with Dialogue(house.door.ports[1], tls=stranger) as client:
            await client.say(b"EHLO client.example")
            assert (await client.say(b"MAIL FROM:<a@operator.example>")).startswith(b"530 5.7.0 ")
        assert house.judged[0][0].client.login == "localhost"


async def test_a_certificate_of_nobody_known(certificate: tuple[Path, Path], tmp_path: Path) -> None:
    """A client certificate that another authority has signed does not get through the handshake."""
    context = ssl.create_default_context(cafile=str(certificate[0]))
    context.load_cert_chain(*make_certificate(tmp_path, "other"))
    async with open_house(
        **tls_settings(certificate), client_ca=certificate[0], listen_tls=["127.0.0.1:0"], trusted_networks=[]
    ) as house:
        # TLS 1.3 lets the client find out with its first read.
        greeting = b""
        with suppress(OSError, ssl.SSLError):
            async with Dialogue(house.door.ports[1], tls=context) as client:
                greeting = client.greeting
        assert greeting == b""
