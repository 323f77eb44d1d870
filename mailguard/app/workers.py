"""More processes at the front door: `smtp.workers` of them listen on the same ports, and the kernel deals out clients.

Each has its own event loop, judge and next-hop connections; desk, letters, release and schedule stay in the first. What
they count comes over a pipe as `Tally` values. A worker ends when that pipe does, so none outlives the guard.
"""

import asyncio
import multiprocessing
import signal
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from types import TracebackType

import structlog
import uvloop

from mailguard.app.entrance import open_entrance
from mailguard.app.logs import set_up_logs
from mailguard.app.tally import Tally
from mailguard.app.wiring import Guard, open_guard
from mailguard.core.settings import Settings
from mailguard.relay.next_hop import NextHop

_GRACE = 45.0
"""Seconds that a worker may take for the messages that it has read; systemd waits 90 for all (deploy/)."""
_PAUSE_AFTER_DEATH = 1.0

_log = structlog.get_logger("mailguard.workers")


class Workers:
    """The processes besides the first one, for the length of an `async with` block. One that dies is replaced."""

    def __init__(self, settings: Settings, count: Callable[[Tally], None]) -> None:
        self._settings, self._count = settings, count
        self._tasks: list[asyncio.Task[None]] = []
        self._processes: dict[int, BaseProcess] = {}
        self._stopping = False

    async def __aenter__(self) -> "Workers":
        self._tasks = [asyncio.create_task(self._keep_one(number)) for number in range(1, self._settings.smtp.workers)]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping = True
        for process in self._processes.values():
            process.terminate()
        if self._tasks:
            # Their pipes are read to the end: a worker that finishes its last messages must not wait for a reader.
            await asyncio.wait(self._tasks, timeout=_GRACE)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for process in self._processes.values():
            process.kill()
            await asyncio.to_thread(process.join)

    async def _keep_one(self, number: int) -> None:
        while not self._stopping:
            ours, theirs = multiprocessing.Pipe()
            # Spawned, not forked: threads and connections of this process must not be found half-copied there.
            context = multiprocessing.get_context("spawn")
            process = context.Process(
                target=run_worker, args=(self._settings, theirs), name=f"mailguard-worker-{number}"
            )
            process.start()
            theirs.close()
            self._processes[number] = process
            await self._listen(ours)
            ours.close()
            if not self._stopping:
                _log.error("worker ended", worker=number)
                await asyncio.sleep(_PAUSE_AFTER_DEATH)

    async def _listen(self, pipe: Connection) -> None:
        loop, ended = asyncio.get_running_loop(), asyncio.Event()

        def take() -> None:
            try:
                while pipe.poll():
                    self._count(pipe.recv())
            except (EOFError, OSError):
                ended.set()

        loop.add_reader(pipe.fileno(), take)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(pipe.fileno())


def run_worker(settings: Settings, pipe: Connection) -> None:
    """The whole life of a worker process."""
    set_up_logs()
    with open_guard(settings, prove=False) as guard:  # the first process has proved the rules
        uvloop.run(_work(guard, pipe))


async def _work(guard: Guard, pipe: Connection) -> None:
    asked_to_stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, asked_to_stop.set)
    # Ctrl-C goes to the whole group of processes; the first one tells the others when.
    loop.add_signal_handler(signal.SIGINT, lambda: None)
    # The first process never sends anything: the pipe becomes readable when it is gone.
    loop.add_reader(pipe.fileno(), asked_to_stop.set)
    next_hop = NextHop(guard.settings.next_hop, guard.settings.smtp.hostname)

    def count(tally: Tally) -> None:
        with suppress(OSError):
            pipe.send(tally)

    try:
        async with open_entrance(guard, next_hop, count):
            await asked_to_stop.wait()
    finally:
        await next_hop.close()
