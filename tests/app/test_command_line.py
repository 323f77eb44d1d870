"""The other commands: errors in one line, exit codes of the contract."""

import json
import re
import sqlite3
from pathlib import Path

import pytest

from tests.app.conftest import CUSTOMERS
from tests.support.guard import GuardProcess


def test_wrong_configuration_is_one_line_and_exit_2(guard: GuardProcess) -> None:
    """File, key and mend; no traceback."""
    guard.config.write_text(guard.config.read_text() + "\n[report]\nhuor = 5\n")
    done = guard.command("config", "check")
    assert done.returncode == 2
    assert done.stderr.strip().startswith(f"mailguard: {guard.config}: report.huor: unknown key")
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_config_check_and_rules_test(guard: GuardProcess) -> None:
    """The shipped rules hold their own examples."""
    assert guard.command("config", "check").returncode == 0
    done = guard.command("rules", "test")
    assert done.returncode == 0, done.stdout
    assert " 0 fail" in done.stdout
    assert "password" in guard.command("rules", "list").stdout


@pytest.mark.parametrize(
    ("more", "key", "names"),
    [
        ('[[notices.webhooks]]\nname = "a"\nurl = "https://a.example/"\nsecret_file = "{0}"\n',
         "notices.webhooks.0.secret_file", "gone.txt cannot be read: No such file"),
        ('[[register.sources]]\nname = "crm"\nkind = "http"\nurl = "https://crm.example/"\ntoken_file = "{0}"\n',
         "register.sources.0.token_file", "gone.txt cannot be read"),
        ('[[notices.webhooks]]\nname = "a"\nurl = "https://a.example/"\nsecret_file = "{1}"\n',
         "notices.webhooks.0.secret_file", "empty.txt is empty"),
    ],
    ids=["webhook", "source", "empty"],
)  # fmt: skip
def test_files_that_are_not_there_are_told(guard: GuardProcess, more: str, key: str, names: str) -> None:
    """A configuration whose passwords cannot be read is not in order; what a guard makes itself may be missing yet."""
    empty = guard.folder / "empty.txt"
    empty.touch()
    text = guard.config.read_text() + more.format(guard.folder / "gone.txt", empty)
    guard.config.write_text(text)
    done = guard.command("config", "check")
    assert (done.returncode, key in done.stderr, names in done.stderr) == (2, True, True), done.stderr
    told = guard.command("doctor")
    assert re.search(rf"BAD +files: .*{re.escape(key)}", told.stdout), told.stdout


def test_import_reports_bad_rows_by_line(guard: GuardProcess, tmp_path: Path) -> None:
    """The rest is imported, exit 3, with counts; and the import is in the audit trail."""
    file = tmp_path / "more.csv"
    file.write_text(
        CUSTOMERS + "3002,Eero,Salmi,,no address,,,,,,,,,\n3003,Aino,Salmi,,a@post.example,,31.31.1990,,,,,,,\n"
    )
    done = guard.command("customers", "import", str(file))
    assert done.returncode == 3
    assert "line 5" in done.stderr
    assert "line 6" in done.stderr
    assert "3 unchanged, 2 bad rows" in done.stdout
    assert "Virtanen" in guard.command("customers", "show", "1001").stdout
    assert guard.command("customers", "show", "9999").returncode == 2
    assert guard.command("audit", "verify").stdout.startswith("2 audit entries")


def test_broken_customer_file_changes_nothing(guard: GuardProcess, tmp_path: Path) -> None:
    """No header, not UTF-8: exit 2, and the register is as before."""
    for content in (b"1001,Matti,Virtanen\n", b"customer_id,first_name\xff\xfe\n", b""):
        file = tmp_path / "broken.csv"
        file.write_bytes(content)
        done = guard.command("customers", "import", str(file))
        assert done.returncode == 2, done.stdout
        assert str(file) in done.stderr
    assert "3" in guard.command("customers", "stats").stdout.splitlines()[0]


def test_cases_list_is_json_for_scripts(guard: GuardProcess) -> None:
    """The same shape as the HTTP API's, also when there is nothing."""
    done = guard.command("cases", "list", "--format", "json")
    assert json.loads(done.stdout) == {"cases": [], "next": None}
    assert guard.command("cases", "show", "MG-NONE-NONE").returncode == 2


