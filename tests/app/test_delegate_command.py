"""`mailguard users delegate` and `delegations`."""

from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from mailguard.app.commands.users import app
from mailguard.core.person import Role
from mailguard.core.settings import StoreSettings
from mailguard.store import people
from mailguard.store.store import open_store


@pytest.fixture
def config(tmp_path, store_settings: StoreSettings) -> str:  # type: ignore[no-untyped-def]
    """A guard with a supervisor, and somebody of ops."""
    file = tmp_path / "mailguard.toml"
    file.write_text(
        f'[store]\ndatabase_url = "{store_settings.database_url}"\nkey_file = "{store_settings.key_file}"\n'
    )
    store = open_store(store_settings)
    for name, role in (("anna", Role.SUPERVISOR), ("berta", Role.OPS)):
        people.add_user(store, name, email=f"{name}@operator.example", role=role, password=None)
    store.close()
    return str(file)


def test_made_listed_and_ended(config: str) -> None:
    """From day to day, with a reason; ended at once; and the list shows what stands."""
    run = CliRunner().invoke
    last = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
    made = run(app, ["delegate", "anna", "--to", "berta", "--until", last, "--reason", "holidays", "--config", config])
    assert made.exit_code == 0, made.output
    assert f"berta decides for anna from {datetime.now(UTC).date()} to {last}" in made.output
    assert "in force" in run(app, ["delegations", "--config", config]).output
    ended = run(app, ["delegate", "anna", "--to", "berta", "--revoke", "--config", config])
    assert "1 delegations of anna to berta ended" in ended.output
    assert "anna" not in run(app, ["delegations", "--config", config]).output
    assert "revoked" in run(app, ["delegations", "--all", "--config", config]).output


@pytest.mark.parametrize(
    "arguments",
    [
        ("anna", "--to", "berta"),
        ("anna", "--to", "berta", "--until", "2020-01-01", "--reason", "x"),
        ("berta", "--to", "anna", "--until", "2999-01-01", "--reason", "x"),
        ("anna", "--to", "nobody", "--until", "2999-01-01", "--reason", "x"),
    ],
)
def test_what_cannot_be_is_one_line_and_exit_2(config: str, arguments: tuple[str, ...]) -> None:
    """No last day, days gone by, a giver with no right, an unknown name."""
    done = CliRunner().invoke(app, ["delegate", *arguments, "--config", config])
    assert done.exit_code == 2
    assert "Traceback" not in done.output
