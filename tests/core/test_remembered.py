"""What comes again is remembered, within bounds."""

from hypothesis import given
from hypothesis import strategies as st

from mailguard.core.remembered import Recurring, Remembered


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 30)), max_size=60))
def test_memory_has_an_end(kept: list[tuple[int, int]]) -> None:
    """Whatever is kept: what is recalled is what was kept last, there are never more than so many, nor heavier."""
    memory: Remembered[int, int] = Remembered(4, 100)
    latest: dict[int, int] = {}
    for key, weight in kept:
        memory.keep(key, weight, weight)
        if weight <= 12:
            latest[key] = weight
        recalled = {key: memory.recall(key) for key in range(10)}
        found = {key: weight for key, weight in recalled.items() if weight is not None}
        assert all(latest[key] == weight for key, weight in found.items())
        assert len(found) <= 4
        assert sum(found.values()) <= 100
        assert weight > 12 or found.get(key) == weight


@given(st.lists(st.integers(0, 5), max_size=30))
def test_what_comes_once_leaves_nothing(keys: list[int]) -> None:
    """A value can be recalled exactly when its key came twice."""
    memory: Recurring[int, str] = Recurring(10, 1000)
    for place, key in enumerate(keys):
        memory.keep(key, f"value of {key}", 10)
        assert memory.recall(key) == (f"value of {key}" if key in keys[:place] else None)


def test_a_memory_without_room_keeps_nothing() -> None:
    """It stands for none."""
    memory: Recurring[int, int] = Recurring(0, 1000)
    for _ in range(3):
        memory.keep(1, 1, 1)
    assert memory.recall(1) is None
