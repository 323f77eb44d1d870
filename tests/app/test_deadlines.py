"""Deadlines end to end: `mailguard serve` that was down while time went by."""

import asyncio
import smtplib
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path

from sqlmodel import select

from mailguard.cases.deadlines.terms import Terms
from mailguard.core.settings import load_settings
from mailguard.store.store import open_store
from mailguard.store.tables.cases import CaseRow
from tests.support.guard import GuardProcess, make_guard
from tests.support.letters import SENDER, write_letter
from tests.support.sink import Sink
from tests.support.waiting import PATIENCE, eventually

OFFICE = """
[cases]
expire_hours = 16
remind_hours = 4
escalate_to = ["head@operator.example"]
[calendar]
country = "FI"
time_zone = "Europe/Helsinki"
"""
SECRETS = ("Marjapuuro83", "Mustaherne47", "Kaurakeksi29")
"""No short numbers: those stand in the boundaries of letters by chance."""
LETTERS = {"held", "to_review"}
"""What is written when a message is held."""


def _hold(guard: GuardProcess, secret: str) -> str:
    with smtplib.SMTP("127.0.0.1", guard.smtp_port, timeout=PATIENCE) as client:
        client.ehlo()
        client.mail(SENDER)
        client.rcpt("somebody@post.example")
        code, answer = client.data(write_letter(f"Salasana: {secret}", to="somebody@post.example"))
    assert code == 250, answer
    return answer.decode().split("held for approval as ")[1].split()[0]


def _grow_older(guard: GuardProcess, ages: dict[str, str]) -> None:
    """Move a case's deadlines back in time, so far that one has just passed; what was judged stays as it is."""
    settings = load_settings(guard.config)
    store = open_store(settings.store)
    with store.writing() as session:
        for case in session.exec(select(CaseRow)).all():
            reckoned = Terms.of(settings).reckon(case.received_at)
            assert (case.remind_at, case.escalate_at, case.expires_at) in (
                (reckoned.remind_at, reckoned.escalate_at, reckoned.expires_at),
                (None, None, None),
            )
            age = getattr(reckoned, ages[case.id]) - store.clock() + timedelta(seconds=1)
            case.remind_at, case.escalate_at = reckoned.remind_at - age, reckoned.escalate_at - age
            case.expires_at = reckoned.expires_at - age
            session.add(case)
    store.close()


def _told(sink: Sink) -> list[tuple[str, str, str]]:
    """Kind, recipient and case of each letter that came after those of holding."""
    letters = [message_from_bytes(message.body) for message in sink.messages]
    told = [
        (str(m["X-Mailguard-Notice"]), str(m["To"]), str(m["Subject"]).rpartition("(")[2].strip(")")) for m in letters
    ]
    return sorted(letter for letter in told if letter[0] not in LETTERS)


async def test_a_guard_that_was_down_makes_up_for_it(tmp_path: Path) -> None:
    """One case is due for its reminder, one for both letters, one for its expiry: at the start each goes out once, and
    nothing held does."""
    async with Sink() as sink:
        guard = make_guard(tmp_path, sink.port, extra=OFFICE)
        second = await asyncio.to_thread(guard.add_user, "sofia", "sofia@operator.example")

        def hold() -> list[str]:
            with guard.serving():
                return [_hold(guard, secret) for secret in SECRETS]

        def serve() -> None:
            with guard.serving(killed=True):
                eventually(lambda: len(_told(sink)) >= 4)
                listed = guard.api("GET", "/api/v1/cases?state=held,expired", second)[1]["cases"]
                assert {case["id"]: case["state"] for case in listed} == {one: "held", two: "held", three: "expired"}
                assert {case["id"] for case in listed if case["expires_at"]} == {one, two}

        one, two, three = await asyncio.to_thread(hold)
        _grow_older(guard, {one: "remind_at", two: "escalate_at", three: "expires_at"})
        await asyncio.to_thread(serve)
        expected = [
            ("escalation", "head@operator.example", two),
            ("expired", SENDER, three),
            ("reminder", "sofia@operator.example", one),
            ("reminder", "sofia@operator.example", two),
        ]
        assert _told(sink) == sorted(expected)
        returned = next(m.body for m in sink.messages if b"X-Mailguard-Notice: expired" in m.body)
        assert b"had not been reminded" in returned.replace(b"=\r\n", b"").replace(b"\r\n", b" ")
        for secret in SECRETS:
            assert all(secret.encode() not in message.wire for message in sink.messages)
    listed = await asyncio.to_thread(guard.command, "cases", "list")
    lines = {case: line for line in listed.stdout.splitlines() for case in (one, two, three) if case in line}
    assert {case for case, line in lines.items() if "(returned 20" in line} == {one, two}
