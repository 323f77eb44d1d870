"""The front door with a sink behind it and a judge that a test can tell what to say."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypedDict

from mailguard.core.envelope import Envelope
from mailguard.core.settings import NextHopSettings, SmtpSettings
from mailguard.core.verdict import Judgement, Verdict
from mailguard.relay.next_hop import NextHop
from mailguard.smtp.door import FrontDoor
from mailguard.smtp.ports import HoldPart, Outcome
from tests.support.sink import Sink

HOP_TIMEOUT = 40.0
"""Seconds, shorter than a `Dialogue` waits: also when the next hop is asked twice."""


@dataclass
class House:
    """What a test looks at."""

    sink: Sink
    door: FrontDoor
    next_hop: NextHop
    verdict: Verdict = Verdict.PASS
    judge_error: Exception | None = None
    hold_error: Exception | None = None
    judging: asyncio.Event | None = None
    """Judging waits for it, when set."""
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a judge has been asked."""
    judged: list[tuple[Envelope, bytes]] = field(default_factory=list)
    held: list[tuple[Envelope, bytes]] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def port(self) -> int:
        """The front door's."""
        return self.door.ports[0]

    async def judge(self, envelope: Envelope, raw: bytes) -> Judgement:
        """Remembers, waits, raises or gives the verdict."""
        self.judged.append((envelope, raw))
        self.asked.set()
        if self.judging is not None:
            await self.judging.wait()
        if self.judge_error is not None:
            raise self.judge_error
        return Judgement(self.verdict, ())

    async def hold(self, envelope: Envelope, raw: bytes, judgement: Judgement) -> str:
        """Remembers what it took."""
        if self.hold_error is not None:
            raise self.hold_error
        self.held.append((envelope, raw))
        return "MG-TEST-0001"

    async def check_password(self, name: str, password: str, peer: str) -> str | None:
        """Knows one person."""
        return "clerk" if (name, password) == ("clerk", "correct horse") else None


@asynccontextmanager
async def open_house(
    sink: Sink | None = None,
    *,
    hop_timeout: float = HOP_TIMEOUT,
    hold_part: HoldPart | None = None,
    xclient: bool = False,
    **smtp: Any,
) -> AsyncIterator[House]:
    """A house on free ports; `xclient` is the next hop's, other keywords are those of `[smtp]`."""
    settings = SmtpSettings(**({"listen": ["127.0.0.1:0"], "hostname": "guard.example"} | smtp))
    async with sink or Sink() as behind:
        hop = NextHopSettings(port=behind.port, timeout=hop_timeout, xclient=xclient)
        async with house_before(hop, settings, behind, hold_part) as house:
            yield house


@asynccontextmanager
async def house_before(
    hop: NextHopSettings, settings: SmtpSettings, sink: Sink, hold_part: HoldPart | None = None
) -> AsyncIterator[House]:
    """A house in front of that next hop; `sink` is what the test looks at behind it."""
    next_hop = NextHop(hop, "guard.example")
    house = House(sink, None, next_hop)  # type: ignore[arg-type]
    house.door = FrontDoor(
        settings,
        begin=next_hop.begin,
        judge=house.judge,
        hold=house.hold,
        hold_part=hold_part,
        offered=next_hop.offered,
        check_password=house.check_password,
        observe=house.outcomes.append,
    )
    await house.door.start()
    try:
        yield house
    finally:
        await house.door.stop()
        await next_hop.close()


def without_trace(raw: bytes) -> bytes:
    """The message without our `Received:` field, which must stand on top."""
    first, second, third, rest = raw.split(b"\r\n", 3)
    assert first.startswith(b"Received: from "), first
    assert second.startswith(b"\tby guard.example (mailguard) with "), second
    assert third.startswith(b"\t"), third
    return rest


class TlsFiles(TypedDict):
    """Settings of `[smtp]`."""

    tls_cert: Path
    tls_key: Path


def tls_settings(files: tuple[Path, Path]) -> TlsFiles:
    """Keywords for `open_house`."""
    return {"tls_cert": files[0], "tls_key": files[1]}
