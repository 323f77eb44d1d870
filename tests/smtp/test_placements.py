"""The guard in front of, before the queue of and behind the queue of a real Postfix, with the shipped configuration."""

import asyncio
import re
import smtplib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from mailguard.core.settings import NextHopSettings, SmtpSettings
from mailguard.core.verdict import Verdict
from mailguard.relay.next_hop import NextHop
from mailguard.smtp.door import FrontDoor
from tests.smtp.house import House
from tests.support.ports import free_port
from tests.support.postfix import Postfix, start_postfix
from tests.support.sink import Sink

DEPLOY = Path(__file__).parents[2] / "deploy" / "postfix"
LETTER = "From: clerk@operator.example\r\nSubject: placed\r\n\r\nGrüße\r\n.\r\n".encode()
PLACES = ("before-queue", "after-queue")


@asynccontextmanager
async def _placed(place: str) -> AsyncIterator[tuple[House, Postfix, int]]:
    """Postfix with the shipped lines, the guard at the place they name, and the port that clients use."""
    front, guard, behind = free_port(), free_port(), free_port()
    services = (DEPLOY / f"{place}.master.cf").read_text(encoding="utf-8")
    services = re.sub(r"(?m)^25 ", f"127.0.0.1:{front} ", services)
    services = services.replace("127.0.0.1:10025", f"127.0.0.1:{behind}").replace(":2525", f":{guard}")
    settings = f"content_filter = mailguard:[127.0.0.1]:{guard}\n" if place == "after-queue" else ""
    with start_postfix(services=services, settings=settings) as postfix:
        next_hop = NextHop(NextHopSettings(port=behind), "guard.example")
        house = House(Sink(), None, next_hop)  # type: ignore[arg-type]
        house.door = FrontDoor(
            SmtpSettings(listen=[f"127.0.0.1:{guard}"], hostname="guard.example"),
            begin=next_hop.begin,
            judge=house.judge,
            hold=house.hold,
            offered=next_hop.offered,
            observe=house.outcomes.append,
        )
        await house.door.start()
        try:
            yield house, postfix, postfix.port if place == "after-queue" else front
        finally:
            await house.door.stop()
            await next_hop.close()


def _send(port: int, **options: list[str]) -> tuple[int, bytes]:
    with smtplib.SMTP("127.0.0.1", port, "client.example", timeout=60) as client:
        client.ehlo()
        code, text = client.mail("clerk@operator.example", options.get("mail", []))
        if code == 250:
            code, text = client.rcpt("anna@example.org", options.get("rcpt", []))
        return client.data(LETTER) if code == 250 else (code, text)


async def _until(condition: object, tries: int = 300) -> None:
    for _ in range(tries):
        if condition():  # type: ignore[operator]
            return
        await asyncio.sleep(0.1)
    raise AssertionError("it did not happen")


@pytest.mark.parametrize("place", PLACES)
async def test_a_clean_letter_goes_through(place: str) -> None:
    """It is judged once and delivered, 8-bit octets and dots whole; the second smtpd's log names the first client."""
    async with _placed(place) as (house, postfix, port):
        code, _ = await asyncio.to_thread(_send, port, mail=["BODY=8BITMIME"])
        assert code == 250
        await _until(lambda: postfix.letters)
        assert len(house.judged) == 1
        assert "Grüße\n.\n".encode() in postfix.letters[0]
        envelope = house.judged[0][0]
        assert envelope.client.helo == "client.example"
        assert dict(envelope.client.forwarded)["ADDR"] == "127.0.0.1"
        assert postfix.log.count("helo=<client.example>") + postfix.log.count("orig_client=") >= 1


@pytest.mark.parametrize("place", PLACES)
async def test_delivery_status_wishes_survive(place: str) -> None:
    """ENVID and NOTIFY that the client gave to the first smtpd come to the guard and go on to the second."""
    async with _placed(place) as (house, postfix, port):
        wishes = {"mail": ["RET=HDRS", "ENVID=case+2B7"], "rcpt": ["NOTIFY=NEVER"]}
        assert (await asyncio.to_thread(_send, port, **wishes))[0] == 250
        await _until(lambda: postfix.letters)
    envelope = house.judged[0][0]
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
        assert "451 4.3.0" in postfix.log
        assert postfix.letters == []
