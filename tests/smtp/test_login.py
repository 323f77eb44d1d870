"""STARTTLS and AUTH."""

import asyncio
import smtplib
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mailguard.core.errors import StoreError
from mailguard.smtp.session import Session
from tests.smtp.house import House, open_house, tls_settings
from tests.support.dialogue import Dialogue

LETTER = b"Subject: hello\r\n\r\nHello\r\n"


@pytest.fixture
async def strict_house(certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    """Nobody is trusted by address, so everybody must log in; wrong passwords are answered at once."""
    monkeypatch.setattr(Session, "wrong_password_seconds", 0.0)
    async with open_house(trusted_networks=[], **tls_settings(certificate)) as house:
        yield house


@pytest.fixture
def context(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    """Trusts the certificate."""
    return ssl.create_default_context(cafile=str(certificate[0]))


def _plain(name: str, password: str, authorise: str = "") -> bytes:
    return b64encode(f"{authorise}\0{name}\0{password}".encode())


async def _secure(client: Dialogue, context: ssl.SSLContext) -> bytes:
    await client.say(b"EHLO client.example")
    await client.start_tls(context)
    return await client.say(b"EHLO client.example")


async def test_auth_is_offered_under_tls_only(strict_house: House, context: ssl.SSLContext) -> None:
    """No password is ever asked for in the clear."""
    async with Dialogue(strict_house.port) as client:
        reply = await client.say(b"EHLO client.example")
        assert b"STARTTLS" in reply
        assert b"AUTH" not in reply
        assert (await client.say(b"AUTH PLAIN " + _plain("clerk", "correct horse"))).startswith(b"538 5.7.11 ")
        assert (await client.say(b"MAIL FROM:<a@x.fi>")).startswith(b"530 5.7.0 ")
        reply = await _secure(client, context)
        assert b"AUTH PLAIN LOGIN" in reply
        assert b"STARTTLS" not in reply


@pytest.mark.parametrize("mechanism", ["plain", "PLAIN", "plain-later", "login", "login-initial"])
async def test_logging_in(strict_house: House, context: ssl.SSLContext, mechanism: str) -> None:
    """Each spelling of PLAIN and LOGIN lets the right person in; the login is in the envelope and the trace says A."""
    async with Dialogue(strict_house.port) as client:
        await _secure(client, context)
        if mechanism.lower() == "plain":
            reply = await client.say(b"AUTH " + mechanism.encode() + b" " + _plain("clerk", "correct horse"))
        elif mechanism == "plain-later":
            assert await client.say(b"AUTH PLAIN") == b"334 \r\n"
            reply = await client.say(_plain("clerk", "correct horse", "clerk"))
        else:
            name = b64encode(b"clerk")
            if mechanism == "login":
                assert (await client.say(b"AUTH LOGIN")).startswith(b"334 ")
                await client.say(name)
            else:
                await client.say(b"AUTH LOGIN " + name)
            reply = await client.say(b64encode(b"correct horse"))
        assert reply.startswith(b"235 2.7.0 ")
        assert (await client.say(b"AUTH PLAIN =")).startswith(b"503 ")
        await client.begin()
        assert (await client.message(LETTER)).startswith(b"250 ")
    assert strict_house.judged[0][0].client.login == "clerk"
    assert b"with ESMTPSA id" in strict_house.sink.messages[0].wire
    assert b"clerk" not in strict_house.sink.messages[0].wire


@pytest.mark.parametrize(
    "exchange",
    [
        b"AUTH PLAIN !!!",
        b"AUTH PLAIN " + b64encode(b"no separators"),
        b"AUTH PLAIN " + b64encode(b"other\0clerk\0correct horse"),
        b"AUTH PLAIN " + b64encode(b"\0clerk\0correct horse\0"),
        b"AUTH PLAIN " + b64encode(b"\0\xff\0x"),
        b"AUTH PLAIN =",
        b"AUTH PLAIN\r\n*",
        b"AUTH LOGIN\r\n*",
        b"AUTH CRAM-MD5",
        b"AUTH",
    ],
)
async def test_exchanges_that_cannot_be_read(strict_house: House, context: ssl.SSLContext, exchange: bytes) -> None:
    """Broken, cancelled and unknown exchanges are refused, and nobody is logged in by them."""
    async with Dialogue(strict_house.port) as client:
        await _secure(client, context)
        reply = b"334"
        for line in exchange.split(b"\r\n"):
            assert reply.startswith(b"334")
            reply = await client.say(line)
        assert reply[:3] in (b"501", b"504")
        assert (await client.say(b"MAIL FROM:<a@x.fi>")).startswith(b"530 ")


async def test_wrong_passwords(strict_house: House, context: ssl.SSLContext) -> None:
    """A wrong password is 535, the third one ends the connection, and none is in the log."""
    async with Dialogue(strict_house.port) as client:
        await _secure(client, context)
        replies = [await client.say(b"AUTH PLAIN " + _plain("clerk", f"wrong {n}")) for n in range(3)]
        assert [reply[:3] for reply in replies] == [b"535", b"535", b"421"]
        assert await client.closed()


async def test_store_down_while_logging_in(
    strict_house: House, context: ssl.SSLContext, capsys: pytest.CaptureFixture[str]
) -> None:
    """When passwords cannot be checked the client is told to try later, not that its password is wrong."""

    async def check_password(name: str, password: str, peer: str) -> None:
        raise StoreError("database is away")

    strict_house.door.check_password = check_password
    async with Dialogue(strict_house.port) as client:
        await _secure(client, context)
        assert (await client.say(b"AUTH PLAIN " + _plain("clerk", "correct horse"))).startswith(b"454 4.7.0 ")
    assert "correct horse" not in capsys.readouterr().out


async def test_tls_required(certificate: tuple[Path, Path], context: ssl.SSLContext) -> None:
    """With require_tls nothing but STARTTLS is done in the clear, for trusted clients too."""
    async with open_house(require_tls=True, **tls_settings(certificate)) as house, Dialogue(house.port) as client:
        await client.say(b"EHLO client.example")
        assert (await client.say(b"MAIL FROM:<a@x.fi>")).startswith(b"530 ")
        await _secure(client, context)
        await client.begin()
        assert (await client.message(LETTER)).startswith(b"250 ")
        assert b"with ESMTPS id" in house.sink.messages[0].wire


async def test_smtplib_logs_in(strict_house: House, context: ssl.SSLContext) -> None:
    """Python's own client does STARTTLS, AUTH and a message with us."""

    def talk() -> None:
        with smtplib.SMTP("localhost", strict_house.port) as client:
            client.starttls(context=context)
            client.login("clerk", "correct horse")
            client.sendmail("clerk@operator.example", ["anna@example.org"], LETTER)

    await asyncio.to_thread(talk)
    assert len(strict_house.sink.messages) == 1


async def test_broken_handshake(strict_house: House, context: ssl.SSLContext) -> None:
    """A client that sends rubbish instead of a TLS hello is hung up on, and its place is free again."""
    async with Dialogue(strict_house.port) as client:
        await client.say(b"EHLO client.example")
        await client.say(b"STARTTLS")
        client.send(b"this is no TLS hello at all\r\n" * 20)
        await client._reader.read()
    async with Dialogue(strict_house.port) as client:
        await _secure(client, context)
        assert (await client.say(b"STARTTLS")).startswith(b"503 ")
        assert len(strict_house.door._sessions) == 1
        assert strict_house.door._clients == {"127.0.0.1": 1}
