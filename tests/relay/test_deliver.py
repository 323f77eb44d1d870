"""Whole messages to the next hop: no recipient's answer is ever lost."""

import socket
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailguard.core.answer import Answer
from mailguard.core.envelope import Client, Envelope
from mailguard.core.errors import AnswerLost, NextHopError, OddAddress
from mailguard.core.settings import NextHopSettings
from mailguard.relay.deliver import deliver
from mailguard.relay.next_hop import NextHop
from tests.support.loop_clock import outlasting
from tests.support.sink import DROP, EXTENSIONS, STALL, Sink, Step
from tests.support.waiting import happened

RAW = b"Subject: hello\r\n\r\n.Hello\r\n"
TWO = Envelope("clerk@operator.example", ("anna@example.org", "bob@example.org"))


async def test_everybody_gets_it(sink: Sink, next_hop: NextHop) -> None:
    """One message, two recipients, one answer each; SIZE is what is sent."""
    answers = await deliver(next_hop, TWO, RAW)
    assert answers == dict.fromkeys(TWO.recipients, Answer(250, ("2.0.0 Ok: queued as SINK1",)))
    (message,) = sink.messages
    assert message.mail == b"MAIL FROM:<clerk@operator.example> SIZE=%d\r\n" % len(RAW)
    assert (message.body, message.wire) == (RAW, RAW.replace(b".Hello", b"..Hello"))


async def test_partial_refusal_is_kept(sink: Sink, next_hop: NextHop) -> None:
    """A refused recipient keeps its own answer beside the others' delivery."""
    sink.steps["rcpt"] = lambda line: b"550 5.1.1 unknown\r\n" if b"bob@" in line else b"250 ok\r\n"
    answers = await deliver(next_hop, TWO, RAW)
    assert answers["anna@example.org"].ok
    assert answers["bob@example.org"] == Answer(550, ("5.1.1 unknown",))


@pytest.mark.parametrize("step", ["mail", "rcpt", "data", "dot"])
async def test_refusal_for_all(sink: Sink, next_hop: NextHop, step: str) -> None:
    """A refusal at any step is everybody's answer; the next message begins on a connection without a record."""
    sink.steps[step] = b"554-5.7.1 no\r\n554 5.7.1 really\r\n"
    answers = await deliver(next_hop, TWO, RAW)
    assert set(answers.values()) == {Answer(554, ("5.7.1 no", "5.7.1 really"))}
    sink.steps.clear()
    assert all(answer.ok for answer in (await deliver(next_hop, TWO, RAW)).values())
    assert sink.connections == 2


@pytest.mark.parametrize("action", [DROP, STALL], ids=["drop", "stall"])
@pytest.mark.parametrize("step", ["connect", "ehlo", "mail", "data", "dot"])
async def test_lost_next_hop(sink: Sink, step: str, action: Step) -> None:
    """A next hop that is lost before any answer is a NextHopError; after the dot it says that the answer is missing."""
    sink.steps[step] = outlasting(61, action)
    hop = NextHop(NextHopSettings(port=sink.port, timeout=60), "guard.example")
    with pytest.raises(AnswerLost if step == "dot" else NextHopError):
        await deliver(hop, TWO, RAW)


async def test_refusal_outlives_a_lost_connection(sink: Sink, next_hop: NextHop) -> None:
    """A refusal that was given before the connection broke is kept; the others are to be tried again."""
    sink.steps["rcpt"] = lambda line: b"550 5.1.1 unknown\r\n" if b"anna@" in line else DROP
    answers = await deliver(next_hop, TWO, RAW)
    assert answers["anna@example.org"].permanent
    assert answers["bob@example.org"].temporary


async def test_nonsense_answers_are_trouble(sink: Sink, next_hop: NextHop) -> None:
    """What is no SMTP reply, or none to that command, is never taken for success."""
    for step, nonsense in (
        ("mail", b"hello\r\n"),
        ("rcpt", b"354 go\r\n"),
        ("data", b"250 done\r\n"),
        ("dot", b"334\r\n"),
    ):
        sink.steps = {step: nonsense}
        with pytest.raises(NextHopError):
            await deliver(next_hop, Envelope("", ("anna@example.org",)), RAW)
    assert sink.messages[-1].rcpt, "only the one refused at the dot got that far"


async def test_odd_address_never_reaches_the_wire(sink: Sink, next_hop: NextHop) -> None:
    """The last gate before the wire refuses what could be read in two ways."""
    for address in ("a\rb@y.fi", "a;b@y.fi", "b@y.fi, c@z.fi", "a@y.fi> SIZE=1", "a@y.fi\r\nDATA", ""):
        with pytest.raises(OddAddress):
            await deliver(next_hop, Envelope("clerk@operator.example", (address,)), RAW)
        if address:
            with pytest.raises(OddAddress):
                await deliver(next_hop, Envelope(address, ("anna@example.org",)), RAW)
    assert not any(line.startswith(b"RCPT") for line in sink.commands)


