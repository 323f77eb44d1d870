"""PROXY protocol: the client's own address behind HAProxy, from trusted peers only."""

import asyncio
import socket
import ssl
import struct
import subprocess
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
import uvloop

from tests.smtp.house import open_house, tls_settings
from tests.support.dialogue import Dialogue
from tests.support.haproxy import start_haproxy
from tests.support.need import need_program
from tests.support.waiting import PATIENCE

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


@pytest.mark.parametrize("version", [1, 2])
async def test_a_real_haproxy(version: int) -> None:
    """With the shipped configuration (v2), and with v1: mail goes through HAProxy, its checks pass, and the client's
    own address is in the envelope and the trace and decides what the client may."""
    async with open_house(proxy_protocol=True, trusted_networks=["127.0.0.0/29"]) as house:
        with start_haproxy(house.port, version=version) as port:
            async with Dialogue(port, source="127.0.0.7") as client:
                assert client.greeting.startswith(b"220 guard.example")
                await client.begin()
                assert (await client.message(LETTER)).startswith(b"250 ")
            # Longer than its first check of the server behind it: a check that failed would close the port to clients.
            await asyncio.sleep(2.5)
            async with Dialogue(port, source="127.0.0.9") as client:
                assert client.greeting.startswith(b"220 guard.example")
                assert (await client.begin())[0].startswith(b"554 5.7.1 ")
        (judged,) = house.judged
        assert judged[0].client.address == "127.0.0.7"
        assert b"([127.0.0.7])" in house.sink.messages[0].wire


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
@pytest.mark.parametrize("version", [1, 2])
def test_tls_at_once_behind_haproxy(
    certificate: tuple[Path, Path], version: int, run: Callable[[Coroutine[Any, Any, None]], None]
) -> None:
    """Its header comes in the clear, and TLS from the next octet on is the client's own; one that speaks none, or
    breaks off, is hung up on, and nobody is left behind."""
    context = ssl.create_default_context(cafile=str(certificate[0]))
    settings: dict[str, Any] = {"proxy_protocol": True, "listen_tls": ["127.0.0.1:0"], "require_tls": True}

    async def talk() -> None:
        async with open_house(**settings, **tls_settings(certificate)) as house:
            with start_haproxy(house.door.ports[1], version=version, checked=False) as port:
                async with Dialogue(port, tls=context, source="127.0.0.7") as client:
                    assert b"STARTTLS" not in await client.say(b"EHLO client.example")
                    await client.begin()
                    assert (await client.message(LETTER)).startswith(b"250 ")
                async with Dialogue(port, first=b"EHLO client.example\r\n" * 9, source="127.0.0.7") as client:
                    assert b"250" not in client.greeting
                (judged,) = house.judged
                assert judged[0].client.address == "127.0.0.7"
                assert b"from client.example ([127.0.0.7])" in house.sink.messages[0].wire
                assert b"with ESMTPS id" in house.sink.messages[0].wire
            async with asyncio.timeout(120):
                while house.door._sessions:
                    await asyncio.sleep(0.02)
            assert not house.door._clients

    run(talk())


async def test_the_header_and_the_clients_hello_in_one_packet(certificate: tuple[Path, Path]) -> None:
    """What came with the header is the beginning of the handshake, and nothing of it is lost."""
    context = ssl.create_default_context(cafile=str(certificate[0]))
    settings: dict[str, Any] = {"proxy_protocol": True, "listen_tls": ["127.0.0.1:0"]}
    async with open_house(**settings, **tls_settings(certificate)) as house:

        def talk() -> bytes:
            with socket.create_connection(("127.0.0.1", house.door.ports[1]), timeout=PATIENCE) as raw:
                # The kernel holds small packets back until there is a whole one, or 200 ms are over.
                raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
                raw.sendall(_v2(1, "127.0.0.7"))
                with context.wrap_socket(raw, server_hostname="localhost") as client:
                    return client.recv(1000)

        assert (await asyncio.to_thread(talk)).startswith(b"220 guard.example")


async def test_connections_of_one_client_behind_haproxy() -> None:
    """The limit is each client's own, by the address that HAProxy tells: its checks and its other clients take no place
    of theirs, and whoever goes makes room."""
    async with open_house(proxy_protocol=True, max_connections_per_client=2) as house:
        with start_haproxy(house.port) as port:
            async with Dialogue(port, source="127.0.0.7") as first, Dialogue(port, source="127.0.0.7"):
                async with Dialogue(port, source="127.0.0.7") as third:
                    assert third.greeting == b"421 4.7.0 too many connections from your address\r\n"
                for number in range(8, 12):
                    async with Dialogue(port, source=f"127.0.0.{number}") as other:
                        assert other.greeting.startswith(b"220 ")
                assert (await first.say(b"NOOP")).startswith(b"250 ")
            greeting = b""
            async with asyncio.timeout(120):
                while not greeting.startswith(b"220 "):
                    # The door learns in its own time that the others have gone.
                    await asyncio.sleep(0.02)
                    async with Dialogue(port, source="127.0.0.7") as client:
                        greeting = client.greeting
        async with asyncio.timeout(120):
            while house.door._sessions:
                await asyncio.sleep(0.02)
        assert not house.door._clients


@pytest.mark.parametrize("version", [1, 2])
async def test_a_real_haproxy_that_is_not_trusted(version: int) -> None:
    """From outside the trusted networks it speaks for nobody: its clients are hung up on, whatever they are."""
    async with open_house(proxy_protocol=True, trusted_networks=["127.0.0.0/29"]) as house:
        with start_haproxy(house.port, version=version, source="127.0.0.20") as port:
            async with Dialogue(port, source="127.0.0.7") as client:
                assert client.greeting == b""
        assert house.judged == []


@pytest.mark.parametrize("version", ["1", "2"])
async def test_swaks_as_a_proxy(version: str) -> None:
    """swaks, which knows both forms of the header, for IPv4 and IPv6 clients."""
    call = [need_program("swaks", "swaks"), "-f", "a@operator.example", "-t", "b@example.org"]
    call += ["--proxy-version", version, "--proxy-source-port", "4000", "--proxy-dest-port", "25"]
    trusted = ["127.0.0.0/8", "10.0.0.0/8", "2001:db8::/32"]
    for number, client, there in (("4", "10.9.8.7", "127.0.0.1"), ("6", "2001:db8::7", "::1")):
        family = f"TCP{number}" if version == "1" else "AF_INET" + number.strip("4")
        header = ["--proxy-family", family, "--proxy-source", client, "--proxy-dest", there]
        async with open_house(proxy_protocol=True, trusted_networks=trusted) as house:
            said = [*call, *header, "--server", f"127.0.0.1:{house.port}"]
            done = await asyncio.to_thread(
                subprocess.run, said, capture_output=True, text=True, timeout=120, check=False
            )
            assert done.returncode == 0, done.stdout + done.stderr
            assert house.judged[0][0].client.address == client


async def test_starttls_behind_haproxy(certificate: tuple[Path, Path]) -> None:
    """The header comes first and in the clear; STARTTLS and what follows are the client's, through HAProxy."""
    context = ssl.create_default_context(cafile=str(certificate[0]))
    async with open_house(proxy_protocol=True, **tls_settings(certificate)) as house:
        with start_haproxy(house.port) as port:
            async with Dialogue(port, source="127.0.0.7") as client:
                await client.say(b"EHLO client.example")
                await client.start_tls(context)
                await client.begin()
                assert (await client.message(LETTER)).startswith(b"250 ")
        assert house.judged[0][0].client.address == "127.0.0.7"
        assert b"with ESMTPS id" in house.sink.messages[0].wire
