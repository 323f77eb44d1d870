"""The release worker: approved messages on their way to the next hop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.utils import format_datetime

import structlog

from mailguard.cases.releasing.claim import CLAIM, claim, renew, start
from mailguard.cases.releasing.job import ReleaseJob
from mailguard.cases.releasing.settle import postpone, settle
from mailguard.core.case import CaseState
from mailguard.core.clock import Clock
from mailguard.core.errors import ClaimLost, MailguardError, StoreError
from mailguard.relay.deliver import Handover, complete, hand_over
from mailguard.relay.next_hop import NextHop
from mailguard.store.store import Store

_PAUSE = 1.0
"""Seconds between two looks when nothing was due."""
_LONGEST_PAUSE = 30.0
"""Seconds between two tries to write an answer down."""

_log = structlog.get_logger("mailguard.relay")


class ReleaseWorker:
    """Sends what was approved, what is due longest first. Several may run at once: a claim belongs to one.

    `at_once` messages are under way together (`next_hop.releases_at_once`). One is the default: whoever kills the guard
    at the worst moment makes second copies of as many.
    """

    def __init__(self, store: Store, next_hop: NextHop, clock: Clock, *, at_once: int = 1) -> None:
        self._store, self._next_hop, self._clock, self._at_once = store, next_hop, clock, at_once
        self._carrying: dict[str, asyncio.Task[None]] = {}
        self._stopping = False

    async def run(self) -> None:
        """Work until cancelled. Trouble with the store is waited out (promise 10)."""
        try:
            while True:
                if len(self._carrying) >= self._at_once:
                    await asyncio.wait(self._carrying.values(), return_when=asyncio.FIRST_COMPLETED)
                elif await self._begin_next() is None:
                    await asyncio.sleep(_PAUSE)
        finally:
            # A message that has left must still be written down as gone. The next hop's time-outs bound this.
            self._stopping = True
            await asyncio.gather(*self._carrying.values())

    async def run_once(self) -> bool:
        """Try the next due case to its end; False when there is none."""
        carrying = await self._begin_next()
        if carrying is not None:
            await asyncio.shield(carrying)
        return carrying is not None

    async def _begin_next(self) -> asyncio.Task[None] | None:
        claiming = asyncio.create_task(self._claim())
        try:
            return await asyncio.shield(claiming)
        except asyncio.CancelledError:
            # What has been claimed is ours to carry, or it would wait for the end of the claim.
            await claiming
            raise

    async def _claim(self) -> asyncio.Task[None] | None:
        try:
            job = await asyncio.to_thread(claim, self._store, self._clock(), besides=frozenset(self._carrying))
        except Exception as error:
            _complain(error, "")
            return None
        if job is None:
            return None
        task = asyncio.create_task(self._carry(job))
        self._carrying[job.case_id] = task
        task.add_done_callback(lambda _: self._carrying.pop(job.case_id))
        return task

    async def _carry(self, job: ReleaseJob) -> None:
        """From the claim to the record of the answer. Never raises."""
        try:
            async with self._renewing(job):
                handover = await hand_over(
                    self._next_hop, job.envelope, self._stamp(job) + job.raw, lambda: self._start(job)
                )
                state = await self._write_down(job, handover)
        except Exception as error:
            _complain(error, job.case_id)
            return
        codes = ",".join(str(answer.code) for answer in handover.answers.values())
        problem = {"problem": str(handover.lost)} if handover.lost else {}
        _log.info("release", case=job.case_id, state=state.value, answers=codes, **problem)

    async def _start(self, job: ReleaseJob) -> None:
        await asyncio.to_thread(start, self._store, job, self._clock())

    async def _write_down(self, job: ReleaseJob, handover: Handover) -> CaseState:
        """Until it is written: a database that is away just now must not make a second copy of what has been taken."""
        pause = _PAUSE
        while True:
            try:
                return await asyncio.to_thread(self._settle, job, handover)
            except StoreError as error:
                if self._stopping or not handover.data_answered:
                    raise
                _complain(error, job.case_id)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _settle(self, job: ReleaseJob, handover: Handover) -> CaseState:
        now = self._clock()
        if handover.lost is None or handover.answers:
            answers = complete(handover, job.envelope)
            return settle(self._store, job, answers, now, in_doubt=handover.in_doubt)
        return postpone(self._store, job, str(handover.lost), now, in_doubt=handover.in_doubt)

    @asynccontextmanager
    async def _renewing(self, job: ReleaseJob) -> AsyncIterator[None]:
        renewing = asyncio.create_task(self._renew(job))
        try:
            yield
        finally:
            renewing.cancel()

    async def _renew(self, job: ReleaseJob) -> None:
        # By the loop's clock, which nobody sets: a slow next hop and a thousand recipients take longer than a claim.
        while True:
            await asyncio.sleep(CLAIM.total_seconds() / 5)
            try:
                if not await asyncio.to_thread(renew, self._store, job, self._clock()):
                    return
            except StoreError as error:
                _complain(error, job.case_id)

    def _stamp(self, job: ReleaseJob) -> bytes:
        # The only thing that is added to what was approved, above everything, so that signatures stay whole.
        released = format_datetime(self._clock())
        return f"X-Mailguard-Case: {job.case_id}\r\nX-Mailguard-Released: {released}\r\n".encode("ascii")


def _complain(error: Exception, case_id: str) -> None:
    if isinstance(error, ClaimLost):
        _log.info("release left to another", case=case_id)
    elif isinstance(error, MailguardError):
        _log.warning("release waits", case=case_id, error=type(error).__name__, problem=str(error))
    else:
        # Only the kind: another library's text may quote the message.
        _log.error("release failed", case=case_id, error=type(error).__name__)
