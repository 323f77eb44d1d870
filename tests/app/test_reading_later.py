"""`message.ocr = "later"` in a whole guard: from the client's 250 to the recipient, or to the case."""

import asyncio
import json
import smtplib
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from mailguard.core.settings import StoreSettings
from mailguard.store.store import open_store
from mailguard.store.tables.audit import AuditRow
from tests.support.guard import GuardProcess, make_guard
from tests.support.letters import CUSTOMER, SENDER
from tests.support.need import need_program
from tests.support.pictured import CLEAN, SECRET, letter, until
from tests.support.pictures import png_of
from tests.support.sink import STALL, Sink, SinkMessage

LATER = '[message]\nocr = "later"\n'


@pytest.fixture(autouse=True)
def _tesseract() -> None:
    need_program("tesseract", "tesseract-ocr")


def send(guard: GuardProcess, raw: bytes) -> str:
    """Hand it in; the id that the answer names."""
    with smtplib.SMTP("127.0.0.1", guard.smtp_port, timeout=120) as client:
        client.ehlo()
        client.mail(SENDER)
        client.rcpt(CUSTOMER)
        code, answer = client.data(raw)
    assert code == 250
    assert answer.startswith(b"2.0.0 held for approval as MG-")
    return answer.decode()[-12:]


async def test_read_when_the_client_has_gone(tmp_path: Path) -> None:
    """A clean one goes on octet for octet, is no case, and journal and counts know it as passed; others become cases.

    Of one that lay there when the guard was killed nothing is lost.
    """
    async with Sink() as sink:
        guard = make_guard(tmp_path, sink.port, extra=LATER)
        token = await asyncio.to_thread(guard.add_user, "sofia", "sofia@operator.example")
        with guard.serving():
            raw = letter(png_of(CLEAN))
            clean = await asyncio.to_thread(send, guard, raw)
            await until(lambda: bool(_arrived(sink)))
            (message,) = _arrived(sink)
            # Nothing but the line of trace was put on top.
            trace = message.body.removesuffix(raw)
            assert trace.startswith(b"Received: ")
            assert b"\r\n" not in trace.removesuffix(b"\r\n").replace(b"\r\n\t", b"").replace(b"\r\n ", b"")
            assert guard.api("GET", f"/api/v1/cases/{clean}", token)[0] == 404
            secret = await asyncio.to_thread(send, guard, letter(png_of(SECRET)))
            await until(lambda: guard.api("GET", f"/api/v1/cases/{secret}", token)[0] == 200)
            _, case = await asyncio.to_thread(guard.api, "GET", f"/api/v1/cases/{secret}", token)
            assert [reason["code"] for reason in case["reasons"]] == ["credential"]
            broken = await asyncio.to_thread(send, guard, letter(png_of("Hei")[:1500]))
            await until(lambda: guard.api("GET", f"/api/v1/cases/{broken}", token)[0] == 200)
            _, case = await asyncio.to_thread(guard.api, "GET", f"/api/v1/cases/{broken}", token)
            assert [reason["code"] for reason in case["reasons"]] == ["unreadable"]
            # What is held for another reason is a case at once.
            at_once = await asyncio.to_thread(send, guard, letter(png_of(CLEAN + "!"), words=SECRET))
            assert guard.api("GET", f"/api/v1/cases/{at_once}", token)[0] == 200
            await until(lambda: _figure(guard, 'mailguard_messages_total{fate="held"}') == 3)
            await until(lambda: _figure(guard, 'mailguard_messages_total{fate="passed"}') == 1)
            await until(lambda: _figure(guard, "mailguard_awaiting_reading") == 0)
        # After the stop, which writes down what the journal was still gathering.
        traced = await asyncio.to_thread(guard.command, "trace", CUSTOMER, "--format", "json")
        assert sorted(line["fate"] for line in _messages(json.loads(traced.stdout))) == ["held"] * 3 + ["passed"]
        assert len(_arrived(sink)) == 1
        # Nothing leaves before the kill, however late that comes.
        sink.steps["data"] = b"451 4.3.0 not now\r\n"
        with guard.serving(killed=True):
            many = letter(*(png_of(f"{CLEAN} {n}") for n in range(12)))
            waits = await asyncio.to_thread(send, guard, b"Message-ID: <scan-1@operator.example>\r\n" + many)
        assert len(_arrived(sink)) == 1
        # Whoever asks where it is hears it, by what the client was told and by what the message says of itself.
        for name in (waits, CUSTOMER, "<scan-1@operator.example>"):
            asked = await asyncio.to_thread(guard.command, "trace", name, "--format", "json")
            assert [(one["case"], one["gone"]) for one in json.loads(asked.stdout)["unread"]] == [(waits, False)]
        told = (await asyncio.to_thread(guard.command, "trace", waits)).stdout
        assert "awaiting reading" in told
        shown = await asyncio.to_thread(guard.command, "cases", "show", waits)
        assert "waits until its pictures are read" in shown.stderr
        assert "1 messages wait until their pictures are read" in told
        sink.steps.clear()
        with guard.serving():
            await until(lambda: len(_arrived(sink)) == 2)
            assert guard.api("GET", f"/api/v1/cases/{waits}", token)[0] == 404
        for name in (clean, waits):
            traced = await asyncio.to_thread(guard.command, "trace", name, "--format", "json")
            assert [(one["fate"], one["case"]) for one in json.loads(traced.stdout)["messages"]] == [("passed", None)]
    assert "Kesaranta77" not in guard.log()


async def test_killed_between_the_dot_and_its_answer(tmp_path: Path) -> None:
    """The next hop may have it: it is sent again after the start, and the trail says that it may be the second copy."""
    async with Sink() as sink:
        guard = make_guard(tmp_path, sink.port, extra=LATER)
        sink.steps["dot"] = STALL
        with guard.serving(killed=True):
            case_id = await asyncio.to_thread(send, guard, letter(png_of(CLEAN)))
            await until(lambda: len(sink.messages) == 1)
        sink.hang_up()
        sink.steps = {}
        with guard.serving():
            await until(lambda: len(sink.messages) == 2)
            await until(lambda: _figure(guard, 'mailguard_messages_total{fate="passed"}') == 1)
        first, second = sink.messages
        assert first.body == second.body
        store = StoreSettings(database_url=f"sqlite:///{tmp_path}/guard.db", key_file=tmp_path / "guard.key")
        with open_store(store) as kept, kept.reading() as session:
            acts = select(AuditRow.act).where(AuditRow.case_id == case_id).order_by(col(AuditRow.seq))
            assert list(session.exec(acts)) == ["awaits reading", "release again", "passed after reading"]


def _arrived(sink: Sink) -> list[SinkMessage]:
    """What the customer got; the guard's own letters left out."""
    return [message for message in sink.messages if message.rcpt == [f"RCPT TO:<{CUSTOMER}>\r\n".encode()]]


def _figure(guard: GuardProcess, name: str) -> float:
    with urllib.request.urlopen(f"http://127.0.0.1:{guard.desk_port}/metrics", timeout=60) as answer:
        lines = answer.read().decode().splitlines()
    return float(next((line.rpartition(" ")[2] for line in lines if line.startswith(name)), "0"))


def _messages(traced: Any) -> list[dict[str, Any]]:
    return list(traced["messages"])
