"""A register that is too old is told on every page, to people who are logged in."""

from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from mailguard.core.settings import DeskSettings, RegisterSettings, Settings
from mailguard.customers import freshness
from mailguard.customers.source_states import claim, note_failure, note_success
from mailguard.desk.application import make_desk
from mailguard.store.store import Store
from tests.conftest import TurnableClock
from tests.desk.conftest import URL, Browser

WARNING = "Sensitive mail is held until it is renewed."


@pytest.fixture
def app(store: Store, users: None, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    """The desk of a guard with one source, which looks at the register's age on each page."""
    monkeypatch.setattr(freshness, "_KEPT_SECONDS", 0.0)
    sources = [{"name": "crm", "kind": "csv", "folder": Path("/srv/export")}]
    register = RegisterSettings.model_validate({"sources": sources, "stale_hours": 48})
    return make_desk(store, Settings(desk=DeskSettings(public_url=URL), register=register), now=store.clock)


def test_banner_tells_how_old_the_register_is(store: Store, app: FastAPI, clock: TurnableClock) -> None:
    """Fresh: nothing; older than the limit: how old, and what that means; never synced: that."""
    browser = Browser(app, base_url=URL)
    assert WARNING not in browser.get("/login").text
    browser.log_in("sofia")
    assert "The customer register has never come in whole." in browser.get("/cases").text
    note_success(store.engine, "crm", clock())
    assert WARNING not in browser.get("/cases").text
    clock.turn(hours=51)
    browser.log_in("sofia")
    for path in ("/cases", "/reports", "/cases/MG-0000-0000"):
        page = browser.get(path).text
        assert "The customer register was last renewed 2 d 3 h ago." in page
        assert WARNING in page


def test_figures_and_readiness(store: Store, app: FastAPI, clock: TurnableClock) -> None:
    """Readiness tells of a stale register, and stays ready: mail must not be sent past the guard for that."""
    client = TestClient(app, base_url=URL)
    assert client.get("/readyz").text == "ready, but the customer register is stale\n"
    assert client.get("/readyz").status_code == 200
    note_success(store.engine, "crm", clock())
    assert client.get("/readyz").text == "ready\n"


def test_a_problem_is_not_shown_to_strangers(store: Store, app: FastAPI, clock: TurnableClock) -> None:
    """Neither the login page nor readiness names a source or says what is wrong with it."""
    claim(store.engine, "crm", clock())
    note_failure(store.engine, "crm", clock(), "db.internal refuses reader")
    client = TestClient(app, base_url=URL)
    shown = client.get("/login").text + client.get("/readyz").text
    assert "crm" not in shown
    assert "db.internal" not in shown
