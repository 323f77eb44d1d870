"""Send the letters of the outbox straight to the next hop: past the front door, so the guard never holds its own."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

import structlog

from mailguard.cases.answered import LETTER as DISPUTED
from mailguard.cases.bouncing import note_refusal
from mailguard.cases.confirming import LETTER as CONFIRMATION
from mailguard.core.address import canonical
from mailguard.core.answer import Answer
from mailguard.core.case import CaseState
from mailguard.core.clock import Clock, utc_now
from mailguard.core.envelope import Envelope
from mailguard.core.errors import InputError, OddAddress
from mailguard.core.settings import Settings
from mailguard.notices.claim import Claimed, claim, give_up, mark_sent, postpone
from mailguard.notices.compose import TO_SENDER, compose
from mailguard.notices.confirmation import compose_confirmation
from mailguard.notices.disputed import compose_disputed
from mailguard.notices.register_trouble import TROUBLE, WELL, compose_register
from mailguard.store.store import Store

Deliver = Callable[[Envelope, bytes], Awaitable[Mapping[str, Answer]]]
"""Hands one message to the next hop and gives its answer for each recipient; raises NextHopError when it is away."""

_ASKING = frozenset({"to_review", "reminder"})
_GRACE = 10.0
"""Seconds that a letter under way may take when the guard stops."""
_ROBOTS = frozenset({"mailer-daemon", "listserv", "majordomo"})

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
        if (why := self._needless(claimed)) is not None:
            return await self._give_up(claimed, why)
        try:
            letter = self._compose(claimed)
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

    def _compose(self, claimed: Claimed) -> bytes:
        if claimed.question is not None:
            return compose_confirmation(claimed.notice, claimed.question, self._settings)
        if claimed.notice.kind == DISPUTED:
            return compose_disputed(claimed.notice, self._settings)
        if claimed.notice.kind in (TROUBLE, WELL):
            return compose_register(claimed.notice, self._settings)
        if claimed.facts is None:
            raise InputError("there is no such case any more")
        return compose(claimed.notice, claimed.facts, self._settings)

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

    def _needless(self, claimed: Claimed) -> str | None:
        notice, facts = claimed.notice, claimed.facts
        if canonical(notice.to) == canonical(self._settings.notices.from_address):
            return "not sent: a letter to the guard itself"
        if notice.kind == CONFIRMATION and claimed.question is None:
            return "not sent: the question is open no longer"
        if facts is not None and notice.kind in _ASKING and facts.state is not CaseState.HELD:
            return f"not sent: the case is {facts.state.value} already"
        if notice.kind in TO_SENDER and _is_robot(notice.to):
            return "not sent: nobody reads letters there"
        return None

    @staticmethod
    def _log(claimed: Claimed, event: str, **values: object) -> None:
        # Ids and codes only: an answer's text can quote an address.
        log.info(event, notice=claimed.notice.id, kind=claimed.notice.kind, case=claimed.notice.case_id, **values)


def _is_robot(address: str) -> bool:
    # RFC 3834, section 2: no automatic letter to a null reverse-path, a list's or a mail system's own address.
    local = address.rpartition("@")[0].lower()
    return not local or local in _ROBOTS or local.startswith("owner-") or local.endswith(("-request", "-owner"))
