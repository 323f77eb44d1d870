"""Parses batches of rows: in this process, and from some thousands of rows on in others besides."""

import gc
import marshal
import multiprocessing
import os
import signal
import threading
from collections import Counter, deque
from collections.abc import Generator, Iterable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Protocol

from mailguard.customers.rows import RowProblem, Staged, parse_row
from mailguard.customers.sifting import Fresh

_ROWS_ALONE = 20_000
"""So many rows are parsed before other processes are worth their start (half a second of CPU each)."""
_MOST_PROCESSES = 4


@dataclass(frozen=True, slots=True)
class Parsed:
    """What became of one batch."""

    good: int
    bad: list[tuple[int, str]]
    """Place of a bad row in the batch, and its problem."""
    domains: dict[str, int]
    """How many addresses of the good rows are at each domain."""
    load: tuple[bytes, ...]
    """What the writer leaves to the importing process."""


class Writer(Protocol):
    """Puts good rows where the merge finds them. It is sent to the processes that parse before its first use."""

    def write(self, staged: Staged) -> tuple[bytes, ...]:
        """Keep the rows; or give what the importing process must keep, for `Staging.take`."""


def parse_batch(batch: Sequence[Fresh], source: str, writer: Writer) -> Parsed:
    """Parse and keep the good rows of one batch."""
    bad: list[tuple[int, str]] = []
    staged = Staged()
    for place, (line, joined, row_hash) in enumerate(batch):
        try:
            parse_row(line, joined, row_hash, source, staged)
        except RowProblem as problem:
            bad.append((place, str(problem)))
    domains = Counter([email[0].rpartition("@")[2] for email in staged.emails])
    return Parsed(len(staged.customers), bad, dict(domains), writer.write(staged))


def parse_batches(
    batches: Iterable[Sequence[Fresh]], source: str, writer: Writer
) -> Generator[tuple[Sequence[Fresh], Parsed], None, None]:
    """Each batch with what became of it, in their order; all of them before the batch after an empty one is taken."""
    alone = 0
    waiting: deque[tuple[Sequence[Fresh], Future[Parsed]]] = deque()
    with ExitStack() as stack:
        pool: ProcessPoolExecutor | None = None
        processes = min(_MOST_PROCESSES, len(os.sched_getaffinity(0)))
        for batch in batches:
            if not batch:
                while waiting:
                    yield _next(waiting)
            elif pool is None and (alone < _ROWS_ALONE or processes == 1):
                alone += len(batch)
                yield batch, parse_batch(batch, source, writer)
            else:
                if pool is None:
                    pool = stack.enter_context(_start(processes, source, writer))
                waiting.append((batch, pool.submit(_parse_there, marshal.dumps(list(batch)))))
                if len(waiting) > 2 * processes:
                    yield _next(waiting)
        while waiting:
            yield _next(waiting)


def _next(waiting: deque[tuple[Sequence[Fresh], Future[Parsed]]]) -> tuple[Sequence[Fresh], Parsed]:
    batch, future = waiting.popleft()
    return batch, future.result()


def _start(processes: int, source: str, writer: Writer) -> ProcessPoolExecutor:
    # Spawned, not forked: threads and connections of this process must not be found half-copied there.
    return ProcessPoolExecutor(
        processes, multiprocessing.get_context("spawn"), initializer=_prepare, initargs=(source, writer)
    )


_here: tuple[str, Writer] | None = None


def _prepare(source: str, writer: Writer) -> None:
    global _here
    gc.disable()  # takes a third of the time to find nothing: rows make no cycles
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the importing process, which then ends this one
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _here = source, writer


def _end_with_parent() -> None:
    # An importer that is killed closes no queue; its processes would wait for work for ever.
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)


def _parse_there(batch: bytes) -> Parsed:
    assert _here is not None  # noqa: S101 - set by the initializer
    source, writer = _here
    return parse_batch(marshal.loads(batch), source, writer)  # noqa: S302 - written by our own process
