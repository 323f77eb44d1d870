"""Who may come in, how much they may bring, how long they may take, and what they are told when things break."""

import asyncio
import logging
from functools import partial
from pathlib import Path

import pytest
import structlog

from mailguard.core.errors import ConfigError, RegisterError, StoreError
from mailguard.core.settings import SmtpSettings
from mailguard.core.verdict import Verdict
from mailguard.smtp.door import FrontDoor
from mailguard.smtp.received import MOST_HOPS
from mailguard.smtp.session import Session
from tests.smtp.house import House, open_house, without_trace
from tests.support.dialogue import Dialogue
from tests.support.loop_clock import put_forward
from tests.support.waiting import happened

LETTER = b"Subject: PIN of the day\r\n\r\nsecret-9321\r\n"


async def test_what_ehlo_offers(house: House) -> None:
    """EHLO names what is really there: no STARTTLS without a certificate, no AUTH without TLS."""
    async with Dialogue(house.port) as client:
        assert client.greeting == b"220 guard.example ESMTP mailguard\r\n"
        reply = await client.say(b"EHLO client.example")
    names = {line[4:] for line in reply.splitlines()}
    assert names == {
        b"guard.example",
        b"SIZE 52424704",
        b"8BITMIME",
        b"SMTPUTF8",
        b"PIPELINING",
        b"CHUNKING",
        b"XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE",
        b"XCLIENT NAME ADDR PORT PROTO HELO LOGIN",
        b"ENHANCEDSTATUSCODES",
    }


async def test_helo_only_clients(house: House) -> None:
    """A client of 1982 gets through, and the trace says SMTP."""
    async with Dialogue(house.port) as client:
        assert await client.say(b"HELO old.example") == b"250 guard.example\r\n"
        await client.say(b"MAIL FROM:<clerk@operator.example>")
        await client.say(b"RCPT TO:<anna@example.org>")
        assert (await client.message(LETTER)).startswith(b"250 ")
    first, second, *_ = house.sink.messages[0].wire.split(b"\r\n")
    assert first == b"Received: from old.example ([127.0.0.1])"
    assert second.startswith(b"\tby guard.example (mailguard) with SMTP id ")


async def test_held_message(house: House) -> None:
    """A held message is answered with its case id, is kept exactly as judged, and the next hop forgets it."""
    house.verdict = Verdict.HOLD
    async with Dialogue(house.port) as client:
        await client.begin(b"clerk@operator.example", b"anna@example.org", b"bob@example.org")
        assert await client.message(LETTER) == b"250 2.0.0 held for approval as MG-TEST-0001\r\n"
        assert (await client.say(b"NOOP")).startswith(b"250")
    ((envelope, raw),) = house.held
    assert (envelope, raw) == house.judged[0]
    assert without_trace(raw) == LETTER
    assert envelope.recipients == ("anna@example.org", "bob@example.org")
    assert f" id {envelope.message_id};\r\n".encode() in raw
    assert (envelope.client.address, envelope.client.helo) == ("127.0.0.1", "client.example")
    assert house.sink.messages == []
    assert "DATA" not in house.sink.verbs()


