"""Messages that are held for some of their recipients (`policy.partial = "split"`): the front door's side of it."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog

from mailguard.cases.deadlines.terms import Terms
from mailguard.cases.holding.prepare import PreparedHold, prepare_hold
from mailguard.cases.holding.set_aside import NoLongerSetAside, keep, set_aside, undo
from mailguard.core.answer import Answer
from mailguard.core.envelope import Envelope
from mailguard.core.errors import StoreError
from mailguard.core.teams import Teams
from mailguard.core.verdict import Judgement
from mailguard.store.store import Store

_PATIENCE = 30.0
"""Seconds for a database that goes away between the two steps. Some have the message by then: a client that is sent
away sends it to them again, and waits ten minutes for our answer (RFC 5321, section 4.5.3.2.6)."""
_PAUSE = 0.2

_log = structlog.get_logger("mailguard.holding")


@dataclass(frozen=True, slots=True)
class _Aside:
    store: Store
    held: PreparedHold
    threads: Executor

    @property
    def case_id(self) -> str:
        return self.held.case_id

    async def keep(self, answer: Answer) -> None:
        until = time.monotonic() + _PATIENCE
        while True:
            try:
                await self._run(partial(keep, self.store, self.held, answer))
                return
            except StoreError as error:
                if isinstance(error, NoLongerSetAside) or time.monotonic() > until:
                    raise
                _log.warning("hold waits", case=self.case_id, problem=str(error))
            await asyncio.sleep(_PAUSE)

    async def undo(self, details: dict[str, Any], *, in_doubt: bool) -> None:
        await self._run(partial(undo, self.store, self.case_id, details, in_doubt=in_doubt))

    async def _run(self, work: Callable[[], None]) -> None:
        await asyncio.get_running_loop().run_in_executor(self.threads, work)


@dataclass(frozen=True, slots=True)
class PartHolder:
    """Sets messages aside; `threads` wait for the database."""

    store: Store
    terms: Terms
    teams: Teams
    threads: Executor

    async def hold(self, envelope: Envelope, raw: bytes, judgement: Judgement) -> _Aside:
        """For the recipients whom it is held for. Raises StoreError: then nothing may be passed on."""
        return await asyncio.get_running_loop().run_in_executor(self.threads, self._hold, envelope, raw, judgement)

    def _hold(self, envelope: Envelope, raw: bytes, judgement: Judgement) -> _Aside:
        waiting, others = judgement.for_the_held(), judgement.unhindered
        to = envelope.only_to({recipient.address for recipient in waiting.recipients})
        held = prepare_hold(self.store, to, raw, waiting, self.terms, self.teams, passing=others)
        set_aside(self.store, held, [recipient.address for recipient in others])
        return _Aside(self.store, held, self.threads)
