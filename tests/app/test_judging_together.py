"""Messages that are judged in the event loop, right after one another, and nobody waits for long meanwhile."""

import asyncio

import pytest

from mailguard.app.judging_together import JudgingTogether
from mailguard.core.envelope import Envelope
from mailguard.core.errors import RegisterError
from mailguard.core.verdict import Judgement, Verdict

_SENDER = "clerk@operator.example"
_TO_ONE = Envelope(_SENDER, ("matti@post.example",))
_BROKEN = b"Subject: the register is away\r\n\r\n"


class _Diary:
    """A judge that writes down what it judged, and beside it the turns of the event loop."""

    def __init__(self) -> None:
        self.written: list[bytes | None] = []
        self.together = JudgingTogether(self._judge)

    def _judge(self, envelope: Envelope, raw: bytes) -> Judgement | None:
        self.written.append(raw)
        if raw == _BROKEN:
            raise RegisterError
        return Judgement(Verdict.PASS, ())

    async def take_turns(self) -> None:
        while True:
            self.written.append(None)
            await asyncio.sleep(0)

    def groups(self) -> list[list[bytes]]:
        """What was judged without a turn in between."""
        groups: list[list[bytes]] = [[]]
        for entry in self.written:
            if entry is not None:
                groups[-1].append(entry)
            elif groups[-1]:
                groups.append([])
        return [group for group in groups if group]


async def _judged(
    diary: _Diary, *letters: bytes, envelope: Envelope = _TO_ONE
) -> list[Judgement | BaseException | None]:
    turning = asyncio.create_task(diary.take_turns())
    try:
        return await asyncio.gather(*(diary.together.judge(envelope, raw) for raw in letters), return_exceptions=True)
    finally:
        turning.cancel()


async def test_what_comes_together_is_judged_together() -> None:
    """Five messages of one moment are judged in their order, with nothing between them; a sixth, later, by itself."""
    diary, letters = _Diary(), [b"Subject: %d\r\n\r\n" % number for number in range(5)]
    answers = await _judged(diary, *letters)
    answers += await _judged(diary, b"Subject: later\r\n\r\n")
    assert answers == [Judgement(Verdict.PASS, ())] * 6
    assert diary.groups() == [letters, [b"Subject: later\r\n\r\n"]]


@pytest.mark.parametrize(
    ("octets", "recipients", "most"), [(100, 1, 8), (20_000, 1, 3), (70_000, 1, 1), (100, 4, 2), (100, 11, 1)]
)
async def test_nobody_waits_for_long(octets: int, recipients: int, most: int) -> None:
    """Others have their turn after eight messages, 64 kB of them or ten recipients; each message is judged all the
    same, however large it is.
    """
    diary = _Diary()
    letters = [b"%d" % number + b"x" * octets for number in range(20)]
    envelope = Envelope(_SENDER, tuple(f"matti{number}@post.example" for number in range(recipients)))
    await _judged(diary, *letters, envelope=envelope)
    assert [raw for group in diary.groups() for raw in group] == letters
    assert max(map(len, diary.groups())) == most


async def test_trouble_is_the_message_s_own() -> None:
    """Where the judge raises for one message, that one is told so and its neighbours are judged."""
    before, broken, after = await _judged(_Diary(), b"Subject: 1\r\n\r\n", _BROKEN, b"Subject: 2\r\n\r\n")
    assert isinstance(broken, RegisterError)
    assert before == after == Judgement(Verdict.PASS, ())


async def test_who_has_gone_is_not_waited_for() -> None:
    """A message whose way was broken off is not judged, and keeps no other one from it."""
    diary = _Diary()
    gone = asyncio.create_task(diary.together.judge(_TO_ONE, b"gone"))
    await asyncio.sleep(0)
    gone.cancel()
    assert await diary.together.judge(_TO_ONE, b"here") == Judgement(Verdict.PASS, ())
    assert diary.written == [b"here"]
