"""Messages that are judged in the event loop itself, one right after another as far as several have come.

Each between other work, a judge finds neither its tables nor its code in the processor's cache any more. Measured at
2 kB with ten busy clients, five of whose messages come together: 1.13 ms of CPU a message in the place of 1.29.
"""

import asyncio
from collections import deque
from collections.abc import Callable

from mailguard.core.envelope import Envelope
from mailguard.core.verdict import Judgement

Judge = Callable[[Envelope, bytes], Judgement | None]

_MOST = 8
"""Messages judged right after one another."""
_AT_ONCE_OCTETS = 64 * 1024
"""Messages without files up to this size are judged in the event loop itself, where the register is SQLite's.

To hand one over to a thread and back costs more than to judge it: the two take the interpreter from each other all the
time (measured at 2 kB: 5.0 ms CPU a message with the thread, of which 1.7 were the judge's). Larger ones, files, what
turns out to be one (`Judge.judge_at_once`) and a register that is asked over a network wait in threads: the loop is
everybody's.
"""
_AT_ONCE_RECIPIENTS = 10
"""Each is held against each customer that the letter is about, a hundred at most: a thousand recipients take 8 s."""


def is_small(envelope: Envelope, raw: bytes) -> bool:
    """Whether a message may be judged in the event loop, if it is what it seems to be."""
    return len(raw) <= _AT_ONCE_OCTETS and len(envelope.recipients) <= _AT_ONCE_RECIPIENTS


class JudgingTogether:
    """Gathers messages for as long as more of them come with each turn of the loop, then has them judged."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[tuple[Envelope, bytes, asyncio.Future[Judgement | None]]] = deque()
        self._seen = 0
        """How many waited one turn ago."""

    async def judge(self, envelope: Envelope, raw: bytes) -> Judgement | None:
        """What the judge says of the message, and raises, soon."""
        judged: asyncio.Future[Judgement | None] = self._loop.create_future()
        self._waiting.append((envelope, raw, judged))
        if len(self._waiting) == 1:
            self._wait_a_turn(seen=0)
        return await judged

    def _wait_a_turn(self, seen: int) -> None:
        self._seen = seen
        self._loop.call_soon(self._look)

    def _look(self) -> None:
        if self._seen < len(self._waiting) < _MOST:
            self._wait_a_turn(len(self._waiting))
            return
        for _ in range(self._group()):
            self._judge_next()
        if self._waiting:
            self._wait_a_turn(len(self._waiting))

    def _group(self) -> int:
        octets = recipients = 0
        for number, (envelope, raw, _) in enumerate(self._waiting):
            octets += len(raw)
            recipients += len(envelope.recipients)
            # Together no more than one of them may be: everybody else waits meanwhile.
            if number == _MOST or (number and (octets > _AT_ONCE_OCTETS or recipients > _AT_ONCE_RECIPIENTS)):
                return number
        return len(self._waiting)

    def _judge_next(self) -> None:
        envelope, raw, judged = self._waiting.popleft()
        if judged.done():
            return  # nobody waits for it any more
        try:
            judged.set_result(self._judge(envelope, raw))
        except Exception as error:
            judged.set_exception(error)
