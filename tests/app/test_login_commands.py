"""`mailguard users reset-second` and `users bind`."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from mailguard.app.cli import app
from mailguard.core.settings import StoreSettings
from mailguard.store.people.recovery_codes import new_recovery_codes, use_recovery_code
from mailguard.store.people.second_factors import second_factors
from mailguard.store.store import open_store
from mailguard.store.tables.people import UserRow
from tests.store.people.persons import add_anna

_OIDC = '[desk.oidc]\nissuer = "https://login.example"\nclient_id = "m"\nroles = { "g" = "ops" }\n'


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A store with anna in it."""
    file = tmp_path / "mailguard.toml"
    url, key = f"sqlite:///{tmp_path}/guard.db", tmp_path / "guard.key"
    file.write_text(f'[store]\ndatabase_url = "{url}"\nkey_file = "{key}"\n')
    store = open_store(StoreSettings(database_url=url, key_file=key))
    add_anna(store)
    store.close()
    return file


def _run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(arguments))
    return done.exit_code, done.output


def test_a_lost_second_factor_is_reset(config: Path, tmp_path: Path) -> None:
    """Codes are worth nothing afterwards; an unknown name is an error with its mend."""
    kept = StoreSettings(database_url=f"sqlite:///{tmp_path}/guard.db", key_file=tmp_path / "guard.key")
    store = open_store(kept)
    anna = add_anna(store)
    codes = new_recovery_codes(store, anna)
    assert _run("users", "reset-second", "anna", "--config", str(config))[0] == 0
    assert second_factors(store, anna).recovery_codes == 0
    assert not use_recovery_code(store, anna, codes[0])
    store.close()
    code, told = _run("users", "reset-second", "nobody", "--config", str(config))
    assert (code, "there is no user 'nobody'" in told) == (2, True)


def test_a_user_is_bound_to_the_provider(config: Path, tmp_path: Path) -> None:
    """By subject, under the issuer of the configuration; and freed again. Without a provider it is refused."""
    assert _run("users", "bind", "anna", "s-1", "--config", str(config))[0] == 2
    config.write_text(config.read_text() + _OIDC)
    assert _run("users", "bind", "anna", "--config", str(config))[0] == 2
    assert _run("users", "bind", "anna", "s-1", "--config", str(config))[0] == 0
    assert _subject(tmp_path) == "https://login.example s-1"
    assert _run("users", "bind", "anna", "--none", "--config", str(config))[0] == 0
    assert _subject(tmp_path) is None


def _subject(tmp_path: Path) -> str | None:
    store = open_store(StoreSettings(database_url=f"sqlite:///{tmp_path}/guard.db", key_file=tmp_path / "guard.key"))
    with store.reading() as session:
        row = session.get(UserRow, 1)
        assert row is not None
        found = row.oidc_subject
    store.close()
    return found
