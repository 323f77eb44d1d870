"""XCLIENT (Postfix's XCLIENT_README): a server puts its client in its own place, towards us and onwards."""

import asyncio
import ssl
import subprocess
from pathlib import Path

import pytest

from mailguard.core.envelope import Client, Envelope
from mailguard.core.settings import NextHopSettings
from mailguard.relay.deliver import deliver
from mailguard.relay.forwarding import overriding
from mailguard.relay.next_hop import NextHop
from tests.smtp.house import House, open_house, tls_settings
from tests.support.dialogue import Dialogue
from tests.support.need import need_program
from tests.support.ports import free_port
from tests.support.postfix import Postfix, start_postfix
from tests.support.sink import EXTENSIONS, Sink
from tests.support.waiting import happened

LETTER = b"From: a@operator.example\r\nSubject: hello\r\n\r\nHello\r\n"
ALL = "XCLIENT NAME ADDR PROTO HELO REVERSE_NAME PORT LOGIN DESTADDR DESTPORT"


async def _offered(client: Dialogue) -> list[bytes]:
    reply = await client.say(b"EHLO proxy.example")
    return [line[4:] for line in reply.split(b"\r\n") if line]


async def _hand_in(client: Dialogue, ehlo: bytes = b"EHLO app.example") -> bytes:
    await client.say(ehlo)
    await client.say(b"MAIL FROM:<a@operator.example>")
    await client.say(b"RCPT TO:<b@example.org>")
    return await client.message(LETTER)


async def test_the_session_begins_anew(house: House) -> None:
    """220 with the greeting; HELO is needed again, and the client is the one named, for every message that follows."""
    async with Dialogue(house.port) as client:
        assert b"XCLIENT NAME ADDR PORT PROTO HELO LOGIN" in await _offered(client)
        said = b"XCLIENT NAME=pc.example ADDR=127.0.0.99 PORT=1234 PROTO=ESMTP HELO=pc+2Eexample LOGIN=zo+C3+AB"
        assert await client.say(said) == client.greeting == b"220 guard.example ESMTP mailguard\r\n"
        assert (await client.say(b"MAIL FROM:<a@operator.example>")).startswith(b"503 ")
        for _ in range(2):
            assert (await _hand_in(client)).startswith(b"250 ")
    for envelope, raw in house.judged:
        assert envelope.client == Client("127.0.0.99", "pc.example", "zoë")
        assert raw.startswith(b"Received: from app.example ([127.0.0.99])\r\n")


async def test_rights_are_the_clients(house: House) -> None:
    """A stranger behind a trusted server is a stranger still: no relaying, no XFORWARD; with a login it is a user."""
    async with Dialogue(house.port) as client:
        await client.say(b"EHLO proxy.example")
        for named in (b"ADDR=192.0.2.7", b"ADDR=[UNAVAILABLE] NAME=[TEMPUNAVAIL]", b"NAME=pc.example"):
            assert (await client.say(b"XCLIENT " + named)).startswith(b"220 ")
            assert not any(name.startswith(b"XFORWARD") for name in await _offered(client))
            assert (await client.say(b"XFORWARD ADDR=127.0.0.1")).startswith(b"550 5.7.0 ")
            assert (await client.say(b"MAIL FROM:<a@operator.example>")).startswith(b"554 5.7.1 ")
        assert (await client.say(b"XCLIENT ADDR=192.0.2.7 LOGIN=clerk")).startswith(b"220 ")
        assert (await _hand_in(client)).startswith(b"250 ")
        assert house.judged[-1][0].client.login == "clerk"
        # The next client on the same connection is not the one before it.
        assert (await client.say(b"XCLIENT ADDR=192.0.2.8")).startswith(b"220 ")
        await client.say(b"EHLO other.example")
        assert (await client.say(b"MAIL FROM:<a@operator.example>")).startswith(b"554 5.7.1 ")
        # In pieces, with no EHLO between.
        assert (await client.say(b"XCLIENT ADDR=192.0.2.9")).startswith(b"220 ")
        assert (await client.say(b"XCLIENT LOGIN=clerk")).startswith(b"220 ")
        assert (await _hand_in(client)).startswith(b"250 ")
        assert house.judged[-1][0].client == Client("192.0.2.9", "app.example", "clerk")


