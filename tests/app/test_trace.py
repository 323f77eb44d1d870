"""`mailguard trace` and `mailguard journal import`, as somebody uses them who must know what went where."""

import asyncio
import csv
import io
import json
import mailbox
import smtplib
from pathlib import Path
from typing import Any

from tests.app.conftest import CUSTOMERS
from tests.support.guard import GuardProcess, make_guard
from tests.support.letters import SENDER, write_letter
from tests.support.sink import Sink
from tests.support.waiting import PATIENCE

RIGHT, NAMESAKE = "matti.virtanen@post.example", "m.virtanen@mail.example"
PAPERS = "Hei Matti Virtanen,\n\nAsiakasnumero: 1001\nTilaus on vahvistettu.\n"
SECRET = "Marjapuuro83"


def _traced(guard: GuardProcess, *arguments: str) -> dict[str, Any]:
    done = guard.command("trace", *arguments, "--format", "json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _send(guard: GuardProcess, *letters: tuple[str, str, str]) -> None:
    with smtplib.SMTP("127.0.0.1", guard.smtp_port, timeout=PATIENCE) as client:
        for number, (to, subject, text) in enumerate(letters):
            raw = write_letter(text, to=to, subject=subject).replace(b"order-1@", b"order-%d@" % number)
            client.sendmail(SENDER, [to], raw)


async def test_what_passed_and_what_was_held_is_traced(tmp_path: Path) -> None:
    """By address, customer and message; the password, the subject and the text are nowhere in the journal."""
    async with Sink() as sink:
        guard = make_guard(tmp_path, sink.port)
        (tmp_path / "customers.csv").write_text(CUSTOMERS, encoding="utf-8")
        assert (await asyncio.to_thread(guard.command, "customers", "import", f"{tmp_path}/customers.csv")).stdout
        with guard.serving():
            letters = (
                (RIGHT, "Tilauksesi", PAPERS),
                (NAMESAKE, "Tilauksesi", PAPERS),
                (RIGHT, "Tunnukset", f"{PAPERS}\nSalasana: {SECRET}\n"),
            )
            await asyncio.to_thread(_send, guard, *letters)
    about = _traced(guard, "1001")
    assert [(message["fate"], message["gone"]) for message in about["messages"]] == [
        ("held", False),
        ("held", False),
        ("passed", True),
    ]
    to_namesake = _traced(guard, NAMESAKE.upper())
    (held,) = to_namesake["messages"]
    assert held["recipients"] == [{"address": NAMESAKE, "relation": "namesake", "gone": False}]
    assert (held["customers"], held["reasons"], held["case_state"]) == (["1001"], ["namesake"], "held")
    assert _traced(guard, held["case"])["messages"] == [held]
    assert _traced(guard, "<order-1@operator.example>")["messages"] == [held]
    tags = {message["message_id"]: message["subject_tag"] for message in about["messages"]}
    assert tags["<order-0@operator.example>"] == tags["<order-1@operator.example>"]
    for text in (SECRET, "Tilaukse", "vahvistettu"):
        assert text not in json.dumps(about)
    rows = list(csv.DictReader(io.StringIO(guard.command("trace", "1001", "--format", "csv").stdout)))
    assert [row["fate"] for row in rows] == ["held", "held", "passed"]
    nobody = guard.command("trace", "nobody@post.example")
    assert (nobody.returncode, nobody.stdout) == (3, "")
    assert "nothing in the journal" in nobody.stderr
    bundle, pem = tmp_path / "trace.zip", tmp_path / "guard.pem"
    assert guard.command("trace", "1001", "--evidence", str(bundle)).returncode == 0
    pem.write_text(guard.command("audit", "public-key").stdout, encoding="utf-8")
    checked = guard.command("audit", "check", str(bundle), "--public-key", str(pem))
    assert (checked.returncode, "3 messages" in checked.stdout) == (0, True), checked.stderr
    assert guard.command("trace", "1001", "--since", "yesterday").returncode == 2
    assert guard.command("audit", "verify").returncode == 0


def test_old_mail_is_written_into_the_journal(guard: GuardProcess, tmp_path: Path) -> None:
    """An mbox from before the guard: each letter at its own date, judged, never sent; a wrong one does not stop it."""
    box = mailbox.mbox(tmp_path / "sent.mbox")
    for month in (9, 10):
        letter = write_letter(PAPERS, to=NAMESAKE).replace(b"16 Nov 2026", b"%02d Oct 2026" % month)
        box.add(letter.replace(b"order-1@", b"old-%d@" % month))
    box.add(b"Subject: to nobody\r\n\r\ntext\r\n")
    box.close()
    done = guard.command("journal", "import", str(tmp_path / "sent.mbox"))
    assert done.returncode == 2
    assert "2 messages written down, 1 could not be read" in done.stdout
    assert "sent.mbox#3: names no recipient" in done.stderr
    found = _traced(guard, NAMESAKE)
    assert [(message["at"][:10], message["source"]) for message in found["messages"]] == [
        ("2026-10-10", "file"),
        ("2026-10-09", "file"),
    ]
    assert found["messages"][0]["recipients"][0]["relation"] == "namesake"
    assert [one["at"][:10] for one in _traced(guard, "1001", "--until", "2026-10-09")["messages"]] == ["2026-10-09"]
