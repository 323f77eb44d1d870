"""What machines ask of the desk."""

from collections.abc import Callable

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from mailguard.store.store import Store
from tests.conftest import TurnableClock
from tests.desk.held import hold_namesake


def client_at(app: FastAPI, host: str) -> TestClient:
    """A client that connects from this address."""
    return TestClient(app, base_url="http://desk.example", client=(host, 40000))


def test_health_and_readiness(browser: TestClient) -> None:
    """Both answer without a login."""
    assert browser.get("/healthz").text == "ok\n"
    assert browser.get("/readyz").status_code == 200
    assert browser.head("/healthz").status_code == 200


def test_not_ready_without_the_store(store: Store, browser: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the database is gone the desk is alive and not ready."""
    with store.writing() as session:
        session.connection().exec_driver_sql("DROP TABLE audit_head")
    assert browser.get("/healthz").status_code == 200
    assert browser.get("/readyz").status_code == 503


def test_metrics_count_cases(store: Store, app: FastAPI, clock: TurnableClock) -> None:
    """Figures are right, and name nobody."""
    hold_namesake(store)
    clock.turn(minutes=10)
    text = client_at(app, "127.0.0.1").get("/metrics").text
    assert 'mailguard_cases{state="held"} 1.0' in text
    assert "mailguard_oldest_held_seconds 600.0" in text
    assert "@" not in text


@pytest.mark.parametrize(
    ("host", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("192.0.2.1", {}, 401),
        ("testclient", {}, 401),
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.1"}, 401),
        ("127.0.0.1", {"Forwarded": "for=192.0.2.1"}, 401),
        ("127.0.0.1", {"Authorization": "Bearer wrong"}, 401),
    ],
)
def test_metrics_are_for_this_machine(app: FastAPI, host: str, headers: dict[str, str], status: int) -> None:
    """Only from loopback, and not through a proxy on loopback."""
    assert client_at(app, host).get("/metrics", headers=headers).status_code == status


def test_metrics_with_a_token(app: FastAPI, token: Callable[[str], dict[str, str]]) -> None:
    """From elsewhere a token opens them."""
    assert client_at(app, "192.0.2.1").get("/metrics", headers=token("olli")).status_code == 200
