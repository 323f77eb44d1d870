"""Whoever keeps the guards running sees at any desk which of them is not as it should be."""

from collections.abc import Callable

from mailguard.store.nodes import beat
from mailguard.store.store import Store
from tests.conftest import TurnableClock
from tests.desk.conftest import Browser


def test_broken_rules_are_told_to_ops_and_admin_alone(
    store: Store, logged_in: Callable[[str], Browser], clock: TurnableClock
) -> None:
    """With the node's name and the file, written as text; supervisors have no use for it, strangers see nothing."""
    problem = "/etc/mailguard/rules/own.yaml: rules: <b>broken</b>"
    beat(store, "guard2:8025", "1.0", "aaaa", problem, clock())
    page = logged_in("olli").get("/cases").text
    assert "Guard <bdi>guard2:8025</bdi>:" in page
    assert "own.yaml: rules: &lt;b&gt;broken&lt;/b&gt;" in page
    assert "guard2" not in logged_in("sofia").get("/cases").text
    assert "guard2" not in logged_in("sofia").get("/login").text
    beat(store, "guard2:8025", "1.0", "aaaa", "", clock())
    assert "guard2" not in logged_in("olli").get("/cases").text
