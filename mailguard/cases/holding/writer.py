"""One writer of held messages in a process: whatever waits while the disk is busy goes into the next commit together.

A commit costs an fsync, the lock of the database, the head of the audit chain and the look at who is on record,
however many messages it keeps. Under one lock anyway, many threads with a commit each only keep each other waiting
(10 clients on SQLite: p99 738 ms, of which the work is 4).
"""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Condition, Thread
from types import TracebackType

from mailguard.cases.holding.hold import write_holds
from mailguard.cases.holding.known_staff import KnownStaff
from mailguard.cases.holding.prepare import PreparedHold
from mailguard.core.errors import DiskFull, StoreError
from mailguard.store.store import Store

_MOST_TOGETHER = 64
"""Messages in one commit. More wins nothing (50 kB on SQLite: from ten on it is the octets that cost), and each waits
for all."""
_OCTETS_TOGETHER = 16 << 20
"""Octets in one commit, but for a single message that is larger."""
_MOST_WAITING = 1_000
"""Messages: less than a second's work. Beyond that a client does better to come later."""
_OCTETS_WAITING = 256 << 20
_GATHERING = 0.0003
"""Seconds to wait for company as long as more comes. Clients who were answered together come back one by one: taken
at once, the first of them has a commit to itself and all others wait for it (10 clients: PostgreSQL 790 a second
instead of 556, SQLite 1,050 instead of 990)."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    held: PreparedHold
    kept: Future[str] = field(default_factory=Future)

    def fail(self, error: Exception) -> None:
        self.kept.set_exception(error)


class HoldWriter:
    """Writes held messages in a thread of its own, for the length of a `with` block. For any number of threads."""

    def __init__(
        self, store: Store, *, most_waiting: int = _MOST_WAITING, octets_waiting: int = _OCTETS_WAITING
    ) -> None:
        self._store = store
        self._most_waiting, self._octets_waiting = most_waiting, octets_waiting
        self._staff = KnownStaff()
        self._queue: deque[_Waiting] = deque()
        self._octets = 0
        self._taken = 0
        """Messages in the last group."""
        self._changed = Condition()
        self._closed = False
        # A daemon: a process that ends without `close` ends, and what was not committed was not acknowledged.
        self._thread = Thread(target=self._run, name="hold-writer", daemon=True)
        self._thread.start()

    def __enter__(self) -> "HoldWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def submit(self, held: PreparedHold) -> Future[str]:
        """Hand a message over; the future is its case id, once everything is on the disk, or a StoreError.

        The future cannot be cancelled: whoever stops waiting changes nothing, the message is kept all the same. Raises
        StoreError at once when too much waits already, and after `close`.
        """
        waiting = _Waiting(held)
        waiting.kept.set_running_or_notify_cancel()
        with self._changed:
            if self._closed:
                raise StoreError("the guard is stopping", reason="the guard is stopping")
            if self._queue and not self._has_room(held):
                raise StoreError(f"{len(self._queue)} messages wait to be held", reason="too many messages wait")
            self._queue.append(waiting)
            self._octets += held.octets
            # Only the first wakes the writer; a thread woken by each would take the interpreter from those who come.
            if len(self._queue) == 1:
                self._changed.notify()
        return waiting.kept

    def close(self) -> None:
        """Take nothing more in, write what waits, and end."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _has_room(self, held: PreparedHold) -> bool:
        return len(self._queue) < self._most_waiting and self._octets + held.octets <= self._octets_waiting

    def _run(self) -> None:
        while group := self._take():
            try:
                self._write(group)
            except _Away as trouble:
                # Whoever waited for this group would wait for the same trouble again, ten seconds for a locked file.
                for waiting in self._take_all():
                    waiting.fail(trouble.again())

    def _take(self) -> list[_Waiting]:
        """What goes into the next commit; nothing when all is written and the writer is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._closed)
            # Who came alone last time would wait for nobody.
            if self._taken > 1:
                self._gather()
            group = list(self._next())
            self._taken = len(group)
            return group

    def _gather(self) -> None:
        """Wait, without the lock, until nobody joined for a moment or the group is full."""
        before = 0
        while before < len(self._queue) < _MOST_TOGETHER and not self._closed:
            before = len(self._queue)
            self._changed.wait(_GATHERING)

    def _take_all(self) -> list[_Waiting]:
        with self._changed:
            everything, self._octets = list(self._queue), 0
            self._queue.clear()
            return everything

    def _next(self) -> Iterator[_Waiting]:
        octets = 0
        for _ in range(min(_MOST_TOGETHER, len(self._queue))):
            size = self._queue[0].held.octets
            if octets and octets + size > _OCTETS_TOGETHER:
                return
            octets += size
            self._octets -= size
            yield self._queue.popleft()

    def _write(self, group: Sequence[_Waiting]) -> None:
        """One commit for the group, or, where something in it is refused, one for each. Raises _Away."""
        try:
            write_holds(self._store, [waiting.held for waiting in group], self._staff)
        except Exception as error:
            if isinstance(error, StoreError) and (error.reason or isinstance(error, DiskFull)):
                trouble = _Away(error)
                for waiting in group:
                    waiting.fail(trouble.again())
                raise trouble from None
            if len(group) == 1:
                group[0].fail(error)
                return
            self._write_singly(group)
            return
        for waiting in group:
            waiting.kept.set_result(waiting.held.case_id)

    def _write_singly(self, group: Sequence[_Waiting]) -> None:
        for number, waiting in enumerate(group):
            try:
                self._write([waiting])
            except _Away as trouble:
                for other in group[number + 1 :]:
                    other.fail(trouble.again())
                raise


class _Away(Exception):
    """Database or disk keep nothing at the moment, whatever the message."""

    def __init__(self, error: StoreError) -> None:
        self._error = error
        super().__init__()

    def again(self) -> StoreError:
        """The error once more: one object raised in many threads would gather the traces of all."""
        return type(self._error)(str(self._error), reason=self._error.reason)
