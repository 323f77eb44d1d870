"""`customers import --whole` as an operator runs it."""

from pathlib import Path

from tests.support.guard import GuardProcess, make_guard
from tests.support.ports import free_port

HEADER = "customer_id,first_name,last_name,emails,Colour"


def _guard(folder: Path) -> GuardProcess:
    return make_guard(folder, free_port())


def _write(file: Path, numbers: range) -> str:
    rows = [f"{number},Name{number},Person,n{number}@post.example,red" for number in numbers]
    file.write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
    return str(file)


def test_a_whole_file_takes_off_record_who_is_not_in_it(tmp_path: Path) -> None:
    """Few may go; many only with --allow-drop; and the audit trail has numbers and no names."""
    guard, file = _guard(tmp_path), tmp_path / "all.csv"
    first = guard.command("customers", "import", _write(file, range(100)))
    assert first.returncode == 0, first.stderr
    assert "100 new, 0 changed, 0 unchanged, 0 bad rows" in first.stdout
    assert "headings passed over (map them by register.columns): Colour" in first.stderr
    few = guard.command("customers", "import", "--whole", _write(file, range(3, 100)))
    assert few.returncode == 0, few.stderr
    assert "0 new, 0 changed, 97 unchanged, 3 taken off record, 0 bad rows" in few.stdout
    many = guard.command("customers", "import", "--whole", _write(file, range(50, 100)))
    assert many.returncode == 2
    assert "47 of 97 customers" in many.stderr
    assert "--allow-drop" in many.stderr
    assert guard.command("customers", "show", "3").returncode == 0
    assert guard.command("customers", "import", "--whole", "--allow-drop", str(file)).returncode == 0
    assert guard.command("customers", "show", "3").returncode == 2
    assert guard.command("customers", "show", "50").returncode == 0
    assert guard.command("audit", "verify").stdout.startswith("3 audit entries")


def test_a_dispute_stands_under_the_number_on_record(tmp_path: Path) -> None:
    """However the number is typed: under another spelling it would hold no letter, and could not be taken back."""
    guard, file = _guard(tmp_path), tmp_path / "all.csv"
    file.write_text(f"{HEADER}\n2165820,Kaisa,Person,kaisa@post.example,red\n", encoding="utf-8")
    assert guard.command("customers", "import", str(file)).returncode == 0
    assert guard.command("customers", "dispute", "kaisa@post.example", "--customer", "002 165-820").returncode == 0
    assert "2165820" in guard.command("customers", "disputes").stdout
    taken = guard.command("customers", "dispute", "kaisa@post.example", "--customer", "2165820", "--revoke")
    assert taken.returncode == 0, taken.stderr
    assert "2165820" not in guard.command("customers", "disputes").stdout
