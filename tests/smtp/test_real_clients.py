"""Real mail programs: swaks, Python's smtplib and Postfix's smtp-source in front, a real Postfix behind."""

import asyncio
import re
import secrets
import smtplib
import ssl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from mailguard.core.settings import NextHopSettings, SmtpSettings
from mailguard.core.verdict import Verdict
from mailguard.relay.next_hop import NextHop
from mailguard.smtp.door import FrontDoor
from tests.smtp.house import House, tls_settings, without_trace
from tests.smtp.test_smuggling import ENDS, SMUGGLED
from tests.support.dialogue import Dialogue
from tests.support.need import need_program
from tests.support.postfix import Postfix, start_postfix
from tests.support.sink import Sink
from tests.support.waiting import PATIENCE, eventually, happened

_BEGUN = re.compile(r"smtpd\[\d+\]: [0-9A-Za-z]+: client=")
"""What Postfix logs of each transaction with a recipient that it has accepted."""
LETTER = b"From: clerk@operator.example\r\nTo: anna@example.org\r\nSubject: hello\r\n\r\n.Hello\r\n..\r\nAnna \xe4\r\n"


@pytest.fixture(scope="module")
def postfix() -> Iterator[Postfix]:
    """One server for all of these tests, delivering to files."""
    with start_postfix() as running:
        yield running


@pytest.fixture
async def guarded(postfix: Postfix, certificate: tuple[Path, Path]) -> AsyncIterator[House]:
    """The front door with that Postfix as next hop."""
    next_hop = NextHop(NextHopSettings(port=postfix.port), "guard.example")
    house = House(Sink(), None, next_hop)  # type: ignore[arg-type]
    house.door = FrontDoor(
        SmtpSettings(listen=["127.0.0.1:0"], hostname="guard.example", **tls_settings(certificate)),
        begin=next_hop.begin,
        judge=house.judge,
        hold=house.hold,
        observe=house.outcomes.append,
    )
    await house.door.start()
    yield house
    await house.door.stop()
    await next_hop.close()


async def _arrived(postfix: Postfix, mark: bytes) -> bytes:
    return await happened(
        lambda: next((letter for letter in reversed(postfix.letters) if mark in letter), None), every=0.05
    )


async def _logged(postfix: Postfix, answer: bytes) -> None:
    """Postfix's log, which another process of it writes, has come to the message that was answered so."""
    code, _, queue_id = answer.decode().rstrip().partition(" 2.0.0 Ok: queued as ")
    assert code == "250", answer
    await happened(lambda: f": {queue_id}: client=" in postfix.log, every=0.05)


async def _run(*command: str, stdin: bytes = b"") -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await asyncio.wait_for(process.communicate(stdin), PATIENCE)
    assert process.returncode is not None
    return process.returncode, output.decode(errors="replace")


async def test_answers_are_postfixs_own(guarded: House, postfix: Postfix) -> None:
    """Postfix's refusals and its queue id reach the client word for word, and the letter its Maildir."""
    async with Dialogue(postfix.port) as direct, Dialogue(guarded.port) as client:
        for command in (
            b"EHLO client.example",
            b"MAIL FROM:<clerk@operator.example> BODY=8BITMIME",
            b"RCPT TO:<anna@example.org>",
            b"RCPT TO:<" + b"x" * 60 + b"@" + b"long-label" * 7 + b".example>",
            b"RCPT TO:<anna@-bad.example>",
        ):
            expected, said = await direct.say(command), await client.say(command)
            if command.startswith((b"MAIL", b"RCPT")) and b"-bad" not in command:
                assert said == expected
        assert (await client.message(LETTER.replace(b"\r\n.", b"\r\n.."))).startswith(b"250 2.0.0 Ok: queued as ")
    letter = await _arrived(postfix, b".Hello\n..\nAnna \xe4\n")
    assert b"by guard.example (mailguard) with ESMTP id " in letter
    assert b"Delivered-To: anna@example.org" in letter


async def test_swaks(guarded: House, postfix: Postfix) -> None:
    """swaks delivers through us, and hears the case id of a held message."""
    swaks = need_program("swaks", "swaks")
    common = (swaks, "--server", f"127.0.0.1:{guarded.port}", "-f", "clerk@operator.example", "-t", "eve@example.org")
    code, output = await _run(*common, "--body", "swaks was here")
    assert code == 0, output
    await _arrived(postfix, b"swaks was here")
    guarded.verdict = Verdict.HOLD
    code, output = await _run(*common, "--body", "PIN 4711")
    assert code == 0, output
    assert "250 2.0.0 held for approval as MG-TEST-0001" in output
    assert len(guarded.held) == 1


async def test_smtplib(guarded: House, postfix: Postfix) -> None:
    """Python's client with SMTPUTF8 addresses and 8-bit text."""

    def talk() -> None:
        with smtplib.SMTP("127.0.0.1", guarded.port) as client:
            text = "Subject: żółć\r\n\r\nsmtplib — żółć\r\n".encode()
            client.sendmail("zoë@operator.example", ["anna@example.org"], text, ["SMTPUTF8", "BODY=8BITMIME"])

    await asyncio.to_thread(talk)
    assert "Subject: żółć".encode() in await _arrived(postfix, "smtplib — żółć".encode())


