"""`policy.partial = "split"` in a whole guard: from the client's answer to desk, trace, metrics and report."""

import asyncio
import json
import re
import smtplib
import sqlite3
import urllib.request
from pathlib import Path
from typing import Any

from mailguard.core.ids import case_id_of
from tests.app.conftest import CUSTOMERS
from tests.support.guard import GuardProcess, make_guard
from tests.support.letters import SENDER, write_letter
from tests.support.sink import Sink
from tests.support.waiting import PATIENCE

NAMESAKE, COLLEAGUE = "m.virtanen@mail.example", "boss@operator.example"
PAPERS = "Hei Matti Virtanen,\n\nAsiakasnumero: 1001\nTilaus on vahvistettu.\n"
LETTER = write_letter(PAPERS, to=f"{NAMESAKE}, {COLLEAGUE}")
SPLIT = '[policy]\npartial = "split"\n'
ANSWER = re.compile(rb"2\.0\.0 passed on to 1 recipient, for 1 held for approval as (MG-[0-9A-Z]{4}-[0-9A-Z]{4})")


def furnish(folder: Path, next_hop: int, extra: str = SPLIT) -> GuardProcess:
    """A guard that lets colleagues have what a namesake may not."""
    guard = make_guard(folder, next_hop, extra=extra)
    (folder / "customers.csv").write_text(CUSTOMERS, encoding="utf-8")
    assert guard.command("customers", "import", f"{folder}/customers.csv").returncode == 0
    return guard


def send(guard: GuardProcess) -> tuple[int, bytes]:
    """Hand the letter in; the answer to the final dot."""
    with smtplib.SMTP("127.0.0.1", guard.smtp_port, timeout=PATIENCE) as client:
        client.ehlo()
        client.mail(SENDER)
        for to in (NAMESAKE, COLLEAGUE):
            client.rcpt(to)
        return client.data(LETTER)


def _json(guard: GuardProcess, *arguments: str) -> Any:
    return json.loads(guard.command(*arguments, "--format", "json").stdout)


async def test_split_from_the_client_to_the_report(tmp_path: Path) -> None:
    """The colleague has it at once; the case, its page, trace, log and counts name who has it and who waits."""
    async with Sink() as sink:
        guard = await asyncio.to_thread(furnish, tmp_path, sink.port)
        token = await asyncio.to_thread(guard.add_user, "sofia", "sofia@operator.example")
        with guard.serving():
            code, answer = await asyncio.to_thread(send, guard)
            found = ANSWER.fullmatch(answer)
            assert (code, found is not None) == (250, True), answer
            assert found is not None
            case_id = found[1].decode()
            # Letters to sender and reviewers may have left by now.
            (message,) = [one for one in sink.messages if b"X-Mailguard-Notice" not in one.wire]
            assert message.rcpt == [f"RCPT TO:<{COLLEAGUE}>\r\n".encode()]
            # What the colleague has names the case of what waits.
            (message_id,) = re.findall(rb" id ([0-9A-Z]{12});\r\n", message.wire)
            assert case_id_of(message_id.decode()) == case_id
            status, case = await asyncio.to_thread(guard.api, "GET", f"/api/v1/cases/{case_id}", token)
            assert status == 200
            assert [(one["address"], one["relation"]) for one in case["recipients"]] == [(NAMESAKE, "namesake")]
            assert case["passed"] == [{"address": COLLEAGUE, "relation": "internal"}]
            wrong = {"action": "approve", "recipients": [COLLEAGUE], "reason": "why not"}
            assert (await asyncio.to_thread(guard.api, "POST", f"/api/v1/cases/{case_id}/decision", token, wrong))[
                0
            ] == 422
            metrics = await asyncio.to_thread(_metrics, guard)
            assert "mailguard_split_messages_total 1.0" in metrics
            assert "mailguard_duplicate_risks_total 0.0" in metrics
        # Nobody has approved anything.
        assert [line for message in sink.messages for line in message.rcpt if NAMESAKE.encode() in line] == []
    (line,) = [line for line in guard.log().splitlines() if "event=message" in line or '"event": "message"' in line]
    for word in ("hold", case_id, "namesake", "passed"):
        assert word in line
    (traced,) = _json(guard, "trace", COLLEAGUE)["messages"]
    assert traced["fate"] == "held"
    assert traced["recipients"] == [
        {"address": NAMESAKE, "relation": "namesake", "gone": False},
        {"address": COLLEAGUE, "relation": "internal", "gone": True},
    ]
    shown = guard.command("cases", "show", case_id).stdout
    assert f"passed on at once to {COLLEAGUE}" in shown
    with sqlite3.connect(tmp_path / "guard.db") as database:
        counts = dict(database.execute("SELECT measure, sum(count) FROM daily_counts WHERE key = '' GROUP BY measure"))
    assert {name: counts.get(name) for name in ("seen", "held", "split", "passed")} == {
        "seen": 1, "held": 1, "split": 1, "passed": None,
    }  # fmt: skip


async def test_refused_it_was_never_there(tmp_path: Path) -> None:
    """A next hop that says no: no case, no letter to anybody, an entry in the trail; the second try makes one case."""
    async with Sink() as sink:
        guard = await asyncio.to_thread(furnish, tmp_path, sink.port)
        with guard.serving():
            sink.steps["dot"] = b"451 4.7.1 not now\r\n"
            assert await asyncio.to_thread(send, guard) == (451, b"4.7.1 not now")
            assert _json(guard, "cases", "list")["cases"] == []
            sink.steps.clear()
            code, answer = await asyncio.to_thread(send, guard)
            assert (code, ANSWER.fullmatch(answer) is not None) == (250, True), answer
            assert len(_json(guard, "cases", "list")["cases"]) == 1
    with sqlite3.connect(tmp_path / "guard.db") as database:
        acts = [act for (act,) in database.execute("SELECT act FROM audit WHERE case_id IS NOT NULL ORDER BY seq")]
        kinds = {case for (case,) in database.execute("SELECT DISTINCT case_id FROM notices")}
    assert acts == ["set aside", "set aside undone", "set aside", "hold"]
    assert len(kinds) <= 1
    assert (await asyncio.to_thread(guard.command, "audit", "verify")).returncode == 0


def test_check_tells_who_would_have_it_at_once(tmp_path: Path) -> None:
    """Under `split` the tester says so; under the default everybody waits, and the contract's object is as it was."""
    file = tmp_path / "papers.eml"
    file.write_bytes(LETTER)
    for partial, told in (("split", {"passed": [COLLEAGUE]}), ("hold_all", {})):
        folder = tmp_path / partial
        folder.mkdir()
        guard = furnish(folder, 9, f'[policy]\npartial = "{partial}"\n')
        done = guard.command("check", "--format", "jsonl", str(file))
        assert done.returncode == 3, done.stderr
        line = json.loads(done.stdout)
        assert {name: line[name] for name in line if name == "passed"} == told
        assert ("passed on at once" in guard.command("check", str(file)).stdout) == bool(told)


def _metrics(guard: GuardProcess) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{guard.desk_port}/metrics", timeout=PATIENCE) as response:
        return str(response.read().decode())
