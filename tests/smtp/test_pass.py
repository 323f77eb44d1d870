"""Clean mail: the next hop's answers are the client's answers, word for word (promise 3)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailguard.core.verdict import Verdict
from tests.smtp.house import HOP_TIMEOUT, House, open_house, without_trace
from tests.support.dialogue import Dialogue, stuff
from tests.support.loop_clock import outlasting
from tests.support.sink import DROP, STALL, Sink, Step
from tests.support.waiting import happened

LETTER = b"From: clerk@operator.example\r\nTo: anna@example.org\r\nSubject: hello\r\n\r\nHello Anna\r\n"
ANSWERS = [
    b"250 2.0.0 Ok: queued as 4XyZ12abc\r\n",
    b"251 2.1.5 user not local, will forward\r\n",
    b"250-first line\r\n250-2.0.0  two  spaces inside\r\n250 third <line> 100%\r\n",
    b"421 4.3.2 shutting down\r\n",
    b"450 4.2.0 greylisted, come back in 300 seconds\r\n",
    b"451-4.7.1 try\r\n451 4.7.1 later\r\n",
    b"452 4.3.1 out of space\r\n",
    b"550 5.1.1 <anna@example.org>: no such user here\r\n",
    b"552 5.3.4 too big\r\n",
    b"554 5.7.1 caf\xc3\xa9 and a stray \xe9 byte\r\n",
]


async def test_answer_to_a_message_is_the_next_hops(house: House) -> None:
    """A clean message arrives unchanged but for one Received field, and its answer is the sink's own line."""
    async with Dialogue(house.port) as client:
        assert await client.begin() == [b"250 2.1.0 sender fine\r\n", b"250 2.1.5 recipient fine\r\n"]
        assert await client.message(LETTER) == b"250 2.0.0 Ok: queued as SINK1\r\n"
    (message,) = house.sink.messages
    assert without_trace(message.wire) == LETTER
    assert message.rcpt == [b"RCPT TO:<anna@example.org>\r\n"]
    assert message.mail == b"MAIL FROM:<clerk@operator.example>\r\n"
    assert house.judged[0][1] == message.wire


@pytest.mark.parametrize(
    ("step", "answer"),
    # 2yz is no answer to DATA.
    [(s, a) for s in ("mail", "rcpt", "data", "dot") for a in ANSWERS if s != "data" or not a.startswith(b"2")],
)
async def test_every_answer_at_every_step(house: House, step: str, answer: bytes) -> None:
    """Whatever the next hop says to MAIL, RCPT, DATA or the dot reaches the client word for word."""
    house.sink.steps[step] = answer
    async with Dialogue(house.port) as client:
        await client.say(b"EHLO client.example")
        said = await client.say(b"MAIL FROM:<clerk@operator.example>")
        if step == "mail":
            assert said == answer
        if said.startswith(b"2"):
            said = await client.say(b"RCPT TO:<anna@example.org>")
            if step == "rcpt":
                assert said == answer
        if said.startswith(b"2"):
            said = await client.message(LETTER)
            if step in ("data", "dot"):
                assert said == answer
        if said.startswith(b"421"):
            assert await client.closed()


@pytest.mark.parametrize("action", [DROP, STALL], ids=["drop", "stall"])
@pytest.mark.parametrize("step", ["connect", "ehlo", "mail", "rcpt", "data", "dot"])
async def test_drop_and_stall_at_every_step_are_451(step: str, action: Step) -> None:
    """A next hop that hangs up or falls silent gives 451 4.4.1, the session goes on, the next message gets through."""
    await _check_lost_at(step, action)


@pytest.mark.parametrize("answer", [a for a in ANSWERS if not a.startswith(b"2")])
@pytest.mark.parametrize("step", ["connect", "ehlo"])
async def test_a_next_hop_that_refuses_us_refuses_no_message(step: str, answer: bytes) -> None:
    """What it says to our connection or our EHLO is no answer to a sender: 451, and the next message gets through.

    A 5yz to EHLO may come of a server that only knows HELO, and is tried with that.
    """
    async with open_house() as house:
        house.sink.steps[step] = answer
        house.sink.steps["helo"] = answer
        async with Dialogue(house.port) as client:
            await client.say(b"EHLO client.example")
            said = await client.say(b"MAIL FROM:<clerk@operator.example>")
            assert said == b"451 4.4.1 the next hop does not answer, please try again later\r\n"
            assert "MAIL" not in house.sink.verbs()
            house.sink.steps.clear()
            await client.begin()
            assert (await client.message(LETTER)).startswith(b"250 ")


