"""What the reading worker does with a message when it was read: to the next hop, or to a person."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial

import structlog

from mailguard.app.journal import JournalWriter
from mailguard.app.tally import Tally, tally_of
from mailguard.app.wiring import Guard
from mailguard.cases.awaiting.claim import ReadingJob, start_sending
from mailguard.cases.awaiting.conclude import Sent, end_unread, send_again, sort_answers, try_again
from mailguard.cases.deadlines.terms import Terms
from mailguard.cases.holding.prepare import PreparedHold, prepare_hold
from mailguard.core.answer import Answer
from mailguard.core.errors import ClaimLost, NextHopError, StoreError
from mailguard.core.teams import Teams
from mailguard.core.verdict import Judgement, Verdict
from mailguard.relay.deliver import Handover, complete, hand_over
from mailguard.relay.next_hop import NextHop
from mailguard.smtp.ports import Outcome

_PAUSE = 1.0
_LONGEST_PAUSE = 30.0
"""Seconds between two tries to write an answer down."""

_SENT_AT_ONCE = 8
"""Messages with the next hop. More wait for their next try: it hangs, and each keeps its octets in memory."""

_log = structlog.get_logger("mailguard.reading")


class AfterReading:
    """Follows the verdict. Whoever sets `stopping` has answers written down once more, and then left in doubt."""

    def __init__(self, guard: Guard, next_hop: NextHop, count: Callable[[Tally], None]) -> None:
        self._store, self._next_hop, self._count = guard.store, next_hop, count
        self._judge = guard.judge
        self._clock = guard.store.clock
        self._terms, self._teams = Terms.of(guard.settings), Teams.of(guard.settings)
        self._keeps_journal = guard.settings.journal.keep_days > 0
        self.journal = JournalWriter(guard.store, guard.store.clock)
        self._sending = asyncio.Semaphore(_SENT_AT_ONCE)
        self.stopping = asyncio.Event()

    async def conclude(self, job: ReadingJob, judgement: Judgement) -> None:
        """Bring it to its end, or to its next try. Raises MailguardError: then it is where it was."""
        if judgement.verdict is not Verdict.PASS:
            await self._become_case(job, judgement)
            return
        if self._sending.locked():
            raise NextHopError(f"it has not answered for {_SENT_AT_ONCE} others yet")
        async with self._sending:
            await self._send(job, judgement)

    async def _become_case(self, job: ReadingJob, judgement: Judgement) -> None:
        recipients = (*job.remaining, *job.refused)
        held = await asyncio.to_thread(self._prepare, job, judgement, recipients)
        await asyncio.to_thread(end_unread, self._store, job, held)
        answer = Answer(250, (f"2.0.0 held for approval as {job.case_id}",))
        self._tell(self._outcome(job, judgement, answer, recipients))

    async def _send(self, job: ReadingJob, judgement: Judgement) -> None:
        envelope = job.envelope.only_to(job.remaining)
        handover = await hand_over(self._next_hop, envelope, job.raw, lambda: self._start(job))
        if handover.lost is not None and not handover.answers:
            problem = str(handover.lost)
            later = partial(try_again, in_doubt=handover.in_doubt)
            await asyncio.to_thread(later, self._store, job, problem, self._clock())
            _log.warning("reading waits", case=job.case_id, error=type(handover.lost).__name__, problem=problem)
            return
        answers = complete(handover, envelope)
        sent = sort_answers(job, answers, self._clock())
        if sent.remaining:
            again = partial(send_again, self._store, job, sent, self._clock(), in_doubt=handover.in_doubt)
            await self._write_down(again, job, handover)
            return
        if sent.refused:
            judgement = self._judge.rules.policy.hold_refused(judgement, sent.refused)
            end = partial(self._refused, job, judgement, sent, answers)
        else:
            end = partial(end_unread, self._store, job, passed=job.remaining, answer=sent.taken)
        await self._write_down(end, job, handover)
        answer = Answer.parse(sent.answer)
        self._tell(self._outcome(job, judgement, answer, sent.refused, answer))

    async def _start(self, job: ReadingJob) -> None:
        await asyncio.to_thread(start_sending, self._store, job, self._clock())

    async def _write_down(self, write: Callable[[], None], job: ReadingJob, handover: Handover) -> None:
        """Until it is written: a database that is away just now must not make a second copy of what has been taken."""
        pause = _PAUSE
        while True:
            try:
                await asyncio.to_thread(write)
                return
            except ClaimLost:
                raise
            except StoreError as error:
                if self.stopping.is_set() or not handover.data_answered:
                    raise
                _log.warning("reading waits", case=job.case_id, error=type(error).__name__, problem=str(error))
            with suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _refused(self, job: ReadingJob, judgement: Judgement, sent: Sent, answers: Mapping[str, Answer]) -> None:
        """A sender who has heard 250 must be told of it: by the person who looks at the case."""
        passed = tuple(to for to in job.remaining if to not in sent.refused)
        end_unread(self._store, job, self._case_of(job, judgement, sent, answers), passed=passed, answer=sent.taken)

    def _case_of(
        self, job: ReadingJob, judgement: Judgement, sent: Sent, answers: Mapping[str, Answer]
    ) -> PreparedHold:
        # Of the verdict that there is. To judge again takes the register, which may be away by now; the others have it.
        held = self._prepare(job, judgement.for_the_held(), sent.refused)
        said = {to: str(answers[to]) if to in answers else None for to in sent.refused}
        return replace(held, recipients=tuple(row | {"answer": said[row["address"]]} for row in held.recipients))

    def _prepare(self, job: ReadingJob, judgement: Judgement, recipients: Collection[str]) -> PreparedHold:
        """The case for those recipients. The others, who have it, are named in it."""
        envelope = job.envelope.only_to(recipients)
        held = prepare_hold(self._store, envelope, job.raw, judgement, self._terms, self._teams)
        # What they are to the customer was judged at the time, and no more.
        had = [{"address": to, "relation": ""} for to in job.envelope.recipients if to not in recipients]
        if not had:
            return held
        return replace(held, case=held.case | {"judgement": held.case["judgement"] | {"passed": had}})

    def _outcome(
        self, job: ReadingJob, judgement: Judgement, answer: Answer, held: tuple[str, ...], hop: Answer | None = None
    ) -> Outcome:
        """Of all its tries: for `held` it is a case, the others have it."""
        passed = tuple(to for to in job.envelope.recipients if to not in held) if held else ()
        case_id = job.case_id if held else None
        name = job.envelope.message_id
        return Outcome(name, job.envelope, len(job.raw), answer, judgement, case_id, hop, passed=passed)

    def _tell(self, outcome: Outcome) -> None:
        """Counted, and in journal and log, when it has come to its end; at the door it was neither passed nor held."""
        verdict = outcome.judgement.verdict.value if outcome.judgement else "none"
        _log.info("message read", id=outcome.message_id, case=outcome.case_id or "", verdict=verdict)
        self._count(tally_of(outcome))
        if self._keeps_journal:
            self.journal.add(outcome)
