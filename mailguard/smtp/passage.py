"""From the final dot to the answer: judge, then pass on, hold or refuse."""

import time
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog

from mailguard.core.answer import Answer
from mailguard.core.envelope import Envelope
from mailguard.core.errors import AnswerLost, MailguardError, NextHopError, RefusedMessage
from mailguard.core.verdict import Judgement, Verdict
from mailguard.smtp.ports import Begin, Hold, HoldPart, HopTransaction, Judge, Observe, Outcome, SetAside
from mailguard.smtp.splitting import pass_on

_T = TypeVar("_T")
_REFUSED = Answer(550, ("5.7.1 refused by the rules of this site",))
_MOST_NAMED = 20
"""Recipients that the log names; the journal has them all."""
_LONGEST_ANSWER = 200
_log = structlog.get_logger("mailguard.smtp")


@dataclass(frozen=True, slots=True)
class Ways:
    """What may become of a message."""

    judge: Judge
    hold: Hold
    begin: Begin
    """Begins another transaction with the next hop."""
    hold_part: HoldPart | None = None
    """Holds it for some of its recipients while the others get it; None: all of them wait."""


class Passage:
    """The way of one message through the house. Made when its DATA is read, used once.

    `carry` runs in a task of its own that a client who hangs up does not cancel: after the final dot a message is
    passed on or held to the end, as any mail server would, and never left half-done.
    """

    def __init__(self, message_id: str, envelope: Envelope, size: int, read_ms: float, observe: Observe) -> None:
        self._message_id, self._envelope, self._size, self._observe = message_id, envelope, size, observe
        self._milliseconds = {"read": read_ms}
        self._judgement: Judgement | None = None
        self._case_id: str | None = None
        self._next_hop: Answer | None = None
        self._passed: tuple[str, ...] = ()
        self._may_come_twice = False

    async def carry(self, raw: bytes, hop: HopTransaction, ways: Ways) -> Answer:
        """Bring the message to its verdict's end and give the client's answer. Never raises."""
        try:
            answer = await self._follow_verdict(raw, hop, ways)
        except Exception as error:
            answer = answer_for(error)
            # Either way the client tries again, and those who have it get it a second time.
            self._may_come_twice = isinstance(error, AnswerLost) or bool(self._passed)
        self._report(answer)
        return answer

    def refuse(self, error: RefusedMessage) -> None:
        """The message broke the rules of DATA: written down, never judged."""
        self._report(Answer.parse(error.smtp_answer))

    async def _follow_verdict(self, raw: bytes, hop: HopTransaction, ways: Ways) -> Answer:
        self._judgement = await self._measure("judge", ways.judge(self._envelope, raw))
        match self._judgement.verdict:
            case Verdict.PASS:
                self._next_hop = await self._measure("next_hop", hop.data(raw))
                return self._next_hop
            case Verdict.HOLD if ways.hold_part is not None and self._judgement.unhindered:
                aside = await self._measure("hold", ways.hold_part(self._envelope, raw, self._judgement))
                # Reset there, and its connection is free for the transaction of the others.
                await hop.close()
                return await self._pass_on_part(raw, ways.begin, aside, self._judgement)
            case Verdict.HOLD:
                self._case_id = await self._measure("hold", ways.hold(self._envelope, raw, self._judgement))
                return Answer(250, (f"2.0.0 held for approval as {self._case_id}",))
            case Verdict.REJECT:
                return _REFUSED

    async def _pass_on_part(self, raw: bytes, begin: Begin, aside: SetAside, judgement: Judgement) -> Answer:
        """To those whom nothing keeps from it. Their answer decides for all: refused, it is held for nobody either."""
        others = self._envelope.only_to({recipient.address for recipient in judgement.unhindered})
        try:
            self._next_hop = await self._measure("next_hop", pass_on(begin, others, raw))
        except Exception as error:
            known = str(error) if isinstance(error, NextHopError) else type(error).__name__
            await _undo(aside, {"problem": known}, in_doubt=isinstance(error, AnswerLost))
            raise
        if not self._next_hop.ok:
            await _undo(aside, {"answer": str(self._next_hop)}, in_doubt=False)
            return self._next_hop
        self._passed = others.recipients
        await self._measure("hold", aside.keep(self._next_hop))
        self._case_id = aside.case_id
        passed, held = len(self._passed), len(self._envelope.recipients) - len(self._passed)
        told = f"passed on to {passed} recipient{'s' * (passed > 1)}, for {held} held for approval as {aside.case_id}"
        return Answer(250, (f"2.0.0 {told}",))

    async def _measure(self, stage: str, work: Awaitable[_T]) -> _T:
        # Written down also when it raises: slow and failing often go together.
        begun = time.perf_counter()
        try:
            return await work
        finally:
            spent = (time.perf_counter() - begun) * 1000
            self._milliseconds[stage] = self._milliseconds.get(stage, 0.0) + spent

    def _report(self, answer: Answer) -> None:
        outcome = Outcome(
            message_id=self._message_id,
            envelope=self._envelope,
            size=self._size,
            answer=answer,
            judgement=self._judgement,
            case_id=self._case_id,
            next_hop=self._next_hop,
            milliseconds=self._milliseconds,
            passed=self._passed,
            may_come_twice=self._may_come_twice,
        )
        try:
            _write_line(outcome)
            self._observe(outcome)
        except Exception as error:
            # Counting comes last and is worth least: the answer stands.
            _log.error("observer failed", error=type(error).__name__)


async def _undo(aside: SetAside, details: dict[str, Any], *, in_doubt: bool) -> None:
    try:
        await aside.undo(details, in_doubt=in_doubt)
    except Exception as error:
        # Nobody has seen it, and it ends by itself when its term is over.
        _log.warning("set aside still", case=aside.case_id, error=type(error).__name__)


def answer_for(error: Exception) -> Answer:
    """The client's answer to an exception: the fixed one of its class, never its text."""
    if isinstance(error, RefusedMessage):
        # The client's own doing, and a flood of it should not fill the disk.
        return Answer.parse(error.smtp_answer)
    if isinstance(error, MailguardError):
        _log.warning("deferred", error=type(error).__name__, problem=str(error))
        return Answer.parse(error.smtp_answer)
    # Only the kind of it: the text of a library's exception may quote the letter (promise 14).
    _log.error("internal error", error=type(error).__name__, place=_place(error))
    return Answer.parse(MailguardError().smtp_answer)


def _write_line(outcome: Outcome) -> None:
    # One line a message, for grep. Never the subject, a header or a word of the content.
    envelope, judgement = outcome.envelope, outcome.judgement
    _log.info(
        "message",
        id=outcome.message_id,
        client=envelope.client.address,
        login=envelope.client.login or "",
        sender=envelope.reverse_path or "<>",
        recipients=len(envelope.recipients),
        to=",".join(envelope.recipients[:_MOST_NAMED]),
        size=outcome.size,
        verdict=judgement.verdict.value if judgement else "none",
        reasons=",".join(dict.fromkeys(reason.code.value for reason in judgement.reasons)) if judgement else "",
        case=outcome.case_id or "",
        passed=len(outcome.passed) or len(envelope.recipients) * (outcome.answer.ok and not outcome.case_id),
        next_hop=outcome.next_hop.code if outcome.next_hop else "",
        next_hop_said=str(outcome.next_hop)[:_LONGEST_ANSWER] if outcome.next_hop else "",
        answer=outcome.answer.code,
        **({"may_come_twice": True} if outcome.may_come_twice else {}),
        **{f"{stage}_ms": round(spent, 1) for stage, spent in outcome.milliseconds.items()},
    )


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else ""