@pytest.mark.parametrize("half", [b"250 2.0.0 half an ans", b"250-one line of two\r\n", b"2"])
@pytest.mark.parametrize("step", ["connect", "ehlo", "mail", "rcpt", "data", "dot"])
async def test_half_an_answer_is_none(step: str, half: bytes) -> None:
    """An answer that breaks off is never taken for a whole one: 451, and behind the dot the risk is on record."""
    await _check_lost_at(step, half)


async def _check_lost_at(step: str, action: Step) -> None:
    async with open_house() as house:
        house.sink.steps[step] = outlasting(HOP_TIMEOUT + 1, action)
        async with Dialogue(house.port) as client:
            await client.say(b"EHLO client.example")
            said = await client.say(b"MAIL FROM:<clerk@operator.example>")
            if said.startswith(b"2"):
                said = await client.say(b"RCPT TO:<anna@example.org>")
            if said.startswith(b"2"):
                said = await client.message(LETTER)
            assert said == b"451 4.4.1 the next hop does not answer, please try again later\r\n"
            # Only behind the dot may the next hop have it, and the client sends it again: that is counted.
            assert [outcome.may_come_twice for outcome in house.outcomes] == {"dot": [True], "data": [False]}.get(
                step, []
            )
            house.sink.steps.clear()
            await client.begin()
            assert (await client.message(LETTER)).startswith(b"250 ")


@pytest.mark.parametrize("action", [b"421 4.3.2 bye\r\n", b"503 5.5.1 no\r\n", b"451 4.3.0 later\r\n", DROP, STALL])
async def test_a_reset_that_fails_spoils_no_later_message(action: Step) -> None:
    """A held message is undone at the next hop by RSET. Refused, dropped or unanswered: the client notices nothing,
    and the next message goes in a transaction of its own."""
    async with open_house() as house, Dialogue(house.port) as client:
        house.sink.steps["rset"] = outlasting(HOP_TIMEOUT + 1, action) if action is STALL else action
        house.verdict = Verdict.HOLD
        await client.begin(b"clerk@operator.example", b"held@example.org")
        assert (await client.message(LETTER)).startswith(b"250 2.0.0 held for approval as ")
        house.verdict = Verdict.PASS
        await client.begin()
        assert (await client.message(LETTER)).startswith(b"250 2.0.0 Ok: queued as SINK1")
        assert [message.rcpt for message in house.sink.messages] == [[b"RCPT TO:<anna@example.org>\r\n"]]


async def test_next_hop_that_is_not_there() -> None:
    """With nothing listening behind us the client is told to try again, not refused."""
    sink = Sink()
    async with open_house(sink) as house:
        sink._server.close()
        await sink._server.wait_closed()
        async with Dialogue(house.port) as client:
            assert (await client.begin())[0].startswith(b"451 4.4.1 ")


async def test_refused_recipient_is_told_and_left_out(house: House) -> None:
    """One recipient's refusal reaches the client; judge and next hop see the others only."""
    house.sink.steps["rcpt"] = lambda line: (
        b"550 5.1.1 unknown\r\n" if b"bob@" in line else b"450 4.2.0 later\r\n" if b"eve@" in line else b"250 ok\r\n"
    )
    async with Dialogue(house.port) as client:
        replies = await client.begin(
            b"clerk@operator.example", b"anna@example.org", b"bob@example.org", b"eve@example.org"
        )
        assert replies[1:] == [b"250 ok\r\n", b"550 5.1.1 unknown\r\n", b"450 4.2.0 later\r\n"]
        assert (await client.message(LETTER)).startswith(b"250 ")
    assert house.judged[0][0].recipients == ("anna@example.org",)
    assert house.sink.messages[0].rcpt == [b"RCPT TO:<anna@example.org>\r\n"]


