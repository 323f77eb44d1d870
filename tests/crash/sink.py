"""The next hop of the matrix, on an event loop of its own: what came, and when."""

import asyncio
import threading
import time

from tests.support.sink import DEFAULTS, Sink, SinkMessage


class ClockedSink:
    """`with ClockedSink() as sink:` listens; `messages` and `times` belong together."""

    def __init__(self) -> None:
        self._sink = Sink()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.times: list[float] = []
        # Asked for the reply right after the message was put down, with nothing awaited in between.
        self._sink.steps["dot"] = self._take

    def __enter__(self) -> "ClockedSink":
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._sink.__aenter__(), self._loop).result()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._sink.__aexit__(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._sink.port

    @property
    def messages(self) -> list[SinkMessage]:
        """Everything whose final dot came."""
        return self._sink.messages

    def _take(self, line: bytes) -> bytes:
        self.times.append(time.monotonic())
        # Nobody looks at them, and they would be the larger part of a long run's memory.
        self._sink.commands.clear()
        return DEFAULTS["dot"]