def test_tampered_audit_is_named(guard: GuardProcess, tmp_path: Path) -> None:
    """`audit verify` exits 1 and says which entry."""
    connection = sqlite3.connect(tmp_path / "guard.db")
    connection.execute("DROP TRIGGER audit_no_update")
    connection.execute("UPDATE audit SET actor = 'somebody else' WHERE seq = 1")
    connection.commit()
    connection.close()
    done = guard.command("audit", "verify")
    assert done.returncode == 1
    assert "audit entry 1 has been changed" in done.stderr


def test_weak_password_is_refused(guard: GuardProcess) -> None:
    """Exit 2, and why."""
    done = guard.command(
        "users", "add", "bo", "--email", "bo@operator.example", "--role", "ops", "--password-stdin", stdin="short\n"
    )
    assert done.returncode == 2
    assert "at least 10" in done.stderr


def test_doctor_says_what_is_wrong(guard: GuardProcess) -> None:
    """Nobody listens at the next hop: that line is BAD, the others are not, exit 1."""
    done = guard.command("doctor")
    assert done.returncode == 1
    bad = [line for line in done.stdout.splitlines() if line.startswith("BAD")]
    assert len(bad) == 1
    assert "next hop" in bad[0]


@pytest.mark.parametrize(
    ("database_url", "problem"),
    [
        ("postgresql+psycopg://guard@127.0.0.1:1/guard", "connection failed"),
        ("mysql://guard@127.0.0.1/guard", "use sqlite or postgresql+psycopg"),
        ("guard.db", "write e.g."),
    ],
)
def test_doctor_looks_at_the_rest_too(guard: GuardProcess, database_url: str, problem: str) -> None:
    """Without a database, rules, disk, reader of pictures and next hop are examined all the same."""
    text = re.sub(r"database_url = .*", f'database_url = "{database_url}"', guard.config.read_text())
    guard.config.write_text(text + '\n[message]\nocr = "inline"\nocr_languages = ["tlh"]\n')
    done = guard.command("doctor")
    assert (done.returncode, done.stderr) == (1, "")
    lines = [line.partition(": ")[0] for line in done.stdout.splitlines()]
    assert lines[:4] == ["ok   rules", "BAD  store and register", "ok   disk", "BAD  pictures"]
    assert lines[-1] == "BAD  next hop"
    assert problem in done.stdout


def test_key_that_fails_at_start_is_named_with_its_file(guard: GuardProcess) -> None:
    """What only the start finds out (a certificate, a port, a database) names file, key and mend on one line too."""
    text = guard.config.read_text(encoding="utf-8")
    guard.config.write_text(text.replace("[smtp]", '[smtp]\ntls_cert = "/nowhere"\ntls_key = "/nowhere"', 1))
    done = guard.command("serve")
    assert done.returncode == 2
    assert done.stderr.startswith(f"mailguard: {guard.config}: smtp.tls_cert: ")
    assert done.stderr.count("\n") == 1


def test_days_are_read_alike(guard: GuardProcess) -> None:
    """What is no day, and one at the end of the calendar, is told in one line by every command that takes one."""
    with guard.config.open("a") as file:
        file.write('[report]\ntime_zone = "Europe/Helsinki"\n')
    for command in (
        ("trace", "a@post.example", "--since"),
        ("users", "delegate", "sofia", "--to", "olli", "--until"),
        ("breaches", "export", "--output", str(guard.config.parent), "--since"),
    ):
        done = guard.command(*command, "next week")
        assert (done.returncode, done.stderr) == (2, "mailguard: 'next week' is no day; write it as \"2026-11-16\"\n")
    done = guard.command("trace", "a@post.example", "--since", "0001-01-01")
    assert (done.returncode, done.stderr) == (2, "mailguard: 0001-01-01 is too far away\n")
    assert guard.command("trace", "a@post.example", "--until", "9999-12-31").returncode == 3


def test_empty_lists_say_so(guard: GuardProcess) -> None:
    """A heading with nothing under it looks like a fault."""
    assert guard.command("users", "list").stdout == "no users; add one with: mailguard users add\n"
    assert guard.command("users", "delegations").stdout == "nobody decides for anybody else\n"
    assert guard.command("nodes").stdout == "no guard serves on this store\n"
    assert str(guard.config) in guard.command("config", "check").stdout.replace("\n", "")
