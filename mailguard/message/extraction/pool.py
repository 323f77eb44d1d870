"""A few worker processes that read attachments for many threads."""

import queue
from types import TracebackType

from mailguard.message.blob import Blob
from mailguard.message.budget import Budget
from mailguard.message.extraction.confine import Limits
from mailguard.message.extraction.process import WorkerProcess
from mailguard.message.extractor import Extract, ExtractionFailed

PROCESSES = 2
"""Worker processes of one pool. A page takes milliseconds; a second one keeps mail going while the first one hangs."""


class ExtractionPool:
    """An `Extractor`. Processes start at the first attachment, so who meets none pays nothing."""

    def __init__(
        self,
        processes: int = PROCESSES,
        limits: Limits = Limits(),
        readers: str = "mailguard.message.extraction.readers",
    ) -> None:
        self._limits, self._readers = limits, readers
        self._processes = processes
        self._closed = False
        # Last in, first out: a guard with little to do keeps to one process and never starts the other.
        self._idle: queue.LifoQueue[WorkerProcess | None] = queue.LifoQueue()
        for _ in range(processes):
            self._idle.put(None)

    def __enter__(self) -> "ExtractionPool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def extract(self, blob: Blob, kind: str, budget: Budget) -> Extract:
        """Wait for a free process and have the blob read there. Raises ExtractionFailed.

        The waiting has an end, since no process keeps a job beyond its limit.
        """
        worker = self._idle.get()
        try:
            if self._closed:
                raise ExtractionFailed("the guard is stopping")
            if worker is not None and not worker.is_usable:
                worker.end()
                worker = None
            if worker is None:
                worker = WorkerProcess(self._readers, self._limits)
            return worker.extract(blob, budget)
        finally:
            self._idle.put(worker)

    def close(self) -> None:
        """End every process, after the job that it is at."""
        self._closed = True
        for _ in range(self._processes):
            worker = self._idle.get()
            if worker is not None:
                worker.end()
        for _ in range(self._processes):
            self._idle.put(None)
