"""The guard in front of, before the queue of and behind the queue of a real Postfix, with the shipped configuration."""

import asyncio
import re
import smtplib
import subprocess
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from mailguard.core.settings import NextHopSettings, SmtpSettings
from mailguard.core.verdict import Verdict
from mailguard.smtp.received import MOST_HOPS
from tests.smtp.house import House, house_before
from tests.support.need import need_program
from tests.support.ports import free_port
from tests.support.postfix import Postfix, start_postfix
from tests.support.sink import Sink
from tests.support.waiting import PATIENCE, happened

DEPLOY = Path(__file__).parents[2] / "deploy" / "postfix"
LETTER = "From: clerk@operator.example\r\nSubject: placed\r\n\r\nGrüße\r\n.\r\n".encode()
PLACES = ("before-queue", "after-queue")
CLIENT = "127.0.0.9"
"""Not the address of Postfix, nor the guard's."""


@asynccontextmanager
async def _placed(place: str, *, xclient: bool = False) -> AsyncIterator[tuple[House, Postfix, int]]:
    """Postfix with the shipped lines, the guard at the place they name, and the port that clients use.

    `xclient`: the second smtpd has it from the guard alone, as the README says.
    """
    front, guard, behind = free_port(), free_port(), free_port()
    services = (DEPLOY / f"{place}.master.cf").read_text(encoding="utf-8")
    # The guard's first: the other ports may begin with the same figures.
    services = services.replace(":2525", f":{guard}").replace("127.0.0.1:10025", f"127.0.0.1:{behind}")
    services = re.sub(r"(?m)^25 ", f"127.0.0.1:{front} ", services)
    if xclient:
        xforward = "  -o smtpd_authorized_xforward_hosts=127.0.0.0/8\n"
        assert xforward in services
        services = services.replace(xforward, xforward.replace("xforward", "xclient").replace("0/8", "1"))
    settings = f"content_filter = mailguard:[127.0.0.1]:{guard}\n" if place == "after-queue" else ""
    with start_postfix(services=services, settings=settings) as postfix:
        async with _guard_at(guard, behind, xclient=xclient) as house:
            yield house, postfix, postfix.port if place == "after-queue" else front


def _guard_at(port: int, behind: int, *, xclient: bool = False) -> AbstractAsyncContextManager[House]:
    settings = SmtpSettings(listen=[f"127.0.0.1:{port}"], hostname="guard.example")
    return house_before(NextHopSettings(port=behind, xclient=xclient), settings, Sink())


@asynccontextmanager
async def _between() -> AsyncIterator[tuple[House, Postfix, Postfix]]:
    """The guard as the smarthost of one Postfix, in front of another one: the senders' server, and the company's."""
    guard = free_port()
    with start_postfix(relay_to=guard) as senders, start_postfix() as companys:
        async with _guard_at(guard, companys.port) as house:
            yield house, senders, companys


def _send(port: int, sender: str = "clerk@operator.example", **options: list[str]) -> tuple[int, bytes]:
    with smtplib.SMTP("127.0.0.1", port, "client.example", timeout=PATIENCE, source_address=(CLIENT, 0)) as client:
        client.ehlo()
        if not sender.isascii():
            client.command_encoding = "utf-8"
        code, text = client.mail(sender, options.get("mail", []))
        if code == 250:
            code, text = client.rcpt("anna@example.org", options.get("rcpt", []))
        return client.data(LETTER) if code == 250 else (code, text)


_until = partial(happened, every=0.1)


@pytest.mark.parametrize("place", PLACES)
async def test_a_clean_letter_goes_through(place: str) -> None:
    """It is judged once and delivered, 8-bit octets and dots whole; the case names the first client, by XFORWARD, and
    so does the log of the second smtpd."""
    async with _placed(place) as (house, postfix, port):
        code, _ = await asyncio.to_thread(_send, port, mail=["BODY=8BITMIME"])
        assert code == 250
        await _until(lambda: postfix.letters)
        assert len(house.judged) == 1
        assert "Grüße\n.\n".encode() in postfix.letters[0]
        envelope = house.judged[0][0]
        assert (envelope.client.address, envelope.client.helo) == (CLIENT, "client.example")
        assert dict(envelope.client.forwarded)["ADDR"] == CLIENT
        await _until(lambda: f"orig_client=unknown[{CLIENT}]" in postfix.log)


@pytest.mark.parametrize("place", PLACES)
async def test_the_second_smtpd_sees_the_first_client(place: str) -> None:
    """With `next_hop.xclient` and the authorisation of the README, its client is the first smtpd's client by XCLIENT,
    and no longer the guard."""
    async with _placed(place, xclient=True) as (house, postfix, port):
        assert (await asyncio.to_thread(_send, port))[0] == 250
        await _until(lambda: postfix.letters)
        assert house.judged[0][0].client.address == CLIENT
        # Once by the first smtpd, once by the second.
        await _until(lambda: postfix.log.count(f": client=unknown[{CLIENT}]") == 2)


