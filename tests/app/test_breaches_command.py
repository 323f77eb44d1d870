"""`mailguard breaches`: reading and opening; nothing there closes a breach."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from mailguard.app.commands.breaches import app
from mailguard.incidents.breaches.register import read_breach
from mailguard.store.store import Store
from tests.desk.held import NAMESAKE, hold_namesake


@pytest.fixture
def config(store: Store, tmp_path: Path) -> Path:
    """A configuration on the store of the test."""
    file = tmp_path / "mailguard.toml"
    store_keys = f'database_url = "sqlite:///{tmp_path}/guard.db"\nkey_file = "{tmp_path}/guard.key"\n'
    file.write_text(f'[store]\n{store_keys}[report]\ntime_zone = "Europe/Helsinki"\n', encoding="utf-8")
    return file


def run(config: Path, *arguments: str) -> Result:
    """The command, in this process: starting Python takes longer than all the rest."""
    return CliRunner().invoke(app, [*arguments, "--config", str(config)])


def read(config: Path, *arguments: str) -> dict[str, Any]:
    """What it prints for scripts."""
    done = run(config, *arguments, "--format", "json")
    assert done.exit_code == 0, done.output
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_open_list_show(store: Store, config: Path) -> None:
    """By hand, and from a held message with what it tells; both are read again, as JSON and as text."""
    case_id = hold_namesake(store)
    assert "2026-" in run(config, "open", "--title", "Papers to a namesake").stdout.replace("2027-", "2026-")
    held = read(config, "open", "--case", case_id.lower())
    assert (held["case"], held["origin"], held["facts"]["addresses"]) == (case_id, "hold", [NAMESAKE])
    assert held["facts"]["secrets_included"] is True
    assert held["entries"][0]["by"] == "command line"
    assert [one["title"] for one in read(config, "list")["breaches"]] == [held["title"], "Papers to a namesake"]
    assert [one["id"] for one in read(config, "list", "-q", "1001")["breaches"]] == [held["id"]]
    assert read(config, "list", "--state", "closed") == {"breaches": []}
    assert read(config, "show", held["id"]) == held
    shown = run(config, "show", held["id"]).stdout
    assert "clock authority: waiting" in shown
    assert "lacks before closing: when the controller became aware" in shown
    assert NAMESAKE in shown
    assert held["id"] in run(config, "list").stdout
    with store.reading() as session:
        assert store.audit.verify(session)[1] is None
        assert read_breach(session, held["id"])[0].case_id == case_id


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["show", "2026-9999"], "there is no breach 2026-9999"),
        (["show", "\udcff"], "there is no breach"),
        (["open"], "--title"),
        (["open", "--case", "MG-0000-0000"], "there is no case"),
        (["open", "--title", "x" * 300], "title: 300 characters"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_exit_2(config: Path, arguments: list[str], told: str) -> None:
    """And nothing is opened."""
    done = run(config, *arguments)
    assert (done.exit_code, told in done.stderr) == (2, True), done.output
    assert read(config, "list") == {"breaches": []}


def test_there_is_no_command_that_closes(config: Path) -> None:
    """Two persons who are logged in do."""
    assert {command.name or command.callback.__name__ for command in app.registered_commands if command.callback} == {
        "list",
        "show",
        "open",
        "draft",
        "export",
    }


def test_a_title_prints_nothing_but_itself(config: Path) -> None:
    """Control characters of a title reach no terminal."""
    assert run(config, "open", "--title", "a\x1b[31mred\u202e\nsecond").exit_code == 0
    for done in (run(config, "list"), run(config, "show", read(config, "list")["breaches"][0]["id"])):
        assert "\x1b" not in done.stdout
        assert "\u202e" not in done.stdout
