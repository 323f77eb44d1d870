"""Send the letters of the outbox straight to the next hop: past the front door, so the guard never holds its own."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

import structlog

from mailguard.cases.addresses.bounces import note_refusal
from mailguard.cases.addresses.confirming import LETTER as CONFIRMATION
from mailguard.core.answer import Answer
from mailguard.core.clock import Clock, utc_now
from mailguard.core.envelope import Envelope
from mailguard.core.errors import InputError, OddAddress
from mailguard.core.settings import Settings
from mailguard.notices.claim import Claimed, claim, give_up, mark_sent, postpone, wait_until
from mailguard.notices.composing import compose_letter
from mailguard.notices.digest.due import fold
from mailguard.notices.needless import may_be_needed_again, why_needless
from mailguard.store.store import Store

Deliver = Callable[[Envelope, bytes], Awaitable[Mapping[str, Answer]]]
"""Hands one message to the next hop and gives its answer for each recipient; raises NextHopError when it is away."""

_GRACE = 10.0
"""Seconds that a letter under way may take when the guard stops."""

log = structlog.get_logger("mailguard.notices")


class NoticeWorker:
    """Takes due letters one by one. Any number of workers may share a database: each letter is one worker's at a time.

    At least once: the letter of a worker that dies between the next hop's answer and its record goes out again, under
    the same Message-ID.
    """

    def __init__(
        self, store: Store, deliver: Deliver, settings: Settings, clock: Clock = utc_now, *, pause: float = 5
    ) -> None:
        self._store = store
        self._deliver = deliver
        self._settings = settings
        self._clock = clock
        self._pause = pause

    async def run(self) -> None:
        """Send until cancelled. Trouble with the database is waited out."""
        while True:
            try:
                await self.run_once()
            except Exception as error:
                log.warning("outbox stands still", error=type(error).__name__)
            await asyncio.sleep(self._pause)

    async def run_once(self) -> int:
        """Send what is due now, and stop when the next hop is away. Gives the number of letters sent.

        Raises StoreError.
        """
        sent = 0
        while (claimed := await asyncio.to_thread(claim, self._store, self._clock())) is not None:
            answer = await self._finish(asyncio.create_task(self._send(claimed)))
            if answer is None:
                break
            sent += answer.ok
        return sent

    async def _finish(self, sending: asyncio.Task[Answer | None]) -> Answer | None:
        # In a task of its own: asyncio.wait_for, which the SMTP library uses, loses in Python 3.11 a cancellation that
        # comes at the moment of an answer, and a guard that was told to stop would never do so. And a letter that has
        # left is written down as sent.
        try:
            return await asyncio.shield(sending)
        except asyncio.CancelledError:
            await asyncio.wait({sending}, timeout=_GRACE)
            sending.cancel()
            raise

    async def _send(self, claimed: Claimed) -> Answer | None:
        notice = claimed.notice
        if (until := may_be_needed_again(claimed, self._clock())) is not None:
            await asyncio.to_thread(wait_until, self._store, notice, until, "waits: the decision may be taken back")
            return Answer(451, ("the decision may be taken back",))
        if (why := why_needless(claimed, self._settings)) is not None:
            return await self._give_up(claimed, why)
        if (why := await asyncio.to_thread(fold, self._store, notice, self._settings)) is not None:
            return await self._give_up(claimed, why)
        try:
            letter = compose_letter(claimed, self._settings)
        except (OddAddress, InputError) as error:
            return await self._give_up(claimed, f"not sent: {error}")
        except Exception as error:
            # A template of the operator's that fails must not stop the letters of other kinds.
            return await self._postpone(claimed, f"cannot be composed: {type(error).__name__}")
        envelope = Envelope(reverse_path="", recipients=(notice.to,), smtputf8=not letter.isascii())
        try:
            answers = await self._deliver(envelope, letter)
        except Exception as error:
            await self._postpone(claimed, f"next hop: {type(error).__name__}")
            return None
        return await self._settle(claimed, answers.get(notice.to) or Answer(451, ("no answer for the recipient",)))

    async def _settle(self, claimed: Claimed, answer: Answer) -> Answer:
        if answer.ok:
            await asyncio.to_thread(mark_sent, self._store, claimed.notice, str(answer), self._clock())
            self._log(claimed, "letter sent", code=answer.code)
        elif answer.permanent:
            await self._give_up(claimed, str(answer))
            if claimed.notice.kind == CONFIRMATION:
                await asyncio.to_thread(note_refusal, self._store, claimed.notice.to, answer)
        else:
            await self._postpone(claimed, str(answer))
        return answer

    async def _give_up(self, claimed: Claimed, why: str) -> Answer:
        await asyncio.to_thread(give_up, self._store, claimed.notice, why)
        self._log(claimed, "letter given up")
        return Answer(550, (why,))

    async def _postpone(self, claimed: Claimed, why: str) -> Answer:
        later = partial(postpone, self._store, claimed.notice, why, self._clock())
        kept = await asyncio.to_thread(later)
        self._log(claimed, "letter postponed" if kept else "letter given up", tries=claimed.notice.tries)
        return Answer(451, (why,))

    @staticmethod
    def _log(claimed: Claimed, event: str, **values: object) -> None:
        # Ids and codes only: an answer's text can quote an address.
        log.info(event, notice=claimed.notice.id, kind=claimed.notice.kind, case=claimed.notice.case_id, **values)
