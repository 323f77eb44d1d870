"""The register's sources from the command line and by the clock: numbers, audit entries, letters, exit codes."""

import json
import os
import signal
import sqlite3
import urllib.request
from pathlib import Path

import pytest
from sqlmodel import col, select

from mailguard.app import register_sync
from mailguard.app.register_sync import sync_due
from mailguard.core.settings import Settings, load_settings
from mailguard.customers.freshness import freshness
from mailguard.customers.register import Register
from mailguard.customers.source_states import source_states
from mailguard.store.store import Store, open_store
from mailguard.store.tables.audit import AuditRow
from mailguard.store.tables.outbox import NoticeRow
from tests.support.guard import GuardProcess, make_guard
from tests.support.letters import write_letter
from tests.support.waiting import eventually

HEADER = "customer_id,first_name,last_name,emails,phone"


class House:
    """A guard with two sources: a folder of 100 customers, and a database of one."""

    def __init__(self, folder: Path) -> None:
        self.guard: GuardProcess = make_guard(folder, 9)
        self.export, self.crm = folder / "export", folder / "crm.db"
        self.export.mkdir()
        self.write(range(1000, 1100))
        with sqlite3.connect(self.crm) as connection:
            connection.execute("CREATE TABLE people (customer_id, first_name, last_name, emails)")
            connection.execute("INSERT INTO people VALUES (7, 'Kaisa', 'Laaksonen', 'kaisa@post.example')")
        connection.close()
        with self.guard.config.open("a") as config:
            config.write(
                '\n[report]\nto = ["olli@operator.example"]\n'
                f'[[register.sources]]\nname = "export"\nkind = "csv"\nfolder = "{self.export}"\n'
                f'[[register.sources]]\nname = "crm"\nkind = "sql"\nurl = "sqlite:///{self.crm}"\n'
                'query = "SELECT * FROM people"\n'
            )

    def write(self, numbers: range, seconds_old: int = 3600) -> None:
        """Write the export anew."""
        rows = [f"{number},Matti,Virtanen{number},m{number}@post.example,040123{number}" for number in numbers]
        file = self.export / "all.csv"
        file.write_text("\n".join([HEADER, *rows, ""]))
        at = file.stat().st_mtime - seconds_old
        os.utime(file, (at, at))

    @property
    def settings(self) -> Settings:
        """Its configuration."""
        return load_settings(self.guard.config)


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A fresh one."""
    return House(tmp_path)


def entries(store: Store) -> list[AuditRow]:
    """Audit entries of syncs."""
    with store.reading() as session:
        return list(session.exec(select(AuditRow).where(AuditRow.act == "sync").order_by(col(AuditRow.seq))))


def letters(store: Store) -> list[tuple[str, str]]:
    """Kind and source of each letter in the outbox."""
    with store.reading() as session:
        return [(row.kind, row.details["source"]) for row in session.exec(select(NoticeRow))]


def test_sync_from_the_command_line(house: House) -> None:
    """All sources or one; numbers in a table; too many missing is exit 1, told, and nothing is changed."""
    done = house.guard.command("customers", "sync")
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert lines[1:] == [["export", "100", "0", "0", "0", "0"], ["crm", "1", "0", "0", "0", "0"]]
    house.write(range(1006, 1100))
    refused = house.guard.command("customers", "sync", "export")
    assert refused.returncode == 1
    assert refused.stderr.startswith("mailguard: source export: 6 of 100 customers on record are missing from it")
    assert "--allow-drop" in refused.stderr
    assert "Virtanen" not in refused.stderr + refused.stdout
    listed = house.guard.command("customers", "sources")
    assert listed.returncode == 0
    rows = [line.split() for line in listed.stdout.splitlines()[1:3]]
    assert [(row[0], row[1], row[-2], row[-1]) for row in rows] == [
        ("export", "csv", "100", "failing"),
        ("crm", "sql", "1", "ok"),
    ]
    assert "export: the last try failed: 6 of 100 customers" in listed.stdout
    assert house.guard.command("customers", "show", "1001").returncode == 0
    house.write(range(1005, 1100))
    assert house.guard.command("customers", "sync", "export").returncode == 0
    assert house.guard.command("customers", "show", "1001").returncode == 2
    house.write(range(1050, 1100))
    assert house.guard.command("customers", "sync", "export", "--allow-drop").returncode == 0
    doctor = house.guard.command("doctor").stdout
    assert "ok   register: export: synced 0 h ago" in doctor
    store = open_store(house.settings.store)
    assert [entry.details for entry in entries(store)] == [
        {"source": "export", "new": 100, "changed": 0, "dropped": 0, "bad": 0},
        {"source": "crm", "new": 1, "changed": 0, "dropped": 0, "bad": 0},
        {"source": "export", "new": 0, "changed": 0, "dropped": 5, "bad": 0},
        {"source": "export", "new": 0, "changed": 0, "dropped": 45, "bad": 0},
    ]
    assert letters(store) == [("register_trouble", "export"), ("register_well", "export")]
    store.close()


def test_names_that_are_no_sources(house: House, tmp_path: Path) -> None:
    """A typing error names the sources that there are; without any, the way to have one is told."""
    wrong = house.guard.command("customers", "sync", "cmr")
    assert (wrong.returncode, "known here: export, crm" in wrong.stderr) == (2, True)
    (tmp_path / "other").mkdir()
    bare = make_guard(tmp_path / "other", 9)
    none = bare.command("customers", "sync")
    assert (none.returncode, "[[register.sources]]" in none.stderr) == (2, True)
    assert "by hand" in bare.command("customers", "sources").stdout


async def test_due_sources_are_synced_in_a_process_of_their_own(house: House) -> None:
    """By the clock: all that are due, once, with audit entries; one that fails does not stop the other."""
    store = open_store(house.settings.store)
    house.crm.unlink()
    await sync_due(store, house.settings)
    assert source_states(store.engine)["export"].customers == 100
    assert Register(store.engine).by_address("m1001@post.example")
    assert "unable to open" in source_states(store.engine)["crm"].problem
    assert [(entry.actor, entry.details["source"]) for entry in entries(store)] == [("guard", "export")]
    assert letters(store) == [("register_trouble", "crm")]
    assert freshness(store.engine, house.settings.register_).stale
    before = source_states(store.engine)
    await sync_due(store, house.settings)
    assert source_states(store.engine) == before
    store.close()


async def test_a_process_that_dies_is_told(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed, or out of memory: the register is as it was, the problem is noted and ops is written to."""
    monkeypatch.setattr(register_sync, "work", _die)
    store = open_store(house.settings.store)
    await sync_due(store, house.settings)
    assert {state.problem for state in source_states(store.engine).values()} == {"its process ended with -9"}
    assert letters(store) == [("register_trouble", "export"), ("register_trouble", "crm")]
    store.close()