@pytest.mark.parametrize("raw", [b"a\nb\r\n", b"a\rb\r\n", b"a\0b\r\n", b"a", b"a\r\n.\n\r\n"])
async def test_bare_line_ends_never_reach_the_wire(sink: Sink, next_hop: NextHop, raw: bytes) -> None:
    """Bytes that another server could read in two ways are refused whoever hands them in."""
    with pytest.raises(ValueError, match="CRLF"):
        await deliver(next_hop, TWO, raw)
    assert sink.messages == []


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(lines=st.lists(st.binary(max_size=40).map(lambda b: b.translate(None, b"\r\n\0")) | st.just(b"."), max_size=20))
async def test_any_lines_arrive(lines: list[bytes]) -> None:
    """Any octets in any lines come out at the other side as they went in."""
    raw = b"".join(line + b"\r\n" for line in lines)
    async with Sink() as sink:
        hop = NextHop(NextHopSettings(port=sink.port), "guard.example")
        await deliver(hop, TWO, raw)
        await hop.close()
        assert sink.messages[0].body == raw


async def test_nagle_is_off(sink: Sink, next_hop: NextHop) -> None:
    """Small commands leave at once (TCP_NODELAY): with Nagle each would wait 40 ms for the other side."""
    async with next_hop.begin() as transaction:
        await transaction.mail(TWO)
        assert transaction._link is not None
        raw_socket = transaction._link._replies._transport.get_extra_info("socket")
        assert raw_socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_idle_connections_take_their_leave(
    sink: Sink, next_hop: NextHop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kept connection that nobody wants any more says QUIT; so do all at the end."""
    monkeypatch.setattr("mailguard.relay.next_hop._KEPT_SECONDS", 0.05)
    await deliver(next_hop, TWO, RAW)
    await happened(lambda: "QUIT" in sink.verbs())
    assert sink.verbs().count("QUIT") == 1
    await deliver(next_hop, TWO, RAW)
    assert sink.connections == 2


async def test_no_more_are_kept_than_wanted(sink: Sink, next_hop: NextHop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound, connections are given up instead of kept."""
    monkeypatch.setattr("mailguard.relay.next_hop._KEPT", 2)
    transactions = [next_hop.begin() for _ in range(5)]
    for transaction in transactions:
        await transaction.mail(TWO)
    for transaction in transactions:
        await transaction.close()
    assert sink.connections == 5
    assert len(next_hop._idle) == 2


async def test_transaction_after_transaction(sink: Sink, next_hop: NextHop) -> None:
    """After a message a transaction can begin anew on the connection that it has."""
    async with next_hop.begin() as transaction:
        for _ in range(2):
            await transaction.mail(TWO)
            await transaction.rcpt("anna@example.org")
            assert (await transaction.data(RAW)).ok
    assert sink.connections == 1
    assert [message.rcpt for message in sink.messages] == [[b"RCPT TO:<anna@example.org>\r\n"]] * 2


async def test_no_command_in_what_a_client_says_of_itself() -> None:
    """Whatever stands in the client's address and name, the next hop hears one XFORWARD line."""
    smuggled = "\r\nMAIL FROM:<evil@example.net>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n\r\nPIN 4711\r\n.\r\n"
    async with Sink((*EXTENSIONS, "XFORWARD NAME ADDR HELO SOURCE")) as sink:
        for client in (Client(f"fe80::1%x{smuggled}", "pc"), Client("192.0.2.1", smuggled)):
            hop = NextHop(NextHopSettings(port=sink.port), "guard.example")
            await deliver(hop, replace(TWO, client=client), RAW)
            await hop.close()
        assert [message.body for message in sink.messages] == [RAW, RAW]
        assert sum(line.startswith(b"XFORWARD ") for line in sink.commands) == 2
        assert not any(line.startswith(b"MAIL FROM:<evil") for line in sink.commands)


async def test_a_command_is_one_line(sink: Sink, next_hop: NextHop) -> None:
    """The last gate before the wire: a command with a line end in it is never sent, whoever made it."""
    envelope = replace(TWO, dsn="RET=HDRS\r\nRSET")
    sink.steps["ehlo"] = b"250-sink.example\r\n250 DSN\r\n"
    with pytest.raises(ValueError, match="control character"):
        await deliver(next_hop, envelope, RAW)
    assert b"RSET\r\n" not in sink.commands
