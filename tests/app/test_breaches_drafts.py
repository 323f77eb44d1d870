"""`mailguard breaches draft` and `breaches export`."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import col, select
from typer.testing import CliRunner, Result

from mailguard.app.commands.breaches import app
from mailguard.incidents.breaches.breach import Origin
from mailguard.incidents.breaches.register import open_breach
from mailguard.store.store import Store
from mailguard.store.tables.audit import AuditRow
from tests.incidents.drafts.breaches import USUAL


@pytest.fixture
def config(store: Store, tmp_path: Path) -> Path:
    """A configuration on a register with one breach."""
    known = replace(USUAL, detected_at=store.clock(), aware_at=None, happened_from=None)
    with store.writing() as session:
        open_breach(session, store, known, origin=Origin.HAND, by="olli", at=store.clock())
    file = tmp_path / "mailguard.toml"
    keys = f'database_url = "sqlite:///{tmp_path}/guard.db"\nkey_file = "{tmp_path}/guard.key"\n'
    file.write_text(f'[store]\n{keys}[incidents]\norganisation = "Puhelin Oy"\n[notices]\nlanguage = "fi"\n')
    return file


def run(config: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--config", str(config)])


def acts(store: Store) -> list[tuple[str, str]]:
    with store.reading() as session:
        rows = session.exec(select(AuditRow).order_by(col(AuditRow.seq))).all()
    return [(row.act, row.actor) for row in rows if row.act in ("breach draft", "breach export")]


def test_a_draft(store: Store, config: Path, tmp_path: Path) -> None:
    """Text on standard output in the language of the house or another, gaps on standard error; a PDF into a file."""
    done = run(config, "draft", "2026-0001", "--kind", "people")
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("Tietoa sinua koskevista henkilötiedoista\n")
    assert "to be filled in: miten toistuminen estetään (remedy)" in done.stderr
    assert run(config, "draft", "2026-0001", "--kind", "reader", "--language", "pl").stdout.startswith(
        "Nasza wiadomość"
    )
    file = tmp_path / "letters" / "people.pdf"
    assert (
        run(config, "draft", "2026-0001", "--kind", "people", "--format", "pdf", "--output", str(file)).exit_code == 0
    )
    assert file.read_bytes().startswith(b"%PDF-")
    assert file.stat().st_mode & 0o777 == 0o600
    assert acts(store) == [("breach draft", "command line")] * 3


@pytest.mark.parametrize(
    ("arguments", "mend"),
    [
        (("draft", "2026-0009", "--kind", "people"), "no breach 2026-0009"),
        (("draft", "2026-0001", "--kind", "novel"), "authority_1"),
        (("draft", "2026-0001", "--kind", "people", "--language", "xx"), "en, fi"),
        (("draft", "2026-0001", "--kind", "people", "--format", "pdf"), "--output"),
        (("export", "--output", "x", "--since", "yesterday"), "2026-11-16"),
    ],
)
def test_bad_input(store: Store, config: Path, arguments: tuple[str, ...], mend: str) -> None:
    """Exit 2 with a line that says what to write instead; nothing is in the audit trail."""
    done = run(config, *arguments)
    assert done.exit_code == 2
    assert mend in done.stderr
    assert acts(store) == []


def test_the_register(store: Store, config: Path, tmp_path: Path) -> None:
    """Both forms go into the folder, readable for their maker alone."""
    for form in ("csv", "pdf"):
        done = run(config, "export", "--output", str(tmp_path / "out"), "--format", form, "--since", "2026-11-16")
        assert done.exit_code == 0, done.output
        file = Path(done.stdout.strip())
        assert file.parent == tmp_path / "out"
        assert file.name.startswith("breach-register-")
        assert file.suffix == f".{form}"
        assert file.stat().st_mode & 0o777 == 0o600
    assert acts(store) == [("breach export", "command line")] * 2
