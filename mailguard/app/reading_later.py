"""The reading worker: messages whose pictures are read when their client has gone (`message.ocr = "later"`)."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

import structlog

from mailguard.app.after_reading import AfterReading
from mailguard.app.tally import Tally
from mailguard.app.wiring import Guard
from mailguard.cases.awaiting.claim import CLAIM, ReadingJob, claim_unread, put_back, renew_reading
from mailguard.cases.awaiting.conclude import try_again
from mailguard.core.errors import ClaimLost, MailguardError, StoreError
from mailguard.core.verdict import Judgement
from mailguard.relay.next_hop import NextHop

_AT_ONCE = 2
"""Messages that are read together, as many as Tesseract has processes."""
_PAUSE = 1.0
"""Seconds between two looks when nothing was due."""

_log = structlog.get_logger("mailguard.reading")


class ReadingWorker:
    """Reads what waits, what is due longest first, and brings it to its verdict's end."""

    def __init__(self, guard: Guard, next_hop: NextHop, count: Callable[[Tally], None]) -> None:
        self._guard, self._store, self._clock = guard, guard.store, guard.store.clock
        self._after = AfterReading(guard, next_hop, count)
        self._busy: set[str] = set()

    async def run(self) -> None:
        """Work until cancelled. Trouble with the store is waited out (promise 10)."""
        journal = asyncio.create_task(self._after.journal.run())
        working = [asyncio.create_task(self._work()) for _ in range(_AT_ONCE)]
        try:
            await asyncio.wait(working)
        finally:
            # Before they are waited for, as `gather` and groups would: an answer that cannot be written now is tried
            # once more and not for ever.
            self._after.stopping.set()
            for task in working:
                task.cancel()
            await asyncio.gather(*working, return_exceptions=True)
            # All have put back what they were at: it is read again after the next start, a stop does not wait for it.
            self._guard.stop_reading()
            journal.cancel()
            await self._after.journal.flush()

    async def run_once(self) -> bool:
        """Bring the next due message to its end; False when there is none."""
        job = await self._claim()
        if job is None:
            return False
        self._busy.add(job.case_id)
        try:
            async with self._renewing(job):
                await self._carry(job)
        finally:
            self._busy.discard(job.case_id)
        return True

    async def _work(self) -> None:
        while True:
            if not await self.run_once():
                await asyncio.sleep(_PAUSE)

    async def _claim(self) -> ReadingJob | None:
        claim = partial(claim_unread, self._store, self._clock(), besides=frozenset(self._busy))
        claiming = asyncio.create_task(asyncio.to_thread(claim))
        try:
            return await asyncio.shield(claiming)
        except asyncio.CancelledError:
            if (job := await claiming) is not None:
                await self._put_back(job)
            raise
        except Exception as error:
            _complain(error, "")
            return None

    async def _carry(self, job: ReadingJob) -> None:
        """From the claim to the record of the answer. Raises CancelledError only."""
        try:
            judgement = await asyncio.to_thread(self._judge, job)
        except asyncio.CancelledError:
            await self._put_back(job)
            raise
        except Exception as error:
            await self._put_off(job, error)
            return
        # From here on to the record of the answer, whoever stops the guard: the next hop's time-outs bound it.
        concluding = asyncio.create_task(self._conclude(job, judgement))
        try:
            await asyncio.shield(concluding)
        except asyncio.CancelledError:
            await concluding
            raise

    async def _conclude(self, job: ReadingJob, judgement: Judgement) -> None:
        # Raises nothing: an error in place of CancelledError would have the worker go on when it is to stop.
        try:
            await self._after.conclude(job, judgement)
        except Exception as error:
            await self._put_off(job, error)

    def _judge(self, job: ReadingJob) -> Judgement:
        envelope = job.envelope.only_to({*job.remaining, *job.refused})
        judge = self._guard.judge.judge if job.given_up else self._guard.judge.judge_patiently
        return judge(envelope, job.raw)

    @asynccontextmanager
    async def _renewing(self, job: ReadingJob) -> AsyncIterator[None]:
        renewing = asyncio.create_task(self._renew(job))
        try:
            yield
        finally:
            renewing.cancel()

    async def _renew(self, job: ReadingJob) -> None:
        # By the loop's clock, which nobody sets: many pictures and a slow next hop take longer than a claim.
        while True:
            await asyncio.sleep(CLAIM.total_seconds() / 5)
            try:
                if not await asyncio.to_thread(renew_reading, self._store, job, self._clock()):
                    return
            except StoreError as error:
                _complain(error, job.case_id)

    async def _put_off(self, job: ReadingJob, error: Exception) -> None:
        """After trouble: soon again, instead of at the end of the claim. A mark that it may have left stays."""
        _complain(error, job.case_id)
        if isinstance(error, ClaimLost):
            return
        known = isinstance(error, MailguardError)
        # What nobody has thought of may be the message's own doing, and then it counts as what ends a worker does.
        later = partial(try_again, in_doubt=True, blamed=not known)
        problem = str(error) if known else type(error).__name__
        try:
            await asyncio.to_thread(later, self._store, job, problem, self._clock())
        except Exception as second:
            _complain(second, job.case_id)

    async def _put_back(self, job: ReadingJob) -> None:
        try:
            await asyncio.to_thread(put_back, self._store, job)
        except Exception as error:
            _complain(error, job.case_id)


def _complain(error: Exception, case_id: str) -> None:
    if isinstance(error, ClaimLost):
        _log.info("reading left to another", case=case_id)
    elif isinstance(error, MailguardError):
        _log.warning("reading waits", case=case_id, error=type(error).__name__, problem=str(error))
    else:
        # Only the kind: another library's text may quote the message.
        _log.error("reading failed", case=case_id, error=type(error).__name__)
