"""The register's figures for Prometheus."""

from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest

from mailguard.app.register_figures import RegisterFigures
from mailguard.core.settings import RegisterSettings
from mailguard.customers.source_states import BY_HAND, claim, note_failure, note_success
from mailguard.store.database.engine import make_engine
from mailguard.store.store import Store
from tests.conftest import TurnableClock

SOURCES = [{"name": name, "kind": "csv", "folder": "/srv/export"} for name in ("crm", "shop")]


def figures(store: Store, settings: RegisterSettings, clock: TurnableClock) -> dict[str, float]:
    """Every figure by its name and labels."""
    registry = CollectorRegistry()
    registry.register(RegisterFigures(store.engine, settings, clock))
    lines = generate_latest(registry).decode().splitlines()
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}


def test_age_customers_and_trouble_of_each_source(store: Store, clock: TurnableClock) -> None:
    """One that works, one that never did: its age is without end, so that every alarm on age rings."""
    note_success(store.engine, "crm", clock())
    clock.turn(hours=2)
    claim(store.engine, "shop", clock())
    note_failure(store.engine, "shop", clock(), "away")
    found = figures(store, RegisterSettings.model_validate({"sources": SOURCES}), clock)
    assert found == {
        'mailguard_register_age_seconds{source="crm"}': 7200.0,
        'mailguard_register_age_seconds{source="shop"}': float("inf"),
        'mailguard_register_customers{source="crm"}': 0.0,
        'mailguard_register_customers{source="shop"}': 0.0,
        'mailguard_register_sync_failing{source="crm"}': 0.0,
        'mailguard_register_sync_failing{source="shop"}': 1.0,
        "mailguard_register_stale": 1.0,
    }


def test_imports_by_hand_have_an_age_too(store: Store, clock: TurnableClock) -> None:
    """Without sources the last import counts, and nothing is stale unless a limit is set."""
    note_success(store.engine, BY_HAND, clock())
    clock.turn(hours=100)
    found = figures(store, RegisterSettings(), clock)
    assert found['mailguard_register_age_seconds{source="file"}'] == 360000.0
    assert found["mailguard_register_stale"] == 0.0
    assert figures(store, RegisterSettings(stale_hours=99), clock)["mailguard_register_stale"] == 1.0


def test_without_a_database_there_are_no_figures(tmp_path: Path, clock: TurnableClock) -> None:
    """The other figures of the page must not go with them."""
    registry = CollectorRegistry()
    registry.register(RegisterFigures(make_engine(f"sqlite:///{tmp_path}/none.db"), RegisterSettings(), clock))
    assert generate_latest(registry) == b""
