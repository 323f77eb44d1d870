"""Guards on one store, and what is odd about them."""

from datetime import timedelta

import pytest

from mailguard.store.nodes import beat, leave, list_nodes, odd_nodes
from mailguard.store.store import Store
from tests.conftest import TurnableClock


def _beat(
    store: Store, name: str, *, version: str = "1.0", digest: str = "aaaa", problem: str = "", age: float = 0
) -> None:
    beat(store, name, version, digest, problem, store.clock() - timedelta(hours=age))


def test_a_node_is_one_row_however_long_it_lives(any_store: Store, clock: TurnableClock) -> None:
    """Each sign of life renews the node's own row; what it says last stands there."""
    _beat(any_store, "one:8025")
    clock.turn(seconds=20)
    _beat(any_store, "one:8025", digest="bbbb", problem="own.yaml: rules: broken")
    _beat(any_store, "two:8025")
    first, second = list_nodes(any_store)
    assert (first.name, first.rules_digest, first.rules_problem) == ("one:8025", "bbbb", "own.yaml: rules: broken")
    assert first.age == timedelta(0)
    assert second.name == "two:8025"
    leave(any_store, "one:8025")
    assert [node.name for node in list_nodes(any_store)] == ["two:8025"]


def test_a_node_that_was_silent_for_a_day_is_forgotten(any_store: Store, clock: TurnableClock) -> None:
    """First it is told as silent, then another node's sign of life takes its row away."""
    _beat(any_store, "one:8025")
    clock.turn(seconds=71)
    _beat(any_store, "two:8025")
    assert odd_nodes(list_nodes(any_store)) == {"one:8025": "silent"}
    clock.turn(days=1)
    _beat(any_store, "two:8025")
    assert [node.name for node in list_nodes(any_store)] == ["two:8025"]


@pytest.mark.parametrize(
    ("old", "told"),
    [
        ({}, None),
        ({"version": "0.9"}, "version differs"),
        ({"digest": "bbbb"}, "rules differ"),
        ({"version": "0.9", "digest": "bbbb"}, "version differs; rules differ"),
        ({"problem": "own.yaml: broken"}, "rules broken, the last good ones are in force: own.yaml: broken"),
    ],
)
def test_what_differs_is_told_of_the_older_one(store: Store, old: dict[str, str], told: str | None) -> None:
    """The node that was started last is how the others should be."""
    _beat(store, "old:8025", age=5, **old)
    _beat(store, "new:8025")
    assert odd_nodes(list_nodes(store)).get("old:8025") == told
    assert "new:8025" not in odd_nodes(list_nodes(store))


def test_no_node_is_nothing_odd(store: Store) -> None:
    """Before the first guard serves."""
    assert odd_nodes(list_nodes(store)) == {}