async def test_rejected_message(house: House) -> None:
    """A verdict of reject is a 550 and nothing leaves."""
    house.verdict = Verdict.REJECT
    async with Dialogue(house.port) as client:
        await client.begin()
        assert (await client.message(LETTER)).startswith(b"550 5.7.1 ")
    assert house.sink.messages == []


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RegisterError("host 10.1.2.3 refused secret-9321"), b"451 4.3.0 "),
        (ValueError("secret-9321"), b"451 4.3.0 "),
        (RecursionError("secret-9321"), b"451 4.3.0 "),
    ],
)
async def test_exception_text_never_shows(
    house: House, error: Exception, code: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    """A judge that raises gives a fixed 451; nothing of the exception is on the wire, and nothing is sent."""
    house.judge_error = error
    async with Dialogue(house.port) as client:
        await client.begin()
        reply = await client.message(LETTER)
        assert reply.startswith(code)
        assert b"secret-9321" not in reply
        assert type(error).__name__.encode() not in reply
    assert house.sink.messages == []
    assert house.held == []
    if not isinstance(error, RegisterError):
        assert "secret-9321" not in capsys.readouterr().out


async def test_store_that_fails_is_451(house: House) -> None:
    """When a message cannot be kept, the client is told to try again and nothing was said to be held."""
    house.verdict, house.hold_error = Verdict.HOLD, StoreError("disk full")
    async with Dialogue(house.port) as client:
        await client.begin()
        assert (await client.message(LETTER)).startswith(b"451 4.3.0 cannot keep the message safely")


@pytest.mark.parametrize("verdict", [Verdict.HOLD, Verdict.PASS])
async def test_hanging_up_after_the_dot(house: House, verdict: Verdict) -> None:
    """A client that goes right after the final dot is served to the end: the message is held, or passed, once."""
    house.verdict, house.judging = verdict, asyncio.Event()
    client = Dialogue(house.port)
    async with client:
        await client.begin()
        await client.say(b"DATA")
        client.send(LETTER + b".\r\n")
        await house.asked.wait()
        client.hang_up()
        await asyncio.sleep(0.05)
        house.judging.set()
    await happened(lambda: bool(house.outcomes))
    assert (len(house.held), len(house.sink.messages)) == ((1, 0) if verdict is Verdict.HOLD else (0, 1))


async def test_hanging_up_before_the_dot(house: House) -> None:
    """A client that goes in the middle of its message leaves nothing, here or at the next hop."""
    async with Dialogue(house.port) as client:
        await client.begin()
        await client.say(b"DATA")
        client.send(b"Subject: half a let")
    await happened(lambda: "RSET" in house.sink.verbs())
    assert house.judged == []


async def test_slow_judge_is_not_cut_off() -> None:
    """The idle time-out is for silent clients, not for those who wait for us."""
    async with open_house(timeout=300) as house, Dialogue(house.port) as client:
        house.judging = asyncio.Event()
        await client.begin()
        await client.say(b"DATA")
        client.send(LETTER + b".\r\n")
        await house.asked.wait()
        for _ in range(2):
            put_forward(301)
            await asyncio.sleep(0.01)
        house.judging.set()
        assert (await client.reply()).startswith(b"250 ")


async def test_silent_client_is_sent_away() -> None:
    """A client that says nothing is told 421 and hung up on, in the middle of DATA too."""
    async with open_house(timeout=300) as house:
        async with Dialogue(house.port) as client:
            put_forward(301)
            assert await client.reply() == b"421 4.4.2 idle for too long\r\n"
            assert await client.closed()
        async with Dialogue(house.port) as client:
            await client.begin()
            await client.say(b"DATA")
            put_forward(301)
            assert await client.reply() == b"421 4.4.2 idle for too long\r\n"
        assert house.judged == []


async def test_data_that_flows_is_not_idle() -> None:
    """A sender that takes longer than the time-out in all, but never pauses as long, is let finish."""
    async with open_house(timeout=300) as house, Dialogue(house.port) as client:
        await client.begin()
        await client.say(b"DATA")
        (session,) = house.door._sessions
        for _ in range(8):
            before = session._silent_until
            client.send(b"a line\r\n")
            await happened(partial(_is_later, session, before))
            put_forward(200)
            await asyncio.sleep(0.01)
        client.send(b".\r\n")
        assert (await client.reply()).startswith(b"250 ")


def _is_later(session: Session, before: float) -> bool:
    return session._silent_until > before


async def test_too_many_connections() -> None:
    """One connection more than `max_connections` hears 421; when one leaves there is room again."""
    async with open_house(max_connections=2) as house, Dialogue(house.port) as first:
        async with Dialogue(house.port), Dialogue(house.port) as third:
            assert third.greeting == b"421 4.3.2 too many connections, please try again later\r\n"
            assert await third.closed()
        await happened(lambda: len(house.door._sessions) == 1)
        async with Dialogue(house.port) as fourth:
            assert fourth.greeting.startswith(b"220 ")
        assert (await first.say(b"NOOP")).startswith(b"250")


async def test_too_many_recipients() -> None:
    """The recipient after the last allowed one is told 452; the others get their letter."""
    async with open_house(max_recipients=2) as house, Dialogue(house.port) as client:
        replies = await client.begin(b"clerk@operator.example", b"a@x.fi", b"b@x.fi", b"c@x.fi")
        assert [reply[:3] for reply in replies] == [b"250", b"250", b"250", b"452"]
        assert (await client.message(LETTER)).startswith(b"250 ")
        assert house.judged[0][0].recipients == ("a@x.fi", "b@x.fi")


async def test_same_recipient_twice(house: House) -> None:
    """A recipient that is named twice is one recipient."""
    async with Dialogue(house.port) as client:
        replies = await client.begin(b"clerk@operator.example", b"a@x.fi", b"a@x.fi")
        assert [reply[:3] for reply in replies] == [b"250"] * 3
        await client.message(LETTER)
    assert house.judged[0][0].recipients == ("a@x.fi",)
    assert len(house.sink.messages[0].rcpt) == 1


async def test_too_big() -> None:
    """A size over the limit is 552 at MAIL where declared, else after the real end of data; the session goes on."""
    async with open_house(max_message_bytes=2000) as house, Dialogue(house.port) as client:
        await client.say(b"EHLO client.example")
        assert (await client.say(b"MAIL FROM:<a@x.fi> SIZE=2001")).startswith(b"552 5.3.4 ")
        await client.begin()
        reply = await client.message(b"x" * 500_000 + b"\r\n.\n" + b"y" * 500_000 + b"\r\n")
        assert reply.startswith(b"552 5.3.4 ")
        await client.begin()
        assert (await client.message(LETTER)).startswith(b"250 ")
    assert len(house.judged) == 1


async def test_strangers_may_not_relay() -> None:
    """Outside the trusted networks and without a login nothing is relayed."""
    async with open_house(trusted_networks=["192.0.2.0/24"]) as house, Dialogue(house.port) as client:
        await client.say(b"EHLO client.example")
        assert await client.say(b"MAIL FROM:<a@x.fi>") == b"554 5.7.1 relay access denied\r\n"
        assert house.sink.verbs() == ["EHLO"]


def test_trusted_networks() -> None:
    """IPv4 and IPv6 networks are told apart, and what is no address is not trusted."""
    door = FrontDoor(
        SmtpSettings(trusted_networks=["10.0.0.0/8", "2001:db8::/32"]),
        begin=None,  # type: ignore[arg-type]
        judge=None,  # type: ignore[arg-type]
        hold=None,  # type: ignore[arg-type]
    )
    assert all(door.trusts(a) for a in ("10.1.2.3", "2001:db8::7"))
    assert not any(door.trusts(a) for a in ("11.1.2.3", "::1", "", "x"))


async def test_message_in_a_loop(house: House) -> None:
    """A message that has been through more than thirty relays is refused."""
    async with Dialogue(house.port) as client:
        await client.begin()
        assert (await client.message(b"received: from a by b\r\n" * MOST_HOPS + LETTER)).startswith(b"250 ")
        await client.begin()
        looping = b"Received: from a by b\r\n" * (MOST_HOPS + 1) + LETTER
        assert (await client.message(looping)).startswith(b"554 5.4.6 ")
        await client.begin()
        assert (await client.message(b"\r\n" + b"Received: not in the header\r\n" * 99)).startswith(b"250 ")


async def test_commands_out_of_order(house: House) -> None:
    """Commands at the wrong time and of the wrong shape are answered and do no harm."""
    async with Dialogue(house.port) as client:
        assert (await client.say(b"MAIL FROM:<a@x.fi>")).startswith(b"503")
        assert (await client.say(b"EHLO")).startswith(b"501")
        await client.say(b"EHLO client.example")
        assert (await client.say(b"RCPT TO:<a@x.fi>")).startswith(b"503")
        assert (await client.say(b"DATA")).startswith(b"503")
        await client.say(b"MAIL FROM:<a@x.fi>")
        assert (await client.say(b"MAIL FROM:<a@x.fi>")).startswith(b"503")
        assert (await client.say(b"RCPT TO:<b@x.fi>")).startswith(b"250")
        assert (await client.say(b"DATA now")).startswith(b"501")
        assert (await client.say(b"VRFY root@x.fi")).startswith(b"252")
        assert (await client.say(b"HELP")).startswith(b"214")
        assert (await client.say(b"NONSENSE")).startswith(b"500")
        assert (await client.say(b"NOOP " + b"x" * 100_000)).startswith(b"500")
        assert (await client.message(LETTER)).startswith(b"250 ")


async def test_web_browser(house: House) -> None:
    """A browser that was made to post to us is hung up on before its body could be taken for commands."""
    async with Dialogue(house.port) as client:
        client.send(b"POST / HTTP/1.1\r\nEHLO x.fi\r\nMAIL FROM:<a@x.fi>\r\nRCPT TO:<b@x.fi>\r\nDATA\r\n")
        assert (await client.reply()).startswith(b"421 ")
        assert await client.closed()
    assert house.sink.connections == 0


async def test_helo_cannot_write_header_fields(house: House) -> None:
    """A HELO name with anything but a host name's letters leaves no mark in the trace."""
    async with Dialogue(house.port) as client:
        await client.say(b"EHLO x\rBcc: evil@example.net\xff<b>")
        await client.say(b"MAIL FROM:<clerk@operator.example>")
        await client.say(b"RCPT TO:<anna@example.org>")
        assert (await client.message(LETTER)).startswith(b"250 ")
    assert house.sink.messages[0].wire.startswith(b"Received: from unknown ([127.0.0.1])\r\n")
    assert "\r" not in house.judged[0][0].client.helo


async def test_one_line_a_message_and_no_word_of_it(house: House) -> None:
    """The log has one line for each message, with what ops grep for, and nothing of subject or content, at DEBUG."""
    level = logging.getLogger().level
    logging.getLogger().setLevel(logging.DEBUG)
    records: list[logging.LogRecord] = []

    class Keeping(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record)

    handler = Keeping()
    logging.getLogger().addHandler(handler)
    try:
        with structlog.testing.capture_logs() as lines:
            async with Dialogue(house.port) as client:
                await client.begin()
                await client.message(LETTER)
                await client.say(b"secret-9321")
                await client.begin()
                await client.message(b"a\rb\r\n")
    finally:
        logging.getLogger().removeHandler(handler)
        logging.getLogger().setLevel(level)
    first, second = [line for line in lines if line["event"] == "message"]
    assert (first["verdict"], first["next_hop"], first["answer"], first["recipients"]) == ("pass", 250, 250, 1)
    assert (first["sender"], first["to"]) == ("clerk@operator.example", "anna@example.org")
    assert first["next_hop_said"] == "250 2.0.0 Ok: queued as SINK1"
    assert {"id", "client", "size", "reasons", "case", "passed"} <= first.keys()
    assert {"read_ms", "judge_ms", "next_hop_ms"} <= first.keys()
    assert (second["verdict"], second["answer"]) == ("none", 550)
    logged = str(lines) + " ".join(record.getMessage() for record in records)
    assert "secret-9321" not in logged
    assert "PIN of the day" not in logged


async def test_outcome_is_observed(house: House) -> None:
    """Whoever counts gets verdict, case, answers and times; if counting fails the answer stands."""
    house.verdict = Verdict.HOLD
    async with Dialogue(house.port) as client:
        await client.begin()
        await client.message(LETTER)
    (outcome,) = house.outcomes
    assert (outcome.case_id, outcome.answer.code, outcome.next_hop) == ("MG-TEST-0001", 250, None)
    assert outcome.size == len(house.judged[0][1])
    house.door.observe = lambda outcome: 1 / 0  # type: ignore[assignment]
    async with Dialogue(house.port) as client:
        await client.begin()
        assert (await client.message(LETTER)).startswith(b"250 ")


async def test_stopping_waits_for_what_was_read() -> None:
    """A message that was read to its dot comes to its end, and its client to its answer, when the door is closed."""
    async with open_house() as house, Dialogue(house.port) as client, Dialogue(house.port) as idle:
        house.judging, house.verdict = asyncio.Event(), Verdict.HOLD
        await client.begin()
        await client.say(b"DATA")
        client.send(LETTER + b".\r\n")
        await house.asked.wait()
        stopping = asyncio.ensure_future(house.door.stop())
        assert (await idle.reply()).startswith(b"421 4.3.2 ")
        house.judging.set()
        assert (await client.reply()).startswith(b"250 2.0.0 held")
        await stopping
        assert len(house.held) == 1


async def test_wrong_configuration_is_named(tmp_path: Path) -> None:
    """A port that is taken and a certificate that is none are ConfigErrors with their key."""
    async with open_house() as house:
        with pytest.raises(ConfigError, match=r"smtp\.listen"):
            async with open_house(listen=[f"127.0.0.1:{house.port}"]):
                pass
    (tmp_path / "x.pem").write_text("no certificate")
    with pytest.raises(ConfigError, match=r"smtp\.tls_cert"):
        async with open_house(tls_cert=tmp_path / "x.pem", tls_key=tmp_path / "x.pem"):
            pass
