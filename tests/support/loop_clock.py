"""The running event loop's clock, which a test may put forward: its time-outs come when they are meant to, not before.

With short time-outs in their place a busy machine would take what answers for what does not.
"""

import asyncio

from tests.support.sink import DROP, Step


def put_forward(seconds: float) -> None:
    """From now on it is that much later for every timer of the loop (asyncio's own; uvloop has no clock to put)."""
    loop = asyncio.get_running_loop()
    told = loop.time
    loop.time = lambda: told() + seconds  # type: ignore[method-assign]


def outlasting(seconds: float, step: Step) -> Step:
    """A step of a `Sink` that falls silent, and from its being reached it is that long. DROP lets nobody wait."""
    if step is DROP:
        return step

    def reached(line: bytes) -> bytes | object:
        # A moment for what is said to arrive before it is late.
        asyncio.get_running_loop().call_later(0.05, put_forward, seconds)
        return step(line) if callable(step) else step

    return reached
