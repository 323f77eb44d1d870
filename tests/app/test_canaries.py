"""Secrets are planted in letters, everything is done with them, and then every octet on the disk is searched."""

import asyncio
import base64
import smtplib
import time
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import psycopg
import pytest

from mailguard.cases.deadlines.expire import expire
from mailguard.cases.deadlines.terms import Terms
from mailguard.cases.listing import list_cases
from mailguard.cases.reading import read_case
from mailguard.cases.retention import keep_terms
from mailguard.cases.reveal import reveal, view
from mailguard.core.case import CaseState
from mailguard.core.person import Role
from mailguard.core.settings import load_settings
from mailguard.store import people
from mailguard.store.store import Store, open_store
from tests.support.guard import GuardProcess, make_guard
from tests.support.letters import CUSTOMER, SENDER
from tests.support.postgres import Postgres
from tests.support.sink import Sink
from tests.support.waiting import eventually

BODY, SUBJECT, NAME, FILE, MEMBER, INSIDE = (
    "Kanarialintu11",
    "Kanarialintu22",
    "Kanarialintu33",
    "Kanarialintu44",
    "Kanarialintu55",
    "Kanarialintu66",
)
CANARIES = (BODY, SUBJECT, NAME, FILE, MEMBER, INSIDE)


def _letter() -> bytes:
    """A password in the text, the subject, the display name, a file's name, a member's name, and that member's text."""
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        archive.writestr(f"salasana_{MEMBER}.txt", f"Salasana: {INSIDE}\n")
    message = EmailMessage(policy=SMTP)
    message["From"] = f'"salasana: {NAME}" <{SENDER}>'
    message["To"], message["Subject"] = CUSTOMER, f"salasana: {SUBJECT}"
    message.set_content(f"Hei Matti,\n\nSalasana: {BODY}\n\nToinen salasana: {SUBJECT}\n")
    message.add_attachment(packed.getvalue(), "application", "zip", filename=f"salasana_{FILE}.zip")
    return message.as_bytes()


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
async def test_no_secret_stands_on_the_disk_in_the_open(
    database: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Held, looked at, revealed, rejected, released, expired, reported, backed up, destroyed: found nowhere."""
    postgres = request.getfixturevalue("postgres") if database == "postgresql" else None
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    async with Sink() as sink:
        guard = make_guard(tmp_path, sink.port, database_url=postgres.new_database() if postgres else "")
        await asyncio.to_thread(_live, guard)
        await asyncio.to_thread(_search, tmp_path, postgres)
        await asyncio.to_thread(_end, guard)
        await asyncio.to_thread(_search, tmp_path, postgres)
        # What was approved has left whole, and what the guard wrote itself says none of it.
        own = [message.body for message in sink.messages if b"X-Mailguard-Case" not in message.body]
        assert len(own) < len(sink.messages)
        assert _found(b"\n".join(own)) == []


def _live(guard: GuardProcess) -> None:
    token = guard.add_user("sofia", "sofia@operator.example")
    with guard.serving():
        approved, rejected, _ = (_send(guard) for _ in range(3))
        for case_id in (approved, rejected):
            status, case = guard.api("GET", f"/api/v1/cases/{case_id}", token)
            assert status == 200
            assert _found(repr(case).encode()) == []
        _decide(guard, token, approved, "approve", "it is his own account")
        _decide(guard, token, rejected, "reject", "he is another one")
        refused, _ = guard.api(
            "POST", f"/api/v1/cases/{_send(guard)}/decision", token, {"action": "reject", "reason": f"has {BODY} in it"}
        )
        assert refused == 422
        eventually(lambda: guard.api("GET", f"/api/v1/cases/{approved}", token)[1]["state"] == "released")
        assert guard.command("report", "weekly", "--output", str(guard.folder / "reports")).returncode == 0
        assert guard.command("cases", "list", "--format", "json").returncode == 0
        assert guard.command("store", "backup", str(guard.folder / "backup")).returncode == 0
        assert guard.command("keys", "rotate").returncode == 0
        time.sleep(1)


def _decide(guard: GuardProcess, token: str, case_id: str, action: str, reason: str) -> None:
    status, answer = guard.api("POST", f"/api/v1/cases/{case_id}/decision", token, {"action": action, "reason": reason})
    assert status == 200, answer


def _send(guard: GuardProcess) -> str:
    with smtplib.SMTP("127.0.0.1", guard.smtp_port) as client:
        client.ehlo()
        client.mail(SENDER)
        client.rcpt(CUSTOMER)
        code, answer = client.data(_letter())
    assert code == 250, answer
    assert b"held for approval as" in answer
    return answer.decode().split("held for approval as ")[1].split()[0]


def _end(guard: GuardProcess) -> None:
    """Time goes by: what is held expires, then letters and cases are destroyed."""
    settings = load_settings(guard.config)
    later = datetime.now(UTC)
    store = open_store(settings.store, lambda: later)
    anna = people.add_user(store, "anna", email="anna@operator.example", role=Role.SUPERVISOR, password=None)
    case_id = list_cases(store, states=frozenset({CaseState.HELD})).cases[0].id
    view(store, case_id, anna)
    shown = {reveal(store, case_id, number, anna, "to compare").reveal() for number in range(_count(store, case_id))}
    assert {BODY, SUBJECT, FILE, MEMBER, INSIDE} <= shown
    later += timedelta(days=30)
    assert len(expire(store, Terms.of(settings))) == 2
    later += timedelta(days=100)
    keep_terms(store, settings.store)
    later += timedelta(days=1000)
    keep_terms(store, settings.store)
    with store.reading() as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM cases").scalar() == 0
    store.close()


def _count(store: Store, case_id: str) -> int:
    return len(read_case(store, case_id).findings)


def _search(folder: Path, postgres: Postgres | None) -> None:
    folders = [folder]
    if postgres:
        with psycopg.connect(
            f"host=127.0.0.1 port={postgres.port} user=guard dbname=postgres", autocommit=True
        ) as connection:
            connection.execute("CHECKPOINT")
        folders.append(postgres.folder)
    files = [file for each in folders for file in each.rglob("*") if file.is_file()]
    assert len(files) > 3
    found = {str(file): secrets for file in files if (secrets := _found(_read(file)))}
    assert found == {}


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return b""  # PostgreSQL removes files of its own at any time


def _found(octets: bytes) -> list[str]:
    """The canaries that stand there, as they are, in UTF-16, or in base64 at any of its three offsets."""
    return [canary for canary in CANARIES if any(form in octets for form in _forms(canary))]


def _forms(canary: str) -> list[bytes]:
    plain = canary.encode()
    padded = [base64.b64encode(b"x" * offset + plain)[4 if offset else 0 : -4] for offset in range(3)]
    return [plain, plain.lower(), canary.encode("utf-16-le"), *padded]