async def test_smtp_source(guarded: House) -> None:
    """Two hundred messages over eight sessions at once, pipelined as smtp-source does; each gets its queue id."""
    source = need_program("smtp-source", "postfix")
    code, output = await _run(
        source, "-d", "-s", "8", "-m", "200", "-l", "5000", "-f", "clerk@operator.example",
        "-t", "anna@example.org", f"inet:127.0.0.1:{guarded.port}",
    )  # fmt: skip
    assert code == 0, output
    assert len(guarded.outcomes) == 200
    assert all(outcome.answer.ok and outcome.next_hop for outcome in guarded.outcomes)


async def test_big_message(guarded: House, postfix: Postfix) -> None:
    """Five megabytes go through whole."""
    async with Dialogue(guarded.port) as client:
        await client.begin()
        body = b"Subject: big one\r\n\r\n" + b"0123456789" * 7 + b"\r\n" + (b"x" * 70 + b"\r\n") * 70_000
        assert (await client.message(body)).startswith(b"250 ")
    letter = await _arrived(postfix, b"Subject: big one")
    assert letter.endswith(body.replace(b"\r\n", b"\n")[-2_000_000:])


@pytest.mark.parametrize("end", ENDS, ids=repr)
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "TLS"])
async def test_no_second_message_behind_a_real_postfix(
    guarded: House, postfix: Postfix, certificate: tuple[Path, Path], tls: bool, end: bytes
) -> None:
    """No malformed end of data becomes a second message in Postfix, over a plain connection or TLS.

    Looked at once a later letter has arrived: by then Postfix has begun a transaction for that one and for the first,
    and no other.
    """
    async with Dialogue(postfix.port) as client:
        await client.begin()
        await _logged(postfix, await client.message(b"Subject: earlier\r\n\r\n"))
    before = len(_BEGUN.findall(postfix.log))
    async with Dialogue(guarded.port) as client:
        if tls:
            await client.say(b"EHLO client.example")
            await client.start_tls(ssl.create_default_context(cafile=str(certificate[0])))
        await client.begin()
        await client.message(b"Subject: first\r\n\r\nhello" + end + SMUGGLED + b"\r\n")
        later = secrets.token_hex(8).encode()
        await client.begin()
        said = await client.message(b"Subject: later\r\n\r\n" + later + b"\r\n")
    await _arrived(postfix, later)
    await _logged(postfix, said)
    assert len(_BEGUN.findall(postfix.log)) == before + 2
    assert "ceo@operator.example" not in postfix.log
    assert not any(b"Delivered-To: victim@example.net" in letter for letter in postfix.letters)


def test_what_the_matrix_is_against() -> None:
    """A Postfix as it came for years, asked directly, does take such an end: its log has the second transaction."""
    with start_postfix(settings="smtpd_forbid_bare_newline = no\n") as misled:
        with smtplib.SMTP("127.0.0.1", misled.port, timeout=PATIENCE) as client:
            client.ehlo()
            client.mail("clerk@operator.example")
            client.rcpt("anna@example.org")
            client.putcmd("DATA")
            client.getreply()
            client.send(b"Subject: first\r\n\r\nhello\n.\r\n" + SMUGGLED + b"\r\n.\r\n")
            for _ in range(5):
                client.getreply()
        assert eventually(lambda: "from=<ceo@operator.example>" in misled.log)
        assert len(_BEGUN.findall(misled.log)) == 2


@pytest.mark.parametrize("end", [e for e in ENDS if b"\n" in e.replace(b"\r\n", b"")], ids=repr)
async def test_the_shipped_snippet_is_a_second_lock(postfix: Postfix, end: bytes) -> None:
    """Postfix with the shipped settings refuses bare newlines from $mynetworks too, without us in front."""
    async with Dialogue(postfix.port) as client:
        await client.begin()
        assert (await client.say(b"DATA")).startswith(b"354")
        client.send(b"Subject: first\r\n\r\nhello" + end + SMUGGLED + b"\r\n.\r\n")
        assert (await client.reply()).startswith(b"550 5.5.2 ")
    assert "from=<ceo@operator.example>" not in postfix.log


async def test_mail_goes_to_a_relay_unchanged(tmp_path: Path) -> None:
    """Door, Postfix, and a raw sink behind Postfix: the body's octets are those that were judged."""
    async with Sink() as sink:
        start = start_postfix(relay_to=sink.port)
        running = await asyncio.to_thread(start.__enter__)
        try:
            next_hop = NextHop(NextHopSettings(port=running.port), "guard.example")
            house = House(sink, None, next_hop)  # type: ignore[arg-type]
            settings = SmtpSettings(listen=["127.0.0.1:0"], hostname="guard.example")
            house.door = FrontDoor(settings, begin=next_hop.begin, judge=house.judge, hold=house.hold)
            await house.door.start()
            async with Dialogue(house.port) as client:
                await client.begin()
                await client.message(LETTER.replace(b"\r\n.", b"\r\n.."))
            await happened(lambda: sink.messages)
            _, _, body = sink.messages[0].body.partition(b"\r\n\r\n")
            assert body == without_trace(house.judged[0][1]).partition(b"\r\n\r\n")[2]
            await house.door.stop()
            await next_hop.close()
        finally:
            await asyncio.to_thread(start.__exit__, None, None, None)
