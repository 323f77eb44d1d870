"""PROXY protocol: the client's own address behind HAProxy, from trusted peers only."""

import asyncio
import socket
import struct

import pytest

from tests.smtp.house import open_house
from tests.support.dialogue import Dialogue
from tests.support.haproxy import start_haproxy

LETTER = b"Subject: hello\r\n\r\nHello\r\n"
V2 = b"\r\n\r\n\x00\r\nQUIT\n"


def _v2(command: int, client: str) -> bytes:
    addresses = socket.inet_aton(client) + socket.inet_aton("127.0.0.1") + struct.pack("!HH", 4000, 25)
    return V2 + bytes([0x20 | command, 0x11]) + struct.pack("!H", len(addresses)) + addresses


@pytest.mark.parametrize("header", [b"PROXY TCP4 10.9.8.7 127.0.0.1 4000 25\r\n", _v2(1, "10.9.8.7")], ids=["v1", "v2"])
async def test_client_behind_a_proxy(header: bytes) -> None:
    """Trust, trace and envelope go by the client's address, not by the proxy's."""
    async with open_house(proxy_protocol=True, trusted_networks=["127.0.0.0/8", "10.0.0.0/8"]) as house:
        async with Dialogue(house.port, first=header) as client:
            await client.begin()
            assert (await client.message(LETTER)).startswith(b"250 ")
        assert house.judged[0][0].client.address == "10.9.8.7"
        assert b"([10.9.8.7])" in house.sink.messages[0].wire


@pytest.mark.parametrize(
    "header", [b"PROXY TCP4 10.9.8.7 127.0.0.1 4000 25\r\n", b"PROXY UNKNOWN\r\n"], ids=["stranger", "unknown"]
)
async def test_stranger_behind_a_trusted_proxy(header: bytes) -> None:
    """The proxy's own trust is not its clients'."""
    async with (
        open_house(proxy_protocol=True) as house,
        Dialogue(house.port, first=header) as client,
    ):
        await client.say(b"EHLO client.example")
        assert (await client.say(b"MAIL FROM:<a@x.fi>")).startswith(b"554 5.7.1 ")


async def test_the_proxys_own_check() -> None:
    """A LOCAL header is the proxy itself."""
    async with (
        open_house(proxy_protocol=True) as house,
        Dialogue(house.port, first=_v2(0, "192.0.2.1")) as client,
    ):
        assert client.greeting.startswith(b"220 ")
        assert (await client.begin())[1].startswith(b"250")


@pytest.mark.parametrize("header", [b"EHLO client.example\r\n", b"PROXY TCP4 nonsense\r\n"])
async def test_no_proxy_header(header: bytes) -> None:
    """Where a PROXY header is expected, a connection without one is not served."""
    async with open_house(proxy_protocol=True) as house, Dialogue(house.port, first=header) as client:
        assert client.greeting == b""


async def test_peer_that_may_not_speak_for_others() -> None:
    """A PROXY header from outside the trusted networks is not believed."""
    header = b"PROXY TCP4 10.9.8.7 127.0.0.1 4000 25\r\n"
    async with (
        open_house(proxy_protocol=True, trusted_networks=["10.0.0.0/8"]) as house,
        Dialogue(house.port, first=header) as client,
    ):
        assert client.greeting == b""


async def test_a_real_haproxy() -> None:
    """With the shipped configuration mail goes through HAProxy, the client's address arrives, and its checks pass."""
    async with open_house(proxy_protocol=True) as house:
        with start_haproxy(house.port) as port:
            async with Dialogue(port) as client:
                assert client.greeting.startswith(b"220 guard.example")
                await client.begin()
                assert (await client.message(LETTER)).startswith(b"250 ")
            # Longer than its first check of the server behind it: a check that failed would close the port to clients.
            await asyncio.sleep(2.5)
            async with Dialogue(port) as client:
                assert client.greeting.startswith(b"220 guard.example")
        assert house.judged[0][0].client.address == "127.0.0.1"