@pytest.mark.parametrize("place", PLACES)
async def test_delivery_status_wishes_survive(place: str) -> None:
    """SIZE, BODY, SMTPUTF8, RET, ENVID and NOTIFY that the client gave to the first smtpd come to the guard, and go on:
    the second one bounces nothing, and delivers under the sender's own letters."""
    async with _placed(place) as (house, postfix, port):
        said = ["SIZE=1000", "BODY=8BITMIME", "SMTPUTF8", "RET=HDRS", "ENVID=case+2B7"]
        wishes = {"mail": said, "rcpt": ["NOTIFY=NEVER"]}
        assert (await asyncio.to_thread(_send, port, "zoë@operator.example", **wishes))[0] == 250
        await _until(lambda: postfix.letters)
        assert postfix.letters[0].startswith("Return-Path: <zoë@operator.example>\n".encode())
    envelope = house.judged[0][0]
    assert (envelope.reverse_path, envelope.body_8bit, envelope.smtputf8) == ("zoë@operator.example", True, True)
    assert envelope.dsn == "RET=HDRS ENVID=case+2B7"
    assert dict(envelope.recipient_dsn)["anna@example.org"].startswith("NOTIFY=NEVER")


@pytest.mark.parametrize("place", PLACES)
async def test_a_held_letter_stays(place: str) -> None:
    """Held is taken: nobody tries again, and nothing is delivered."""
    async with _placed(place) as (house, postfix, port):
        house.verdict = Verdict.HOLD
        code, text = await asyncio.to_thread(_send, port)
        assert code == 250
        if place == "before-queue":
            assert text == b"2.0.0 held for approval as MG-TEST-0001"
        await _until(lambda: house.held)
        await asyncio.sleep(0.3)
        assert postfix.letters == []
        assert "status=deferred" not in postfix.log


async def test_before_the_queue_the_client_hears_the_guard() -> None:
    """A judge that fails is a 451 for the client, and Postfix has nothing of the message."""
    async with _placed("before-queue") as (house, postfix, port):
        house.judge_error = RuntimeError("boom")
        code, text = await asyncio.to_thread(_send, port)
        assert (code, text[:5]) == (451, b"4.3.0")
        assert postfix.letters == []


async def test_behind_the_queue_postfix_waits() -> None:
    """A judge that fails is waited out by Postfix's queue: the client has its 250, and nothing is lost."""
    async with _placed("after-queue") as (house, postfix, port):
        house.judge_error = RuntimeError("boom")
        assert (await asyncio.to_thread(_send, port))[0] == 250
        await _until(lambda: "status=deferred" in postfix.log)
        await _until(lambda: "451 4.3.0" in postfix.log)
        assert postfix.letters == []


async def test_as_a_smarthost_a_clean_letter_goes_through() -> None:
    """From the senders' Postfix, whose relayhost the guard is, to the company's: judged once, 8-bit octets and dots
    whole, with the queue id of the one in the log of the other."""
    async with _between() as (house, senders, companys):
        assert (await asyncio.to_thread(_send, senders.port, mail=["BODY=8BITMIME"]))[0] == 250
        await _until(lambda: companys.letters)
        assert "Grüße\n.\n".encode() in companys.letters[0]
        assert len(house.judged) == 1
        await _until(lambda: "status=sent" in senders.log)
        (answer,) = [str(outcome.next_hop) for outcome in house.outcomes]
        assert f"status=sent ({answer})" in senders.log


async def test_as_a_smarthost_held_is_taken_and_trouble_is_waited_out() -> None:
    """The senders' Postfix hears the case's id and is done; what the guard cannot judge it keeps in its queue."""
    async with _between() as (house, senders, companys):
        house.verdict = Verdict.HOLD
        assert (await asyncio.to_thread(_send, senders.port))[0] == 250
        await _until(lambda: "status=sent (250 2.0.0 held for approval as MG-TEST-0001)" in senders.log)
        house.judge_error = RuntimeError("boom")
        assert (await asyncio.to_thread(_send, senders.port))[0] == 250
        await _until(lambda: "status=deferred" in senders.log)
        assert "451 4.3.0" in senders.log
        assert companys.letters == []


async def test_a_circle_comes_to_an_end() -> None:
    """A Postfix that hands everything back to the guard, whose next hop it is: refused once the message has been round
    often enough, and the Postfix knows it."""
    guard = free_port()
    with start_postfix(relay_to=guard) as postfix:
        async with _guard_at(guard, postfix.port) as house:
            assert (await asyncio.to_thread(_send, postfix.port))[0] == 250
            await _until(lambda: any(outcome.answer.code == 554 for outcome in house.outcomes))
            # Without the report of it, which has no reverse-path and goes round just so.
            rounds = [envelope for envelope, _ in house.judged if envelope.reverse_path]
            assert len(rounds) < MOST_HOPS
            refused = next(outcome for outcome in house.outcomes if outcome.answer.code == 554)
            assert str(refused.answer) == "554 5.4.6 too many hops, this message is looping"
            await _until(lambda: "too many hops, this message is looping" in postfix.log)


@pytest.mark.parametrize("place", PLACES)
async def test_many_at_once(place: str) -> None:
    """Postfix's own smtp-source, a hundred messages over five sessions: each is judged once and delivered once."""
    source = need_program("smtp-source", "postfix")
    async with _placed(place) as (house, postfix, port):
        call = [source, "-d", "-s", "5", "-m", "100", "-l", "3000", "-f", "clerk@operator.example"]
        done = await asyncio.to_thread(
            subprocess.run, [*call, "-t", "anna@example.org", f"127.0.0.1:{port}"], capture_output=True, timeout=120
        )
        assert (done.returncode, done.stderr) == (0, b"")
        await _until(lambda: len(postfix.letters) == 100)
        assert len(house.judged) == 100
