"""`mailguard audit`: what operators and strangers call."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from mailguard.app.commands.audit import app
from mailguard.core.settings import StoreSettings
from mailguard.store.store import Store


@pytest.fixture
def config(store: Store, store_settings: StoreSettings, tmp_path: Path) -> Path:
    """A configuration for a store with three entries."""
    with store.writing() as session:
        for act in ("login", "view", "reveal"):
            store.audit.append(session, act, actor="anna", at=store.clock(), case_id="MG-AAAA-AAAA")
    file = tmp_path / "mailguard.toml"
    url, key = store_settings.database_url, store_settings.key_file
    file.write_text(f'[store]\ndatabase_url = "{url}"\nkey_file = "{key}"\n')
    return file


def _run(config: Path, *arguments: object) -> Result:
    return CliRunner().invoke(app, [*map(str, arguments), "--config", str(config)])


def _process(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    call = [sys.executable, "-m", "mailguard", "audit", *map(str, arguments)]
    return subprocess.run(call, cwd=folder, env={"PYTHONPATH": str(Path.cwd())}, capture_output=True, text=True)


def test_anchor_and_verify_with_it(config: Path, tmp_path: Path) -> None:
    """The printed line, kept in any text, is compared; one that does not fit is named with its file."""
    printed = _process(tmp_path, "anchor")  # ./mailguard.toml is the configuration
    assert (printed.returncode, printed.stdout.count("\n"), printed.stderr) == (0, 1, "")
    ticket, late = tmp_path / "ticket.txt", printed.stdout.replace("seq=3 ", "seq=7 ")
    for content, code, told in (
        (f"Monday's anchor, as agreed:\n> {printed.stdout}\n", 0, "3 audit entries, the chain is whole and leads to 1"),
        (late, 1, f"{ticket}: the anchor of 20"),
        (late, 1, "does not fit: entry 7 is missing: the chain ends at 3"),
        (late.replace("digest=", "digest=x"), 2, "line 1: an anchor that is damaged"),
        ("nothing here", 2, "has no anchors"),
    ):
        ticket.write_text(content)
        done = _run(config, "verify", "--anchors", ticket)
        assert (done.exit_code, told in done.output) == (code, True), done.output
    assert _run(config, "verify").stderr == ""


def test_export_is_checked_off_the_box(config: Path, tmp_path: Path) -> None:
    """Without configuration, database and key file: the file and the public key are enough."""
    file, pem, elsewhere = tmp_path / "evidence.jsonl", tmp_path / "guard.pem", tmp_path / "elsewhere"
    elsewhere.mkdir()
    pem.write_text(_run(config, "public-key").stdout)
    done = _run(config, "export", "--case", "mg-aaaa-aaaa", "--output", file)
    assert (done.exit_code, done.stdout) == (0, f"3 audit entries written to {file}\n"), done.stderr
    checked = _process(elsewhere, "check", file, "--public-key", pem)
    assert (checked.returncode, "the signature fits" in checked.stdout) == (0, True), checked.stderr
    assert list(elsewhere.iterdir()) == []
    assert "the store has them all" in _run(config, "check", file).stdout
    file.write_text(file.read_text().replace('"reveal"', '"view"'))
    changed = _run(config, "check", file, "--public-key", pem)
    assert (changed.exit_code, "was changed or cut" in changed.stderr) == (1, True)
    assert _run(config, "verify").stdout == "4 audit entries, the chain is whole\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("export", "--output"), "say what to export: --case, --person, --since, --until"),
        (("export", "--since", "monday", "--output"), "'monday' is no moment: write 2026-11-16"),
        (("export", "--case", "mg-none-none", "--output"), "no audit entry fits"),
        (("check",), "cannot be read: No such file"),
    ],
)
def test_mistakes_are_told_in_a_line(config: Path, arguments: tuple[str, ...], told: str, tmp_path: Path) -> None:
    """Exit 2, and what to write instead."""
    file = tmp_path / "evidence.jsonl"
    done = _run(config, *arguments, file)
    assert (done.exit_code, told in done.stderr) == (2, True), done.stderr
    assert not file.exists()
