"""From the final dot to the answer: judge, then pass on, hold or refuse."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from mailguard.core.answer import Answer
from mailguard.core.envelope import Envelope
from mailguard.core.errors import MailguardError, RefusedMessage
from mailguard.core.verdict import Judgement, Verdict
from mailguard.smtp.ports import Hold, HopTransaction, Judge, Observe, Outcome

_REFUSED = Answer(550, ("5.7.1 refused by the rules of this site",))
_log = structlog.get_logger("mailguard.smtp")


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

    async def carry(self, raw: bytes, hop: HopTransaction, judge: Judge, hold: Hold) -> Answer:
        """Bring the message to its verdict's end and give the client's answer. Never raises."""
        try:
            answer = await self._follow_verdict(raw, hop, judge, hold)
        except Exception as error:
            answer = answer_for(error)
        self._report(answer)
        return answer

    def refuse(self, error: RefusedMessage) -> None:
        """The message broke the rules of DATA: written down, never judged."""
        self._report(Answer.parse(error.smtp_answer))

    async def _follow_verdict(self, raw: bytes, hop: HopTransaction, judge: Judge, hold: Hold) -> Answer:
        with _measured(self._milliseconds, "judge"):
            self._judgement = await judge(self._envelope, raw)
        match self._judgement.verdict:
            case Verdict.PASS:
                with _measured(self._milliseconds, "next_hop"):
                    self._next_hop = await hop.data(raw)
                return self._next_hop
            case Verdict.HOLD:
                with _measured(self._milliseconds, "hold"):
                    self._case_id = await hold(self._envelope, raw, self._judgement)
                return Answer(250, (f"2.0.0 held for approval as {self._case_id}",))
            case Verdict.REJECT:
                return _REFUSED

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
        )
        _write_line(outcome)
        try:
            self._observe(outcome)
        except Exception as error:
            # Counting comes last and is worth least: the answer stands.
            _log.error("observer failed", error=type(error).__name__)


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
        size=outcome.size,
        verdict=judgement.verdict.value if judgement else "none",
        reasons=",".join(dict.fromkeys(reason.code.value for reason in judgement.reasons)) if judgement else "",
        case=outcome.case_id or "",
        next_hop=outcome.next_hop.code if outcome.next_hop else "",
        answer=outcome.answer.code,
        **{f"{stage}_ms": round(spent, 1) for stage, spent in outcome.milliseconds.items()},
    )


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else ""


@contextmanager
def _measured(into: dict[str, float], stage: str) -> Iterator[None]:
    # Written down also when the block raises: slow and failing often go together.
    begun = time.perf_counter()
    try:
        yield
    finally:
        into[stage] = (time.perf_counter() - begun) * 1000
