"""The release worker: approved messages on their way to the next hop."""

import asyncio
from email.utils import format_datetime

import structlog

from mailguard.cases.release import ReleaseJob, claim, postpone, settle
from mailguard.core.clock import Clock
from mailguard.core.errors import MailguardError, NextHopError
from mailguard.relay.deliver import deliver
from mailguard.relay.next_hop import NextHop
from mailguard.store.store import Store

_PAUSE = 1.0
"""Seconds between two looks when nothing was due and nobody called."""

_log = structlog.get_logger("mailguard.relay")


class ReleaseWorker:
    """Sends what was approved, one message after the other. Several may run at once: a claim belongs to one."""

    def __init__(self, store: Store, next_hop: NextHop, clock: Clock) -> None:
        self._store, self._next_hop, self._clock = store, next_hop, clock
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Something was approved: look now. Only from the worker's own event loop."""
        self._woken.set()

    async def run(self) -> None:
        """Work until cancelled. Trouble with the store is waited out (promise 10)."""
        while True:
            try:
                if await self.run_once():
                    continue
            except MailguardError as error:
                _log.warning("release waits", error=type(error).__name__, problem=str(error))
            except Exception as error:
                # Only the kind: another library's text may quote the message.
                _log.error("release failed", error=type(error).__name__)
            await self._pause()

    async def run_once(self) -> bool:
        """Try the next due case; False when there is none. Raises StoreError."""
        job = await asyncio.to_thread(claim, self._store, self._clock())
        if job is None:
            return False
        carrying = asyncio.create_task(self._carry(job))
        try:
            await asyncio.shield(carrying)
        except asyncio.CancelledError:
            # Stopped meanwhile: a message that has left must still be written down as gone. The next hop's time-outs
            # bound this.
            await carrying
            raise
        return True

    async def _carry(self, job: ReleaseJob) -> None:
        try:
            answers = await deliver(self._next_hop, job.envelope, self._stamp(job) + job.raw)
        except NextHopError as lost:
            state = await asyncio.to_thread(postpone, self._store, job, str(lost), self._clock())
            _log.info("release", case=job.case_id, state=state.value, problem=str(lost))
            return
        state = await asyncio.to_thread(settle, self._store, job, answers, self._clock())
        codes = ",".join(str(answer.code) for answer in answers.values())
        _log.info("release", case=job.case_id, state=state.value, recipients=len(answers), answers=codes)

    def _stamp(self, job: ReleaseJob) -> bytes:
        # The only thing that is added to what was approved, above everything, so that signatures stay whole.
        released = format_datetime(self._clock())
        return f"X-Mailguard-Case: {job.case_id}\r\nX-Mailguard-Released: {released}\r\n".encode("ascii")

    async def _pause(self) -> None:
        # Not asyncio.wait_for: in Python 3.11 it loses a cancellation that comes at the moment of waking, and a guard
        # that was told to stop would never do so.
        try:
            async with asyncio.timeout(_PAUSE):
                await self._woken.wait()
        except TimeoutError:
            return
        finally:
            self._woken.clear()
