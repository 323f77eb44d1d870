"""Waiting for what others do in their own time."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

Seen = TypeVar("Seen")

PATIENCE = 120.0
"""Seconds. Only what hangs takes longer, however busy the machine."""


def eventually(look: Callable[[], Seen | None], seconds: float = PATIENCE, *, every: float = 0.1) -> Seen:
    """What `look` gives as soon as it is true."""
    until = time.monotonic() + seconds
    while not (seen := look()):
        assert time.monotonic() < until, f"it did not happen within {seconds:.0f} seconds"
        time.sleep(every)
    return seen


async def happened(look: Callable[[], Seen | None], seconds: float = PATIENCE, *, every: float = 0.01) -> Seen:
    """The same, while the event loop goes on."""
    until = time.monotonic() + seconds
    while not (seen := look()):
        assert time.monotonic() < until, f"it did not happen within {seconds:.0f} seconds"
        await asyncio.sleep(every)
    return seen
