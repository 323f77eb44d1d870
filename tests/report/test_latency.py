"""Histograms of times."""

import math

from hypothesis import given
from hypothesis import strategies as st

from mailguard.report.latency import EDGES, seconds_within, step_of

TIMES = st.lists(st.floats(0, 60_000), min_size=1, max_size=50)


@given(TIMES, st.sampled_from([0.5, 0.9, 0.99]))
def test_what_is_read_is_never_too_little_and_at_most_half_too_much(times: list[float], share: float) -> None:
    """The nearest rank of the times lies in the step that is told: at or below its edge, above half of it."""
    counts: dict[str, int] = {}
    for time in times:
        counts[step_of(time)] = counts.get(step_of(time), 0) + 1
    told = seconds_within(counts, share)
    exact = sorted(times)[math.ceil(share * len(times)) - 1] / 1000
    assert told is not None
    assert exact <= told * (1 + 1e-9)
    assert told <= max(exact * 2, EDGES[0] / 1000)


def test_nothing_counted_is_no_time() -> None:
    """No messages have no time; keys of another kind (beyond the bound of a day) are passed over."""
    assert seconds_within({}, 0.5) is None
    assert seconds_within({"(other)": 3}, 0.5) is None
    assert seconds_within({"(other)": 3, "5": 1}, 0.99) == 0.005