async def test_never_from_strangers() -> None:
    """Neither offered to, nor taken from, a client outside the trusted networks; nor from one behind a proxy."""
    async with open_house(trusted_networks=["192.0.2.0/24"]) as house, Dialogue(house.port) as client:
        assert not any(name.startswith(b"XCLIENT") for name in await _offered(client))
        assert (await client.say(b"XCLIENT ADDR=192.0.2.1")).startswith(b"550 5.7.0 ")
        assert (await client.say(b"MAIL FROM:<a@operator.example>")).startswith(b"554 5.7.1 ")
    async with (
        open_house(proxy_protocol=True) as house,
        Dialogue(house.port, first=b"PROXY TCP4 203.0.113.9 127.0.0.1 1 25\r\n") as client,
    ):
        assert not any(name.startswith(b"XCLIENT") for name in await _offered(client))
        assert (await client.say(b"XCLIENT ADDR=127.0.0.1")).startswith(b"550 5.7.0 ")


@pytest.mark.parametrize(
    "said",
    [
        b"XCLIENT",
        b"XCLIENT COLOUR=red",
        b"XCLIENT ADDR",
        b"XCLIENT NAME=a+b",
        b"XCLIENT ADDR=127.0.0.1 SOURCE=LOCAL",
        b"XCLIENT ADDR=fe80::1%x+0D+0AMAIL+20FROM:<evil@example.net>",
        b"XCLIENT ADDR=127.0.0.300",
        b"XCLIENT LOGIN=clerk+0D+0Aroot",
    ],
)
async def test_malformed(house: House, said: bytes) -> None:
    """501, and nothing of it counts."""
    async with Dialogue(house.port) as client:
        await client.say(b"EHLO proxy.example")
        assert (await client.say(said)).startswith(b"501 ")
        assert (await _hand_in(client)).startswith(b"250 ")
    assert house.judged[0][0].client == Client("127.0.0.1", "app.example")


async def test_not_within_a_transaction(house: House) -> None:
    """503 between MAIL and the dot; the transaction goes on as it was."""
    async with Dialogue(house.port) as client:
        await client.begin()
        assert (await client.say(b"XCLIENT ADDR=192.0.2.7")).startswith(b"503 5.5.1 ")
        assert (await client.message(LETTER)).startswith(b"250 ")
    assert house.judged[0][0].client.address == "127.0.0.1"


async def test_a_certificate_is_the_servers(certificate: tuple[Path, Path]) -> None:
    """What the server in front has proved by TLS is no login of its client's."""
    context = _with_own(certificate)
    async with (
        open_house(**tls_settings(certificate), client_ca=certificate[0]) as house,
        Dialogue(house.port) as client,
    ):
        await client.say(b"EHLO proxy.example")
        await client.start_tls(context)
        await client.say(b"EHLO proxy.example")
        assert (await client.say(b"XCLIENT ADDR=127.0.0.8")).startswith(b"220 ")
        assert (await _hand_in(client)).startswith(b"250 ")
    assert house.judged[0][0].client.login is None


def _with_own(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(certificate[0]))
    context.load_cert_chain(*certificate)
    return context


