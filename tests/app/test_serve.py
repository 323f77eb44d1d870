"""The main job end to end: `mailguard serve` in a process of its own, real clients before it, a real Postfix behind."""

import json
import os
import signal
import smtplib
import subprocess
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.app.conftest import furnish
from tests.app.outside import send
from tests.app.processes import listeners_at, workers_of
from tests.support.guard import GuardProcess, make_guard
from tests.support.letters import SENDER, write_letter
from tests.support.need import need_program
from tests.support.ports import free_port
from tests.support.postfix import Postfix
from tests.support.postgres import Postgres
from tests.support.waiting import PATIENCE, eventually

RIGHT, NAMESAKE = "matti.virtanen@post.example", "m.virtanen@mail.example"
SECRET = "Marjapuuro83"
BODY = f"Hei Matti Virtanen,\r\n\r\nAsiakasnumero: 1001\r\nSalasana: {SECRET}\r\n.\r\n..kaksi\r\nÄäkköset säilyvät.\r\n"


@pytest.fixture
def guard(tmp_path: Path, postfix: Postfix) -> GuardProcess:
    """A guard in front of it, with a register, a sender who is a supervisor, and another supervisor."""
    return furnish(make_guard(tmp_path, postfix.port))


def _swaks(guard: GuardProcess, file: Path, to: str) -> subprocess.CompletedProcess[str]:
    swaks = need_program("swaks", "swaks")
    call = [swaks, "--server", f"127.0.0.1:{guard.smtp_port}", "--from", SENDER, "--to", to, "--data", f"@{file}"]
    return subprocess.run(call, capture_output=True, text=True, timeout=PATIENCE)


def _case_of(answer: str) -> str:
    line = next(line for line in answer.splitlines() if "held for approval as" in line)
    return line.split("held for approval as ")[1].split()[0]


def _with(letters: list[bytes], needle: bytes) -> bytes | None:
    return next((letter for letter in letters if needle in letter), None)


def test_pin_by_swaks_is_held_released_by_a_second_person_and_arrives_unchanged(
    guard: GuardProcess, postfix: Postfix, tmp_path: Path
) -> None:
    """The whole main job: swaks, guard, 403 for the sender, approval by API, Postfix, and the same body bytes."""
    own, second = guard.add_user("otto", SENDER), guard.add_user("sofia", "sofia@operator.example")
    file = tmp_path / "letter.eml"
    file.write_bytes(write_letter("x").split(b"\r\n\r\n")[0] + b"\r\n\r\n" + BODY.encode())
    with guard.serving():
        sent = _swaks(guard, file, RIGHT)
        assert sent.returncode == 0, sent.stdout
        assert "250 2.0.0 held for approval as MG-" in sent.stdout
        case = _case_of(sent.stdout)

        status, listed = guard.api("GET", "/api/v1/cases?state=held", second)
        assert status == 200
        assert [c["id"] for c in listed["cases"]] == [case]
        assert listed["cases"][0]["reasons"] == ["credential"]
        decision = {"action": "approve", "reason": "he asked for it"}
        assert guard.api("POST", f"/api/v1/cases/{case}/decision", own, decision)[0] == 403
        assert guard.api("POST", f"/api/v1/cases/{case}/decision", "no-token", decision)[0] == 401
        assert _with(postfix.letters, SECRET.encode()) is None
        assert guard.api("POST", f"/api/v1/cases/{case}/decision", second, decision)[0] == 200
        assert guard.api("POST", f"/api/v1/cases/{case}/decision", second, decision)[0] == 409

        arrived = eventually(lambda: _with(postfix.letters, SECRET.encode()))
        # swaks ends its data with an empty line of its own; Postfix keeps letters with LF line ends.
        assert arrived.split(b"\n\n", 1)[1] == BODY.encode().replace(b"\r\n", b"\n") + b"\n"
        assert f"X-Mailguard-Case: {case}\n".encode() in arrived
        state = eventually(lambda: guard.api("GET", f"/api/v1/cases/{case}", second)[1]["state"] == "released")
        assert state
    assert guard.command("audit", "verify").returncode == 0
    assert SECRET not in guard.log()
    for kept in tmp_path.glob("guard*"):
        assert SECRET.encode() not in kept.read_bytes(), kept.name


def test_clean_letter_passes_and_namesake_is_rejected_with_a_letter_to_the_sender(
    guard: GuardProcess, postfix: Postfix
) -> None:
    """Postfix's own answer reaches the client; the rejected letter never arrives, its sender learns the reason."""
    second = guard.add_user("sofia", "sofia@operator.example")
    papers = "Hei Matti Virtanen,\n\nAsiakasnumero: 1001\nTilaus on vahvistettu.\n"
    with guard.serving(), smtplib.SMTP("127.0.0.1", guard.smtp_port) as client:
        client.ehlo()
        client.mail(SENDER)
        client.rcpt(RIGHT)
        code, answer = client.data(write_letter(papers, to=RIGHT))
        assert (code, answer[:25]) == (250, b"2.0.0 Ok: queued as " + answer[20:25])
        assert eventually(lambda: _with(postfix.letters, b"To: " + RIGHT.encode()))

        client.mail(SENDER)
        client.rcpt(NAMESAKE)
        _, answer = client.data(write_letter(papers, to=NAMESAKE))
        case = _case_of(answer.decode())
        found = guard.api("GET", f"/api/v1/cases/{case}", second)[1]
        assert found["recipients"][0]["relation"] == "namesake"
        rejection = {"action": "reject", "reason": "Wrong Matti Virtanen."}
        assert guard.api("POST", f"/api/v1/cases/{case}/decision", second, rejection)[0] == 200
        notice = eventually(lambda: _with(postfix.letters, b"Wrong Matti Virtanen."))
        assert b"Auto-Submitted: auto-generated" in notice
        assert b"vahvistettu" not in notice
        assert _with(postfix.letters, b"To: " + NAMESAKE.encode()) is None


