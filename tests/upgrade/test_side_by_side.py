"""Two adjacent versions serve on one database while nodes are exchanged one by one."""

import asyncio
import smtplib
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from mailguard.core.settings import StoreSettings
from mailguard.store.database.engine import make_engine
from mailguard.store.store import open_store
from mailguard.store.upkeep.upgrading import upgrade_store
from tests.faults.house import open_house
from tests.support.guard import GuardProcess, make_guard
from tests.support.letters import CUSTOMER, SENDER, write_letter
from tests.support.sink import Sink
from tests.support.waiting import PATIENCE, eventually
from tests.upgrade.make import ROOT

BEFORE = "fc8069f"
"""The last program of version 0003."""


@pytest.fixture(scope="module")
def program_before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source tree of that program, where the history reaches back so far."""
    tree = tmp_path_factory.mktemp("before") / "tree"
    tree.mkdir()
    archive = subprocess.run(["git", "archive", BEFORE, "mailguard", "rules"], cwd=ROOT, capture_output=True)
    if archive.returncode:
        pytest.skip(f"this clone does not reach back to {BEFORE}")
    subprocess.run(["tar", "-x", "-C", str(tree)], input=archive.stdout, check=True)
    return tree


async def test_version_before_serves_on_through_the_upgrade(
    tmp_path: Path, program_before: Path, postgres_url: str
) -> None:
    """A guard of 0003 that serves goes on holding, deciding and releasing on today's tables, beside one of today."""
    async with Sink() as sink:
        await asyncio.to_thread(_exchange, tmp_path, program_before, postgres_url, sink)


def _exchange(folder: Path, program: Path, url: str, sink: Sink) -> None:
    (folder / "old").mkdir()
    (folder / "new").mkdir()
    old = make_guard(folder / "old", sink.port, database_url=url)
    new = make_guard(folder / "new", sink.port, database_url=url)
    with _program(program):
        sofia = old.add_user("sofia", "sofia@operator.example")
        serving = old.serving()
        serving.__enter__()
    settings = StoreSettings(database_url=url, key_file=folder / "old" / "guard.key")
    (folder / "new" / "guard.key").write_bytes(settings.key_file.read_bytes())
    (folder / "new" / "guard.key").chmod(0o600)
    try:
        waiting = _held(old)
        assert upgrade_store(settings).found == "0003"
        _decide(old, sofia, waiting)
        with new.serving():
            by_old, by_new = _held(old), _held(new)
            _decide(new, sofia, by_old)
            _decide(old, sofia, by_new)
            assert _send(old, "Hei, nähdään torstaina.").startswith("2.0.0 Ok")
            _wait_released(new, sofia, {waiting, by_old, by_new})
    finally:
        serving.__exit__(None, None, None)
    assert new.command("audit", "verify").returncode == 0
    with _program(program):
        # It looks for exactly its own version at start: from 0004 on, it does not.
        assert old.command("cases", "list").returncode != 0


@contextmanager
def _program(tree: Path) -> Iterator[None]:
    """Commands that are started in the block are that program's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(tree))
        patch.setenv("PYTHONSAFEPATH", "1")
        yield


def _send(guard: GuardProcess, content: str) -> str:
    with smtplib.SMTP("127.0.0.1", guard.smtp_port, timeout=PATIENCE) as client:
        client.ehlo()
        client.mail(SENDER)
        client.rcpt(CUSTOMER)
        code, answer = client.data(write_letter(content))
        assert code == 250, answer
    return answer.decode()


def _held(guard: GuardProcess) -> str:
    answer = _send(guard, "PIN-koodi: 4826")
    assert "held for approval as" in answer
    return answer.rsplit(" ", 1)[1]


def _decide(guard: GuardProcess, token: str, case: str) -> None:
    decision = {"action": "approve", "reason": "She asked for it."}
    status, answer = guard.api("POST", f"/api/v1/cases/{case}/decision", token, decision)
    assert status == 200, answer


def _wait_released(guard: GuardProcess, token: str, cases: set[str]) -> None:
    released = "/api/v1/cases?state=released"
    eventually(lambda: cases <= {case["id"] for case in guard.api("GET", released, token)[1]["cases"]})


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
async def test_todays_program_serves_on_the_next_versions_tables(
    tmp_path: Path, request: pytest.FixtureRequest, database: str
) -> None:
    """After a migration that adds a column, a table and an index, and leaves the floor, mail is held and passed."""
    url = request.getfixturevalue("postgres_url") if database == "postgresql" else f"sqlite:///{tmp_path}/guard.db"
    settings = StoreSettings(database_url=url, key_file=tmp_path / "guard.key")
    open_store(settings).close()
    _add_a_version(settings)
    async with open_house(tmp_path, database_url=url if database == "postgresql" else "") as house:
        await house.send("PIN-koodi: 4826")
        await house.assert_recovered()
    open_store(settings).close()


def _add_a_version(settings: StoreSettings) -> None:
    """What the next migration might do, by hand."""
    engine = make_engine(settings.database_url)
    with engine.begin() as connection:
        for statement in (
            "ALTER TABLE cases ADD COLUMN colour VARCHAR NOT NULL DEFAULT 'green'",
            "CREATE TABLE colours (name VARCHAR PRIMARY KEY, case_id VARCHAR REFERENCES cases (id))",
            "CREATE INDEX ix_cases_colour ON cases (colour)",
            "UPDATE alembic_version SET version_num = '9999'",
        ):
            connection.execute(text(statement))
    engine.dispose()
