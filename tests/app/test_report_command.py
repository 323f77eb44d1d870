"""`mailguard report weekly`, one week and many."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from mailguard.app.cli import app


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A guard that has seen nothing yet."""
    file = tmp_path / "mailguard.toml"
    file.write_text(
        f'[store]\ndatabase_url = "sqlite:///{tmp_path}/guard.db"\nkey_file = "{tmp_path}/guard.key"\n',
        encoding="utf-8",
    )
    return file


def run(config: Path, *arguments: str) -> tuple[int, str]:
    """Exit code and everything that is printed."""
    done = CliRunner().invoke(app, ["report", "weekly", "--config", str(config), *arguments])
    return done.exit_code, done.output


def test_one_week_in_four_forms_and_again_the_same(config: Path, tmp_path: Path) -> None:
    """Page, CSV, JSON and PDF; a second time gives the same bytes."""
    folder = tmp_path / "out"
    code, said = run(config, "--week", "2026-W40", "--output", str(folder))
    assert code == 0, said
    first = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert sorted(first) == [f"mailguard-report-2026-W40.{form}" for form in ("csv", "html", "json", "pdf")]
    assert run(config, "--week", "2026-W40", "--output", str(folder))[0] == 0
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == first


def test_span_of_weeks_with_its_trend(config: Path, tmp_path: Path) -> None:
    """`--since` and `--weeks` say the same; each week has its files, and the span a picture."""
    folders = tmp_path / "since", tmp_path / "weeks"
    for folder, option in zip(folders, (("--since", "2026-W38"), ("--weeks", "3")), strict=True):
        code, said = run(config, "--week", "2026-W40", *option, "--output", str(folder))
        assert code == 0, said
        assert (folder / "mailguard-trend-2026-W38-2026-W40.svg").exists()
    first, second = ({file.name: file.read_bytes() for file in folder.iterdir()} for folder in folders)
    assert first == second
    assert len(first) == 3 * 3 + 1


@pytest.mark.parametrize("since", ["2026-W41", "2000-W01", "soon"])
def test_span_that_is_none_is_refused(config: Path, since: str) -> None:
    """A span that ends before it begins, one of many years, a word: exit 2 and a sentence."""
    code, said = run(config, "--week", "2026-W40", "--since", since)
    assert code == 2
    assert "mailguard:" in said