def test_next_hop_that_is_down_means_451(tmp_path: Path) -> None:
    """No letter is taken that cannot be passed on: the client keeps it and comes again."""
    need_program("postfix", "postfix")
    port = free_port()
    guard = furnish(make_guard(tmp_path, port))
    with guard.serving(), smtplib.SMTP("127.0.0.1", guard.smtp_port) as client:
        client.ehlo()
        code, answer = client.mail(SENDER)
        assert code == 451
        assert answer.startswith(b"4.4.1")


def test_same_job_on_postgresql(tmp_path: Path, postfix: Postfix, postgres_url: str) -> None:
    """Held, approved and released with a real PostgreSQL as the store."""
    guard = furnish(make_guard(tmp_path, postfix.port, database_url=postgres_url))
    second = guard.add_user("sofia", "sofia@operator.example")
    with guard.serving(), smtplib.SMTP("127.0.0.1", guard.smtp_port) as client:
        client.ehlo()
        client.mail(SENDER)
        client.rcpt(RIGHT)
        _, answer = client.data(write_letter("PIN-koodi: 4826", to=RIGHT))
        case = _case_of(answer.decode())
        assert guard.api("POST", f"/api/v1/cases/{case}/decision", second, {"action": "approve"})[0] == 200
        assert eventually(lambda: _with(postfix.letters, b"koodi: 4826"))
    report = guard.command("report", "weekly", "--output", str(tmp_path / "reports"))
    assert report.returncode == 0, report.stderr
    assert len(list((tmp_path / "reports").glob("mailguard-report-*.html"))) == 1


def test_database_that_is_gone_means_451_and_recovery(tmp_path: Path, postfix: Postfix, own_postgres: Postgres) -> None:
    """Without the database nothing is taken, clean or not; when it is back, mail flows again by itself."""
    url = own_postgres.new_database()
    guard = furnish(make_guard(tmp_path, postfix.port, database_url=url))
    with guard.serving():
        own_postgres.stop()
        try:
            assert _send(guard, "PIN-koodi: 4826").startswith("451 4.3.0")
            assert _send(guard, "Hei, nähdään torstaina.").startswith("451 4.3.0")
        finally:
            own_postgres.start()
        assert eventually(lambda: _send(guard, "PIN-koodi: 4826").startswith("250 2.0.0 held"))
        assert _send(guard, "Hei, nähdään torstaina.").startswith("250 2.0.0 Ok")
    # Postfix delivers in its own time.
    assert eventually(lambda: _with(postfix.letters, "nähdään torstaina".encode()))
    assert _with(postfix.letters, b"koodi: 4826") is None


def test_worker_processes_share_the_port_and_their_counts_come_together(tmp_path: Path, postfix: Postfix) -> None:
    """Two processes at one port: every letter is judged, one that is killed is replaced, and the report counts all."""
    guard = furnish(make_guard(tmp_path, postfix.port))
    guard.config.write_text(guard.config.read_text().replace("[smtp]", "[smtp]\nworkers = 2"))
    with guard.serving() as process:
        workers = eventually(lambda: workers_of(process.pid))
        eventually(lambda: listeners_at(guard.smtp_port) == 2)
        for number in range(20):
            answer = _send(guard, f"Hei, kirje {number}. PIN-koodi: 4826" if number % 2 else f"Hei, kirje {number}.")
            assert ("held" in answer) == bool(number % 2), answer
        assert "worker ended" not in guard.log()
        # A worker tells twice a second what it has counted since; what it had not told yet would be lost with it.
        eventually(lambda: _counted(guard) == 20)
        for worker in workers:
            os.kill(worker, signal.SIGKILL)
        eventually(lambda: set(workers_of(process.pid)) - set(workers))
        assert _send(guard, "Hei, kirje 20.").startswith("250")
    year, week, _ = datetime.now(UTC).isocalendar()
    report = guard.command("report", "weekly", "--week", f"{year}-W{week:02}", "--output", str(tmp_path / "reports"))
    assert report.returncode == 0, report.stderr
    (file,) = (tmp_path / "reports").glob("*.json")
    totals = json.loads(file.read_text())["totals"]
    assert [totals[name]["value"] for name in ("seen", "passed", "held")] == [21, 11, 10]


def _counted(guard: GuardProcess) -> float:
    """How many messages the first process knows of, whatever became of them."""
    with urllib.request.urlopen(f"http://127.0.0.1:{guard.desk_port}/metrics", timeout=PATIENCE) as answer:
        lines = answer.read().decode().splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith("mailguard_messages_total{"))


def _send(guard: GuardProcess, text: str) -> str:
    return send(guard, write_letter(text, to=RIGHT), RIGHT)
