"""The other commands: errors in one line, exit codes of the contract."""

import json
import sqlite3
from pathlib import Path

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


def test_key_that_fails_at_start_is_named_with_its_file(guard: GuardProcess) -> None:
    """What only the start finds out (a certificate, a port, a database) names file, key and mend on one line too."""
    text = guard.config.read_text(encoding="utf-8")
    guard.config.write_text(text.replace("[smtp]", '[smtp]\ntls_cert = "/nowhere"\ntls_key = "/nowhere"', 1))
    done = guard.command("serve")
    assert done.returncode == 2
    assert done.stderr.startswith(f"mailguard: {guard.config}: smtp.tls_cert: ")
    assert done.stderr.count("\n") == 1
