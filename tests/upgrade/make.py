"""Makes the data folder of a version, by that version's own program: `python -m tests.upgrade.make 0004 [COMMIT]`.

A guard of that commit serves in front of a sink; real mail, decisions and letters go through it, once on SQLite and
once on PostgreSQL. Only what the contract promises is used (command line, SMTP, HTTP), so the same story fits every
version. See README.md beside this file.
"""

import asyncio
import gzip
import json
import os
import smtplib
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from tests.app.conftest import CUSTOMERS
from tests.support.guard import PASSWORD, GuardProcess, make_guard
from tests.support.letters import CUSTOMER, SENDER, write_letter
from tests.support.need import need_program
from tests.support.postgres import start_postgres
from tests.support.sink import Sink

DATA = Path(__file__).parent / "data"
ROOT = Path(__file__).parents[2]
FATES = ("held", "rejected", "released", "approved")
"""What becomes of the letters, in the order in which they are sent. `approved`: the next hop was away by then."""


def secret_of(fate: str) -> str:
    """What stands in the letter of that fate and nowhere else."""
    return f"4826{FATES.index(fate)}"


def main(version: str, commit: str) -> None:
    """Make `data/<version>/`."""
    folder = DATA / version
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        tree = Path(made) / "tree"
        subprocess.run(["git", "worktree", "add", "--detach", str(tree), commit], cwd=ROOT, check=True)
        # SAFEPATH: the folder that this is started in would go before the other version.
        os.environ |= {"PYTHONPATH": str(tree), "PYTHONSAFEPATH": "1"}
        try:
            _on_sqlite(folder, Path(made))
            _on_postgresql(folder, Path(made))
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", str(tree)], cwd=ROOT, check=True)


def _on_sqlite(folder: Path, made: Path) -> None:
    place = made / "sqlite"
    place.mkdir()
    told = asyncio.run(_live(place, ""))
    with sqlite3.connect(place / "guard.db") as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.execute("VACUUM")
    _write(folder / "guard.db.gz", (place / "guard.db").read_bytes())
    (folder / "sqlite.key").write_bytes((place / "guard.key").read_bytes())
    (folder / "sqlite.json").write_text(json.dumps(told, indent=1) + "\n")


def _on_postgresql(folder: Path, made: Path) -> None:
    place = made / "postgresql"
    place.mkdir()
    with start_postgres() as server:
        url = server.new_database()
        told = asyncio.run(_live(place, url))
        dump = need_program("pg_dump", "postgresql-client", (str(Path(server.control).parent),))
        call = [dump, "--no-owner", "--no-privileges", url.replace("+psycopg", "")]
        _write(folder / "guard.sql.gz", subprocess.run(call, check=True, capture_output=True).stdout)
    (folder / "postgresql.key").write_bytes((place / "guard.key").read_bytes())
    (folder / "postgresql.json").write_text(json.dumps(told, indent=1) + "\n")


def _write(file: Path, content: bytes) -> None:
    # No name and no moment inside: the same content gives the same file.
    file.write_bytes(gzip.compress(content, mtime=0))


async def _live(place: Path, url: str) -> dict[str, object]:
    """A short life of a guard; gives what the data must still know."""
    async with Sink() as sink:
        guard = make_guard(place, sink.port, database_url=url)
        return await asyncio.to_thread(_tell_story, guard, sink, asyncio.get_running_loop())


def _tell_story(guard: GuardProcess, sink: Sink, loop: asyncio.AbstractEventLoop) -> dict[str, object]:
    register = guard.folder / "customers.csv"
    register.write_text(CUSTOMERS, encoding="utf-8")
    assert guard.command("customers", "import", str(register)).returncode == 0
    guard.add_user("otto", SENDER)
    guard.add_user("olli", "olli@operator.example", "ops")
    second = guard.add_user("sofia", "sofia@operator.example")
    with guard.serving():
        _send(guard, "Hei, nähdään torstaina.")
        cases = {fate: _send(guard, f"PIN-koodi: {secret_of(fate)}", fate) for fate in FATES}
        _decide(guard, second, cases["rejected"], "reject", "Wrong reader.")
        _decide(guard, second, cases["released"], "approve", "She asked for it.")
        _until(guard, second, cases["released"], "released")
        asyncio.run_coroutine_threadsafe(sink.__aexit__(), loop).result(20)
        sink.hang_up()
        _decide(guard, second, cases["approved"], "approve", "She asked for it.")
        # The release worker has tried once and the counts are written down every five seconds.
        time.sleep(7)
    return {"cases": cases, "password": PASSWORD.strip(), "token": second}


def _send(guard: GuardProcess, text: str, subject: str = "clean") -> str:
    with smtplib.SMTP("127.0.0.1", guard.smtp_port, timeout=60) as client:
        client.ehlo()
        client.mail(SENDER)
        client.rcpt(CUSTOMER)
        code, answer = client.data(write_letter(text, subject=f"Letter {subject}"))
        assert code == 250, answer
    return answer.decode().rsplit(" ", 1)[1]


def _decide(guard: GuardProcess, token: str, case: str, action: str, reason: str) -> None:
    decision = {"action": action, "reason": reason}
    status, answer = guard.api("POST", f"/api/v1/cases/{case}/decision", token, decision)
    assert status == 200, answer


def _until(guard: GuardProcess, token: str, case: str, state: str) -> None:
    for _ in range(200):
        with suppress(OSError):
            if guard.api("GET", f"/api/v1/cases/{case}", token)[1]["state"] == state:
                return
        time.sleep(0.1)
    raise AssertionError(f"{case} is not {state}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "HEAD")
