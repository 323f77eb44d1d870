"""Backup and restore as two commands, with a guard that serves before, meanwhile and after."""

import asyncio
import errno
import json
import os
import smtplib
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from sqlmodel import col, select

from mailguard.cases.awaiting.claim import claim_unread, start_sending
from mailguard.cases.awaiting.keep import keep_unread
from mailguard.cases.deciding.decide import decide
from mailguard.cases.reading import open_body, read_case
from mailguard.cases.releasing.claim import claim, start
from mailguard.core.decision import Action, Decision
from mailguard.core.envelope import Envelope
from mailguard.core.person import Role
from mailguard.core.settings import StoreSettings
from mailguard.store.keys.file import replace_keys
from mailguard.store.people import add_user
from mailguard.store.store import Store, open_store
from mailguard.store.tables.audit import AuditRow
from mailguard.store.upkeep.backup import back_up, digest_of, read_manifest
from mailguard.store.upkeep.restore import restore
from tests.support.guard import GuardProcess, make_guard
from tests.support.letters import CUSTOMER, SENDER, hold_letter, write_letter
from tests.support.postgres import Postgres
from tests.support.sink import Sink
from tests.support.waiting import eventually

SECRET = "Marjapuuro83"


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
async def test_held_case_survives_the_loss_of_the_database(
    database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """A backup made while a guard serves is restored into nothing: the case is there, opens, and is released."""
    postgres = request.getfixturevalue("postgres") if database == "postgresql" else None
    async with Sink() as sink:
        guard = make_guard(tmp_path, sink.port, database_url=postgres.new_database() if postgres else "")
        token = await asyncio.to_thread(guard.add_user, "sofia", "sofia@operator.example")
        await asyncio.to_thread(_back_up_serving, guard)
        await asyncio.to_thread(_lose_database, guard, postgres)
        await asyncio.to_thread(_restore_and_release, guard, token)
        assert sum(SECRET.encode() in message.body for message in sink.messages) == 1


def _lose_database(guard: GuardProcess, postgres: Postgres | None) -> None:
    if postgres:
        config = guard.config.read_text()
        lost = config.split('database_url = "')[1].split('"')[0]
        guard.config.write_text(config.replace(lost, postgres.new_database()))
    for file in guard.folder.glob("guard.db*"):
        file.unlink()


def _back_up_serving(guard: GuardProcess) -> None:
    with guard.serving():
        _send(guard)
        done = guard.command("store", "backup", str(guard.folder / "backup"))
        assert done.returncode == 0, done.stderr
        assert "The key file is not in it" in done.stderr
        used = guard.command("store", "restore", str(guard.folder / "backup"), "--replace")
        assert used.returncode == 2
        assert "is in use: stop the guard first" in used.stderr or "is not empty" in used.stderr
    assert not any(SECRET.encode() in file.read_bytes() for file in (guard.folder / "backup").iterdir())
    assert {oct(file.stat().st_mode & 0o077) for file in (guard.folder / "backup").glob("guard.*")} == {"0o0"}


def _restore_and_release(guard: GuardProcess, token: str) -> None:
    done = guard.command("store", "restore", str(guard.folder / "backup"))
    assert done.returncode == 0, done.stderr
    assert "the audit chain is whole" in done.stdout
    with guard.serving():
        _, listed = guard.api("GET", "/api/v1/cases?state=held", token)
        (case,) = listed["cases"]
        status, _ = guard.api(
            "POST", f"/api/v1/cases/{case['id']}/decision", token, {"action": "approve", "reason": "it is his own"}
        )
        assert status == 200
        eventually(lambda: guard.api("GET", f"/api/v1/cases/{case['id']}", token)[1]["state"] == "released")
    assert guard.command("audit", "verify").returncode == 0


def _send(guard: GuardProcess) -> None:
    with smtplib.SMTP("127.0.0.1", guard.smtp_port) as client:
        client.sendmail(SENDER, [CUSTOMER], write_letter(f"Hei Matti,\n\nSalasana: {SECRET}\n"))


def _quiet(done: int, total: int) -> None:
    return


def _said(guard_settings: StoreSettings, folder: Path, **named: bool) -> str:
    with pytest.raises(Exception) as caught:
        restore(guard_settings, folder, _quiet, **named)
    return str(caught.value)


def test_what_was_approved_may_be_sent_a_second_time_and_the_trail_says_so(
    store: Store, store_settings: StoreSettings, tmp_path: Path
) -> None:
    """A message that was approved at the backup's time may have left since: its release is a `release again`."""
    sofia = add_user(store, "sofia", email="sofia@operator.example", role=Role.SUPERVISOR, password=None)
    case_id = hold_letter(store)
    decide(store, case_id, Decision(Action.APPROVE, "his own"), sofia)
    back_up(store_settings, tmp_path / "backup", _quiet)
    store.close()
    restore(store_settings, tmp_path / "backup", _quiet, replace=True)
    restored = open_store(store_settings, store.clock)
    job = claim(restored, store.clock())
    assert job is not None
    start(restored, job, store.clock())
    entry = read_case(restored, case_id).history[-1]
    assert (entry.act, entry.details["note"]) == ("release again", "may be the second copy")
    restored.close()


def test_what_waited_to_be_read_may_be_sent_a_second_time_too(
    store: Store, store_settings: StoreSettings, tmp_path: Path
) -> None:
    """Read and sent since the backup, it is there again: whole, and sent with the same note."""
    raw = write_letter("Hei, katso liite.")
    case_id = keep_unread(store, Envelope(SENDER, (CUSTOMER,), message_id="7K4M92QTC3VE"), raw)
    back_up(store_settings, tmp_path / "backup", _quiet)
    store.close()
    restore(store_settings, tmp_path / "backup", _quiet, replace=True)
    restored = open_store(store_settings, store.clock)
    job = claim_unread(restored, store.clock())
    assert job is not None
    assert job.raw == raw
    start_sending(restored, job, store.clock())
    with restored.reading() as session:
        acts = select(AuditRow.act).where(AuditRow.case_id == case_id).order_by(col(AuditRow.seq))
        assert list(session.exec(acts)) == ["awaits reading", "release again"]
    restored.close()


def test_what_is_written_meanwhile_is_not_in_the_way(
    store: Store, store_settings: StoreSettings, tmp_path: Path
) -> None:
    """A copy of many pages is of one moment, though letters are held between its steps."""
    cases = [hold_letter(store, "Your PIN is 4826. " + "x" * 300_000) for _ in range(20)]

    def hold_more(done: int, total: int) -> None:
        assert total >= done
        hold_letter(store)

    manifest = back_up(store_settings, tmp_path / "backup", hold_more)
    assert manifest.entries == len(cases)
    assert read_manifest(tmp_path / "backup") == manifest
    elsewhere = store_settings.model_copy(update={"database_url": f"sqlite:///{tmp_path}/new.db"})
    restore(elsewhere, tmp_path / "backup", _quiet)
    restored = open_store(elsewhere)
    with restored.reading() as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM cases").scalar() == len(cases)
        assert restored.audit.verify(session) == (len(cases) + 1, None)
    restored.close()


def test_database_in_the_way_is_moved_aside(store: Store, store_settings: StoreSettings, tmp_path: Path) -> None:
    """Without --replace it is not touched, in use never; with it, it stays beside the restored one."""
    hold_letter(store)
    back_up(store_settings, tmp_path / "backup", _quiet)
    assert "is in use" in _said(store_settings, tmp_path / "backup", replace=True)
    hold_letter(store)
    store.close()
    assert "say --replace" in _said(store_settings, tmp_path / "backup")
    restore(store_settings, tmp_path / "backup", _quiet, replace=True)
    (aside,) = tmp_path.glob("guard.db.before-*")
    assert [_count_cases(file) for file in (tmp_path / "guard.db", aside)] == [1, 2]
    assert sorted(os.listdir(tmp_path)) == ["backup", "guard.db", aside.name, "guard.key"]


def _count_cases(database: Path) -> int:
    with closing(sqlite3.connect(database)) as connection:
        found: int = connection.execute("SELECT count(*) FROM cases").fetchone()[0]
        return found


def test_there_is_a_database_at_every_moment(
    store: Store, store_settings: StoreSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped at its last step, restoring leaves the old database where a guard looks: it would begin a new one."""
    case_id = hold_letter(store)
    back_up(store_settings, tmp_path / "backup", _quiet)
    store.close()
    database = tmp_path / "guard.db"
    rename = Path.rename

    def stop(self: Path, target: Path) -> Path:
        if target == database:
            raise OSError(errno.EIO, "the disk gave up")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", stop)
    with pytest.raises(OSError, match="gave up"):
        restore(store_settings, tmp_path / "backup", _quiet, replace=True)
    with open_store(store_settings) as opened:
        assert open_body(opened, case_id) is not None
    monkeypatch.undo()
    restore(store_settings, tmp_path / "backup", _quiet, replace=True)
    with open_store(store_settings) as opened:
        assert open_body(opened, case_id) is not None


def test_key_goes_along_only_when_wanted(store: Store, store_settings: StoreSettings, tmp_path: Path) -> None:
    """Without its key a backup is not restored, with another neither; `--with-key` brings its own to a new machine."""
    hold_letter(store)
    for name, with_key in (("without", False), ("with", True)):
        back_up(store_settings, tmp_path / name, _quiet, with_key=with_key)
    new = StoreSettings(database_url=f"sqlite:///{tmp_path}/new/guard.db", key_file=tmp_path / "new" / "guard.key")
    assert "is missing: put it back" in _said(new, tmp_path / "without")
    restore(new, tmp_path / "with", _quiet)
    assert new.key_file.read_bytes() == store_settings.key_file.read_bytes()
    assert new.key_file.stat().st_mode & 0o777 == 0o600
    replace_keys(new.key_file, [b"x" * 32])
    assert f"is not the backup's key {store.sealer.key_id}" in _said(new, tmp_path / "without", replace=True)


def test_backup_that_was_changed_is_not_restored(store: Store, store_settings: StoreSettings, tmp_path: Path) -> None:
    """A flipped bit shows in the digest; somebody who mends the digest too still meets the audit chain."""
    hold_letter(store)
    hold_letter(store)
    folder = tmp_path / "backup"
    back_up(store_settings, folder, _quiet, with_key=True)
    new = StoreSettings(database_url=f"sqlite:///{tmp_path}/new/guard.db", key_file=tmp_path / "new" / "guard.key")
    copy = sqlite3.connect(folder / "guard.db")
    copy.execute("DROP TRIGGER audit_no_update")
    copy.execute("UPDATE audit SET actor = 'nobody' WHERE seq = 2")
    copy.commit()
    copy.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    copy.close()
    assert "it is damaged or was changed" in _said(new, folder)
    manifest = json.loads((folder / "backup.json").read_text())
    (folder / "backup.json").write_text(json.dumps(manifest | {"sha256": digest_of(folder / "guard.db")}))
    assert "its audit entry 2 has been changed" in _said(new, folder)
    assert [file.name for file in (tmp_path / "new").iterdir() if file.stat().st_size] == []
    (folder / "backup.json").unlink()
    assert "is no whole backup" in _said(new, folder)


def test_postgresql_that_does_not_verify_is_emptied_again(
    postgres_url: str, tmp_path: Path, postgres: Postgres
) -> None:
    """A tampered chain is found after the load, and nothing stays where a guard would look."""
    settings = StoreSettings(database_url=postgres_url, key_file=tmp_path / "guard.key")
    store = open_store(settings)
    hold_letter(store)
    store.close()
    plain = postgres_url.replace("+psycopg", "")
    with psycopg.connect(plain) as connection:
        connection.execute("ALTER TABLE audit DISABLE TRIGGER ALL")
        connection.execute("UPDATE audit SET actor = 'nobody'")
    back_up(settings, tmp_path / "backup", _quiet)
    fresh = postgres.new_database()
    new = settings.model_copy(update={"database_url": fresh})
    assert "its audit entry 1 has been changed" in _said(new, tmp_path / "backup")
    with psycopg.connect(fresh.replace("+psycopg", "")) as connection:
        left = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        assert connection.execute(left).fetchone() == (0,)
    assert "audit entry 1" in _said(new, tmp_path / "backup")