async def test_no_recipient_left(house: House) -> None:
    """When every recipient was refused, DATA is refused before a word of the letter is sent."""
    house.sink.steps["rcpt"] = b"550 5.1.1 unknown\r\n"
    async with Dialogue(house.port) as client:
        await client.begin()
        assert await client.say(b"DATA") == b"554 5.5.1 no valid recipients\r\n"


async def test_next_hop_lost_between_recipients(house: House) -> None:
    """A next hop lost after the first RCPT no longer knows it: nothing is sent, the client must try again."""
    house.sink.steps["rcpt"] = lambda line: DROP if b"bob@" in line else b"250 ok\r\n"
    async with Dialogue(house.port) as client:
        replies = await client.begin(
            b"clerk@operator.example", b"anna@example.org", b"bob@example.org", b"eve@example.org"
        )
        assert [reply[:3] for reply in replies] == [b"250", b"250", b"451", b"451"]
        assert (await client.say(b"DATA")).startswith(b"451 4.4.1 ")
    assert house.judged == []


async def test_null_reverse_path(house: House) -> None:
    """Bounces have no sender: MAIL FROM:<> goes on as it is."""
    async with Dialogue(house.port) as client:
        await client.begin(b"")
        assert (await client.message(LETTER)).startswith(b"250 ")
    assert house.sink.messages[0].mail == b"MAIL FROM:<>\r\n"
    assert house.judged[0][0].reverse_path == ""


async def test_parameters_go_on(house: House) -> None:
    """SIZE, BODY=8BITMIME and SMTPUTF8 reach a next hop that offers them; AUTH= is swallowed."""
    async with Dialogue(house.port) as client:
        await client.say(b"EHLO client.example")
        line = b"MAIL FROM:<zo\xc3\xab@operator.example> SIZE=1234 BODY=8BITMIME SMTPUTF8 AUTH=<>"
        assert (await client.say(line)).startswith(b"250")
        assert (await client.say("RCPT TO:<żółć@example.org>".encode())).startswith(b"250")
        assert (await client.message(LETTER)).startswith(b"250 ")
    message = house.sink.messages[0]
    assert message.mail == b"MAIL FROM:<zo\xc3\xab@operator.example> SIZE=1234 BODY=8BITMIME SMTPUTF8\r\n"
    assert message.rcpt == ["RCPT TO:<żółć@example.org>\r\n".encode()]
    envelope = house.judged[0][0]
    assert (envelope.body_8bit, envelope.smtputf8, envelope.recipients) == (True, True, ("żółć@example.org",))
    assert b"with UTF8SMTP id" in message.wire


async def test_parameters_stay_where_the_next_hop_does_not_know_them() -> None:
    """An old next hop is not given SIZE or BODY; SMTPUTF8, which cannot be done without, is 553."""
    async with open_house(Sink(extensions=("HELP",))) as house, Dialogue(house.port) as client:
        await client.say(b"EHLO client.example")
        await client.say(b"MAIL FROM:<clerk@operator.example> SIZE=99 BODY=8BITMIME")
        await client.say(b"RCPT TO:<anna@example.org>")
        assert (await client.message(b"\r\n\xe4\xff\r\n")).startswith(b"250 ")
        assert house.sink.messages[0].mail == b"MAIL FROM:<clerk@operator.example>\r\n"
        assert house.sink.messages[0].wire.endswith(b"\r\n\xe4\xff\r\n")
        assert (await client.say(b"MAIL FROM:<clerk@operator.example> SMTPUTF8")).startswith(b"553 5.6.7 ")


async def test_next_hop_that_only_knows_helo(house: House) -> None:
    """A next hop that refuses EHLO is greeted with HELO."""
    house.sink.steps["ehlo"] = b"502 5.5.1 what is that\r\n"
    async with Dialogue(house.port) as client:
        await client.begin()
        assert (await client.message(LETTER)).startswith(b"250 ")


@pytest.mark.parametrize(
    "body",
    [b".\r\n", b"..\r\n", b".a\r\n..b\r\n...\r\n\r\n.\r\n", b"\r\n", b"", b"x\r\n.\r\nQUIT\r\n", b"\xff\x80\xc3(\r\n"],
)
async def test_dots_and_octets(house: House, body: bytes) -> None:
    """Lines of dots, empty messages and octets of no charset arrive as they were sent."""
    async with Dialogue(house.port) as client:
        await client.begin()
        assert (await client.message(stuff(body))).startswith(b"250 ")
    assert without_trace(house.sink.messages[0].body) == body
    assert without_trace(house.judged[0][1]) == body


