"""Times of stages as histograms: what is counted at the door, and what a report reads out of it."""

import math
from collections.abc import Mapping

_DIGITS = (1, 1.5, 2, 3, 5, 7)
EDGES = tuple(digit * 10.0**power for power in range(-1, 5) for digit in _DIGITS)
"""Upper edges of the steps in milliseconds, 0.1 ms to 70 s; at most half as much again as what is in the step."""
_KEYS = tuple(f"{edge:g}" for edge in EDGES)


def step_of(milliseconds: float) -> str:
    """The key of the step that a time falls into; what takes longer than the last is in the last."""
    low, high = 0, len(EDGES) - 1
    while low < high:
        middle = (low + high) // 2
        if milliseconds <= EDGES[middle]:
            high = middle
        else:
            low = middle + 1
    return _KEYS[low]


def seconds_within(counts: Mapping[str, int], share: float) -> float | None:
    """So many seconds did at most `share` of the messages take (nearest rank); None without any."""
    steps = sorted((float(key), count) for key, count in counts.items() if _is_number(key))
    left = math.ceil(share * sum(count for _, count in steps))
    for edge, count in steps:
        left -= count
        if left <= 0 and count:
            return edge / 1000
    return None


def _is_number(key: str) -> bool:
    return key in _KEYS
