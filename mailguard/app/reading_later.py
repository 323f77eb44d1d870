"""The reading worker: messages whose pictures are read when their client has gone (`message.ocr = "later"`)."""

import asyncio
from collections.abc import Callable
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
_PATIENCE = 2.0
"""Seconds that reading waits for what follows the last message."""
_MOST_ENDING = 16
"""Messages that were read and whose end is awaited beside the reading: more than are sent at once."""

_log = structlog.get_logger("mailguard.reading")


class ReadingWorker:
    """Reads what waits, what is due longest first, and brings it to its verdict's end."""

    def __init__(self, guard: Guard, next_hop: NextHop, count: Callable[[Tally], None]) -> None:
        self._guard, self._store, self._clock = guard, guard.store, guard.store.clock
        self._after = AfterReading(guard, next_hop, count)
        self._busy: set[str] = set()
        self._ending: set[asyncio.Task[None]] = set()

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
            # But for the record of an answer it does, whoever stops the guard: the next hop's time-outs bound it.
            await asyncio.gather(*self._ending, return_exceptions=True)
            journal.cancel()
            await self._after.journal.flush()

    async def run_once(self) -> bool:
        """Bring the next due message to its end; False when there is none."""
        ending = await self._read_next()
        if ending is None:
            return False
        await asyncio.shield(ending)
        return True

    async def _work(self) -> None:
        while True:
            ending = await self._read_next()
            if ending is None:
                await asyncio.sleep(_PAUSE)
                continue
            # A next hop that hangs must not keep from a person what is to be held.
            await asyncio.wait({ending}, timeout=_PATIENCE)
            if len(self._ending) >= _MOST_ENDING:
                await asyncio.wait(self._ending, return_when=asyncio.FIRST_COMPLETED)

    async def _read_next(self) -> asyncio.Task[None] | None:
        """Read the next due message; what follows is a task that nobody cancels. None when there is none."""
        job = await self._claim()
        if job is None:
            return None
        self._busy.add(job.case_id)
        renewing = asyncio.create_task(self._renew(job))
        try:
            judgement = await asyncio.to_thread(self._judge, job)
        except asyncio.CancelledError:
            await self._put_back(job)
            self._leave(job, renewing)
            raise
        except Exception as error:
            following = self._put_off(job, error)
        else:
            following = self._conclude(job, judgement)
        ending = asyncio.create_task(following)
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)
        ending.add_done_callback(lambda _: self._leave(job, renewing))
        return ending

    def _leave(self, job: ReadingJob, renewing: asyncio.Task[None]) -> None:
        renewing.cancel()
        self._busy.discard(job.case_id)

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

    async def _conclude(self, job: ReadingJob, judgement: Judgement) -> None:
        """From the verdict to the record of the answer. Raises nothing."""
        try:
            await self._after.conclude(job, judgement)
        except Exception as error:
            await self._put_off(job, error)

    def _judge(self, job: ReadingJob) -> Judgement:
        envelope = job.envelope.only_to({*job.remaining, *job.refused})
        judge = self._guard.judge.judge if job.given_up else self._guard.judge.judge_patiently
        return judge(envelope, job.raw)

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