async def test_megabytes(house: House) -> None:
    """Ten megabytes without a line end, and as many lines, arrive octet for octet."""
    for body in (b"x" * 10_000_000 + b"\r\n", b".\r\n\r\n" * 300_000):
        async with Dialogue(house.port) as client:
            await client.begin()
            assert (await client.message(stuff(body))).startswith(b"250 ")
        assert without_trace(house.sink.messages[-1].body) == body


async def test_connections_are_kept(house: House) -> None:
    """Ten messages of five clients take one connection, with nothing carried over."""
    for number in range(5):
        async with Dialogue(house.port) as client:
            for letter in range(2):
                await client.begin(b"clerk@operator.example", b"anna%d%d@example.org" % (number, letter))
                await client.message(LETTER)
            await client.say(b"QUIT")
    assert house.sink.connections == 1
    assert len(house.sink.messages) == 10
    assert all(len(message.rcpt) == 1 for message in house.sink.messages)


async def test_kept_connection_that_went_stale(house: House) -> None:
    """When the next hop has closed or given up a kept connection, the client notices nothing."""
    async with Dialogue(house.port) as client:
        await client.begin()
        await client.message(LETTER)
        house.sink.hang_up()
        assert [r[:3] for r in await client.begin()] == [b"250", b"250"]
        assert (await client.message(LETTER)).startswith(b"250 ")
        told = iter([b"421 4.4.2 idle too long\r\n"])
        house.sink.steps["mail"] = lambda line: next(told, b"250 fine\r\n")
        assert [r[:3] for r in await client.begin()] == [b"250", b"250"]
        assert (await client.message(LETTER)).startswith(b"250 ")
    assert house.sink.connections == 3


async def test_abandoned_transaction_is_reset(house: House) -> None:
    """RSET, a new EHLO and a lost client each leave nothing behind at the next hop."""
    async with Dialogue(house.port) as client:
        await client.begin()
        await client.say(b"RSET")
        await client.begin()
        await client.begin(b"other@operator.example", b"bob@example.org")
        assert (await client.message(LETTER)).startswith(b"250 ")
        await client.begin()
    assert [m.mail for m in house.sink.messages] == [b"MAIL FROM:<other@operator.example>\r\n"]
    await happened(lambda: house.sink.verbs().count("RSET") >= 3)
    assert house.sink.verbs().count("RSET") == 3


async def test_pipelined_session(house: House) -> None:
    """A client that sends its whole envelope in one packet, and the next one behind the dot, gets every answer."""
    async with Dialogue(house.port) as client:
        await client.say(b"EHLO client.example")
        envelope = b"MAIL FROM:<clerk@operator.example>\r\nRCPT TO:<anna@example.org>\r\nDATA\r\n"
        client.send(envelope)
        assert [(await client.reply())[:3] for _ in range(3)] == [b"250", b"250", b"354"]
        client.send(LETTER + b".\r\n" + envelope)
        assert [(await client.reply())[:3] for _ in range(4)] == [b"250", b"250", b"250", b"354"]
        client.send(LETTER + b".\r\nQUIT\r\n")
        assert [(await client.reply())[:3] for _ in range(2)] == [b"250", b"221"]
    assert len(house.sink.messages) == 2


@settings(max_examples=50, deadline=None)
@given(
    st.binary(max_size=300).map(lambda b: b.translate(None, b"\r\0")) | st.text(".\n a", max_size=60).map(str.encode)
)
async def test_any_body_through_the_whole_path(body: bytes) -> None:
    """Any octets but CR and NUL go through door and next hop unchanged, and are what was judged."""
    body = body.replace(b"\n", b"\r\n") + b"\r\n"
    async with open_house() as house, Dialogue(house.port) as client:
        await client.begin()
        assert (await client.message(stuff(body))).startswith(b"250 ")
        assert without_trace(house.sink.messages[0].body) == body
        assert house.judged[0][1] == house.sink.messages[0].body