async def test_swaks_speaks_it(house: House, tmp_path: Path) -> None:
    """A real client that knows XCLIENT: swaks."""
    swaks = need_program("swaks", "swaks")
    call = [swaks, "--server", f"127.0.0.1:{house.port}", "--from", "a@operator.example", "--to", "b@example.org"]
    call += ["--xclient-addr", "127.0.0.77", "--xclient-name", "pc.example", "--xclient-helo", "app.example"]
    done = await asyncio.to_thread(subprocess.run, call, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout
    assert (house.judged[0][0].client.address, house.judged[0][0].client.helo) == ("127.0.0.77", "app.example")


async def test_the_next_hop_sees_our_client() -> None:
    """Where configured and offered, XCLIENT and a new EHLO go before MAIL; another client has another connection."""
    async with open_house(Sink((*EXTENSIONS, ALL, "XFORWARD NAME ADDR HELO")), xclient=True) as house:
        for address, login in ((b"127.0.0.7", b" LOGIN=clerk"), (b"127.0.0.7", b" LOGIN=clerk"), (b"127.0.0.8", b"")):
            async with Dialogue(house.port) as client:
                await client.say(b"EHLO proxy.example")
                await client.say(b"XCLIENT ADDR=" + address + login)
                assert (await _hand_in(client)).startswith(b"250 ")
        verbs = house.sink.verbs()
        told = [line for line in house.sink.commands if line.startswith(b"XCLIENT")]
    form = b"XCLIENT ADDR=127.0.0.%d LOGIN=%s PROTO=ESMTP PORT=[UNAVAILABLE] HELO=app.example NAME=[UNAVAILABLE]\r\n"
    assert told == [form % (7, b"clerk"), form % (8, b"[UNAVAILABLE]")]
    message = ["MAIL", "RCPT", "DATA"]
    assert [verb for verb in verbs if verb != "RSET"] == [
        *("EHLO", "XCLIENT", "EHLO"), *message, *message, "QUIT", *("EHLO", "XCLIENT", "EHLO"), *message,
    ]  # fmt: skip
    assert house.sink.connections == 2


async def test_ourselves_again_on_a_connection_of_its_own() -> None:
    """A letter of the guard's own, which has no client, is never sent in the place of one."""
    async with Sink((*EXTENSIONS, ALL)) as sink:
        next_hop = NextHop(NextHopSettings(port=sink.port, xclient=True), "guard.example")
        for client in (Client("192.0.2.7", "pc.example", "clerk"), Client()):
            answers = await deliver(next_hop, Envelope("a@operator.example", ("b@example.org",), client), LETTER)
            assert answers["b@example.org"].ok
        await next_hop.close()
        assert sink.connections == 2
        assert sink.verbs().count("XCLIENT") == 1


@pytest.mark.parametrize("answer", [b"550 5.7.0 not you\r\n", b"501 5.5.4 what?\r\n", b"421 4.3.0 bye\r\n"])
async def test_refused_there_the_client_comes_again(answer: bytes) -> None:
    """With rights that would be the guard's own nothing is sent: 451."""
    async with open_house(Sink((*EXTENSIONS, ALL)), xclient=True) as house, Dialogue(house.port) as client:
        house.sink.steps["xclient"] = answer
        assert (await client.begin())[0].startswith(b"451 4.4.1 ")
        assert "MAIL" not in house.sink.verbs()
        house.sink.steps.clear()
        assert (await _hand_in(client)).startswith(b"250 ")


@pytest.mark.parametrize(("xclient", "extensions"), [(False, (ALL,)), (True, ()), (True, ("XCLIENT",))])
async def test_only_where_both_wish_it(xclient: bool, extensions: tuple[str, ...]) -> None:
    """Not configured, not offered, or nothing offered that we could tell: no XCLIENT, and the mail goes through."""
    async with open_house(Sink((*EXTENSIONS, *extensions)), xclient=xclient) as house, Dialogue(house.port) as client:
        assert (await _hand_in(client)).startswith(b"250 ")
    assert "XCLIENT" not in house.sink.verbs()


def test_the_line_is_short_and_a_login_is_whole() -> None:
    """A login that had to be cut would be another person's; names give way first."""
    names = " ".join(ALL.split()[1:])
    line = overriding(Client("2001:db8::7", "h" * 255, "l" * 250), names)
    assert len(line) <= 510
    assert b" LOGIN=" + b"l" * 250 in line
    assert b" ADDR=IPV6:2001:db8::7 " in line
    assert b" HELO=[UNAVAILABLE] " in line
    assert b" LOGIN=[UNAVAILABLE] " in overriding(Client("192.0.2.7", "h", "ä" * 100), names)


async def test_a_real_postfix_judges_by_our_client() -> None:
    """Authorised as the snippet says, Postfix logs and judges the client: a stranger without login is refused there."""
    port = free_port()
    services = (
        f"127.0.0.1:{port} inet n - n - - smtpd\n"
        "  -o smtpd_authorized_xclient_hosts=127.0.0.1\n"
        "  -o mynetworks=127.0.0.0/8\n"
    )
    with start_postfix(services=services) as postfix:
        next_hop = NextHop(NextHopSettings(port=port, xclient=True), "guard.example")

        async def send(client: Client) -> str:
            answers = await deliver(next_hop, Envelope("a@operator.example", ("b@example.org",), client), LETTER)
            return str(answers["b@example.org"])

        assert (await send(Client("127.0.0.5", "app.example"))).startswith("250 2.0.0 Ok: queued")
        assert "554 5.7.1 " in await send(Client("203.0.113.9", "pc.example"))
        assert (await send(Client("127.0.0.6", "other.example"))).startswith("250 2.0.0 Ok: queued")
        assert (await send(Client())).startswith("250 2.0.0 Ok: queued")
        await next_hop.close()
        await _until_logged(
            postfix, "client=unknown[127.0.0.5]", "client=unknown[127.0.0.6]", "from unknown[203.0.113.9]"
        )


async def _until_logged(postfix: Postfix, *words: str) -> None:
    await happened(lambda: all(word in postfix.log for word in words), every=0.1)
