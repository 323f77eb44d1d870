"""More processes at the front door: `smtp.workers` of them listen on the same ports, and the kernel deals out clients.

Each has its own event loop, judge and next-hop connections; desk, letters, release and schedule stay in the first. What
they count comes over a pipe as lists of `Tally` values. A worker ends when that pipe does, so none outlives the guard.
"""

import asyncio
import multiprocessing
import os
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
from mailguard.app.memory import keep_new, settle_down
from mailguard.app.rule_files import RuleFiles, compile_rules
from mailguard.app.tally import Tally
from mailguard.app.wiring import Guard, open_guard
from mailguard.core.settings import Settings
from mailguard.relay.next_hop import NextHop

_GRACE = 45.0
"""Seconds that a worker may take for the messages that it has read; systemd waits 90 for all (deploy/)."""
_PAUSE_AFTER_DEATH = 1.0
_COUNTED_EVERY = 0.5
"""Seconds that tallies are gathered for: one at a time they cost 50 us of CPU a message, in two processes."""

_log = structlog.get_logger("mailguard.workers")


class Workers:
    """The processes besides the first one, for the length of an `async with` block. One that dies is replaced."""

    def __init__(self, settings: Settings, rule_files: RuleFiles, count: Callable[[Tally], None]) -> None:
        self._settings, self._rule_files, self._count = settings, rule_files, count
        self._pipes: set[Connection] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._processes: dict[int, BaseProcess] = {}
        self._stopping = False

    async def share(self, rule_files: RuleFiles) -> None:
        """Have every worker judge by these rules, those that are started later too."""
        self._rule_files = rule_files
        for pipe in list(self._pipes):
            with suppress(OSError):  # its worker has just died, and the next one begins with these rules
                await asyncio.to_thread(pipe.send, rule_files)

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
                target=run_worker,
                args=(self._settings, self._rule_files, theirs),
                name=f"mailguard-worker-{number}",
            )
            process.start()
            theirs.close()
            self._processes[number] = process
            self._pipes.add(ours)
            await self._listen(ours)
            self._pipes.remove(ours)
            ours.close()
            if not self._stopping:
                _log.error("worker ended", worker=number)
                await asyncio.sleep(_PAUSE_AFTER_DEATH)

    async def _listen(self, pipe: Connection) -> None:
        loop, ended = asyncio.get_running_loop(), asyncio.Event()

        def take() -> None:
            try:
                while pipe.poll():
                    for tally in pipe.recv():
                        self._count(tally)
            except (EOFError, OSError):
                ended.set()

        _watch(pipe, take)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(pipe.fileno())


def _watch(pipe: Connection, take: Callable[[], None]) -> None:
    asyncio.get_running_loop().add_reader(pipe.fileno(), take)
    # libuv makes non-blocking what it watches; a set of rules, larger than the socket's buffer, would come by halves.
    os.set_blocking(pipe.fileno(), True)


def run_worker(settings: Settings, rule_files: RuleFiles, pipe: Connection) -> None:
    """The whole life of a worker process."""
    set_up_logs()
    # The first process has proved the rules.
    with open_guard(settings, prove=False, rule_files=rule_files) as guard:
        uvloop.run(_work(guard, pipe))


async def _work(guard: Guard, pipe: Connection) -> None:
    asked_to_stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, asked_to_stop.set)
    # Ctrl-C goes to the whole group of processes; the first one tells the others when.
    loop.add_signal_handler(signal.SIGINT, lambda: None)
    sets: asyncio.Queue[RuleFiles] = asyncio.Queue()

    def take() -> None:
        try:
            while pipe.poll():
                sets.put_nowait(pipe.recv())
        except (EOFError, OSError):
            asked_to_stop.set()  # the first process is gone

    _watch(pipe, take)
    next_hop = NextHop(guard.settings.next_hop, guard.settings.smtp.hostname)

    tallies: list[Tally] = []
    telling = asyncio.create_task(_tell(pipe, tallies))
    following = asyncio.create_task(_follow(guard, sets))
    # A worker with other rules than its guard's is none: another one takes its place.
    following.add_done_callback(lambda _: asked_to_stop.set())
    try:
        async with open_entrance(guard, next_hop, tallies.append):
            settle_down()
            await asked_to_stop.wait()
    finally:
        following.cancel()
        telling.cancel()
        await next_hop.close()
        _send(pipe, tallies)


async def _tell(pipe: Connection, tallies: list[Tally]) -> None:
    while True:
        await asyncio.sleep(_COUNTED_EVERY)
        _send(pipe, tallies)


def _send(pipe: Connection, tallies: list[Tally]) -> None:
    if tallies:
        with suppress(OSError):  # the first process is gone, and with it what was counted
            pipe.send(tallies)
        tallies.clear()


async def _follow(guard: Guard, sets: asyncio.Queue[RuleFiles]) -> None:
    while True:
        files = await sets.get()
        try:
            guard.judge.rules = await asyncio.to_thread(compile_rules, files, guard.settings, prove=False)
            keep_new()
        except Exception as error:
            _log.error("rules not loaded", error=type(error).__name__)
            return
