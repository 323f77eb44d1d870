"""`mailguard rules explain`."""

from pathlib import Path

from typer.testing import CliRunner

from mailguard.app.cli import app

LETTER = b"""From: agent@operator.example\r
To: reader@example.org\r
Subject: your access\r
\r
Password: Torni_51\r
PIN-koodi oli kiva 4471 mutta\r
"""


def test_explains_without_values(tmp_path: Path) -> None:
    """Findings and near-misses are told with rule, part, label and reason, and no value is printed."""
    file = tmp_path / "one.eml"
    file.write_bytes(LETTER)
    done = CliRunner().invoke(app, ["rules", "explain", str(file)], env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    lines = [line.split() for line in done.output.splitlines()]
    assert any(line and line[0] == "found" and "en.password" in line for line in lines)
    assert any(line and line[0] == "below" and "fi.pin" in line for line in lines)
    assert "Torni" not in done.output
    assert "4471" not in done.output


def test_missing_file_is_bad_input(tmp_path: Path) -> None:
    """A file that is not there is told in one line, exit 2."""
    done = CliRunner().invoke(app, ["rules", "explain", str(tmp_path / "none.eml")])
    assert done.exit_code == 2