def _die(settings: Settings, name: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_stale_register_holds_sensitive_mail(house: House, tmp_path: Path) -> None:
    """A letter to the customer's own address passes when the register is fresh, and is held while it is stale."""
    text = "Asiakasnumero: 1001\n\nHei Matti Virtanen1001, puhelinnumerosi on nyt 040 123 1001."
    letter = tmp_path / "letter.eml"
    letter.write_bytes(write_letter(text, to="m1001@post.example"))

    def judged() -> tuple[str, list[str]]:
        answer = json.loads(house.guard.command("check", "--format", "jsonl", str(letter)).stdout)
        return answer["verdict"], [reason["code"] for reason in answer["reasons"]]

    assert house.guard.command("customers", "sync").returncode == 0
    assert judged() == ("pass", [])
    with sqlite3.connect(house.guard.folder / "guard.db") as connection:
        connection.execute("UPDATE register_sources SET synced_at = '2026-01-01 00:00:00' WHERE name = 'crm'")
    connection.close()
    assert judged() == ("hold", ["stale_register"])
    assert "the register is stale (older than 72 h)" in house.guard.command("customers", "sources").stdout
    assert "BAD  register: crm: synced" in house.guard.command("doctor").stdout
    assert house.guard.command("customers", "sync", "crm").returncode == 0
    assert judged() == ("pass", [])


def test_a_guard_that_starts_fetches_its_register(house: House) -> None:
    """`serve` syncs at once and tells age and customers on /metrics; the secret things of a source are not there."""
    with house.guard.serving():
        states = eventually(lambda: _synced(house))
        # Said once its process has ended, which is after it has written.
        eventually(lambda: house.guard.log().count("register synced") == 2)
        figures = urllib.request.urlopen(f"http://127.0.0.1:{house.guard.desk_port}/metrics").read().decode()
        ready = urllib.request.urlopen(f"http://127.0.0.1:{house.guard.desk_port}/readyz").read().decode()
    assert states == {"export": 100, "crm": 1}
    assert 'mailguard_register_customers{source="export"} 100.0' in figures
    assert 'mailguard_register_age_seconds{source="crm"} ' in figures
    assert 'mailguard_register_sync_failing{source="crm"} 0.0' in figures
    assert "mailguard_register_stale 0.0" in figures
    assert ready == "ready\n"
    log = house.guard.log()
    assert "Virtanen" not in log + figures


def _synced(house: House) -> dict[str, int]:
    with sqlite3.connect(house.guard.folder / "guard.db") as connection:
        rows = connection.execute("SELECT name, customers FROM register_sources WHERE synced_at IS NOT NULL").fetchall()
    connection.close()
    return dict(rows) if len(rows) == 2 else {}
