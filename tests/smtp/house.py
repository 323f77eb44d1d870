"""The front door with a sink behind it and a judge that a test can tell what to say."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mailguard.core.envelope import Envelope
from mailguard.core.settings import NextHopSettings, SmtpSettings
from mailguard.core.verdict import Judgement, Verdict
from mailguard.relay.next_hop import NextHop
from mailguard.smtp.door import FrontDoor
from mailguard.smtp.ports import Outcome
from tests.support.sink import Sink


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
async def open_house(sink: Sink | None = None, *, hop_timeout: float = 20.0, **smtp: Any) -> AsyncIterator[House]:
    """A house on free ports; keywords are those of `[smtp]`."""
    settings = SmtpSettings(**({"listen": ["127.0.0.1:0"], "hostname": "guard.example"} | smtp))
    async with sink or Sink() as behind:
        next_hop = NextHop(NextHopSettings(port=behind.port, timeout=hop_timeout), "guard.example")
        house = House(behind, None, next_hop)  # type: ignore[arg-type]
        house.door = FrontDoor(
            settings,
            begin=next_hop.begin,
            judge=house.judge,
            hold=house.hold,
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


def tls_settings(files: tuple[Path, Path]) -> dict[str, Path]:
    """Keywords for `open_house`."""
    return {"tls_cert": files[0], "tls_key": files[1]}
