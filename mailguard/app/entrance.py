"""The front door with its judge and its next hop: what a worker process is, and a part of the whole guard."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial

from mailguard.app.bounce_watch import BounceWatch
from mailguard.app.journal import JournalWriter
from mailguard.app.judging_together import JudgingTogether, is_small
from mailguard.app.memory import keep_giving_back
from mailguard.app.report_mailbox import ReportMailbox
from mailguard.app.setting_aside import PartHolder
from mailguard.app.tally import Tally, tally_of
from mailguard.app.wiring import Guard
from mailguard.cases.awaiting.keep import keep_unread
from mailguard.cases.deadlines.terms import Terms
from mailguard.cases.holding.prepare import prepare_hold
from mailguard.cases.holding.writer import HoldWriter
from mailguard.core.envelope import Envelope
from mailguard.core.secret import Secret
from mailguard.core.teams import Teams
from mailguard.core.verdict import Judgement
from mailguard.relay.next_hop import NextHop
from mailguard.smtp.door import FrontDoor
from mailguard.smtp.ports import Outcome
from mailguard.store.people import check_password

_JUDGES = 4
"""Threads that judge: the database is waited for outside the event loop, and no greeting waits for a judge."""
_PATIENT_JUDGES = 4
"""Threads for messages that may need a worker process to be read.

They have threads of their own because a hostile attachment keeps its judge waiting for 20 seconds; four of them in the
same threads would keep every plain message waiting too. Twice the number of worker processes, so that those always have
something to do.
"""
_PLAIN_OCTETS = 256 * 1024
_SHORT_HEADER_OCTETS = 8 * 1024
_ATTACHED = (b"application/", b"name=", b"name*")
"""Not base64: letters whose text is in it are as common as small, and took twice the CPU by way of a thread."""

_SWITCH_SECONDS = 0.0005
"""How long a judge's thread may keep the interpreter from the event loop. By default it is 5 ms, longer than a whole
message takes: each reply then waits for the judges in turn (measured at 2 kB: 262 messages/s against 301)."""


def may_need_patience(raw: bytes) -> bool:
    """Whether a message is large or seems to carry files. A wrong answer only costs a place in the other queue."""
    return len(raw) > _PLAIN_OCTETS or any(mark in raw for mark in _ATTACHED)


def has_short_header(raw: bytes) -> bool:
    """Whether a small message may be sealed in the event loop too: a header made for it takes long to find senders in.

    Measured: 0.2 ms for an ordinary message, 175 ms for 60,000 times `@` in one field.
    """
    return raw.find(b"\r\n\r\n", 0, _SHORT_HEADER_OCTETS) >= 0


@asynccontextmanager
async def open_entrance(guard: Guard, next_hop: NextHop, count: Callable[[Tally], None]) -> AsyncIterator[FrontDoor]:
    """A front door that listens until the end of the block; messages read to the dot are finished first."""
    loop = asyncio.get_running_loop()
    sys.setswitchinterval(_SWITCH_SECONDS)
    at_once = guard.store.engine.dialect.name == "sqlite"
    together = JudgingTogether(guard.judge.judge_at_once)
    terms, teams = Terms.of(guard.settings), Teams.of(guard.settings)
    with (
        ThreadPoolExecutor(_JUDGES, "judge") as judges,
        ThreadPoolExecutor(_PATIENT_JUDGES, "patient") as patient,
        HoldWriter(guard.store) as writer,
    ):

        async def judge(envelope: Envelope, raw: bytes) -> Judgement:
            if mailbox.is_for(envelope):
                return await loop.run_in_executor(judges, mailbox.judge, envelope, raw)
            patience = may_need_patience(raw)
            if at_once and is_small(envelope, raw) and not patience:
                judgement = await together.judge(envelope, raw)
                if judgement is not None:
                    return judgement
                patience = True
            threads = patient if patience else judges
            return await loop.run_in_executor(threads, guard.judge.judge, envelope, raw)

        async def keep(envelope: Envelope, raw: bytes, judgement: Judgement) -> str:
            if judgement.awaits_reading:
                return await loop.run_in_executor(judges, keep_unread, guard.store, envelope, raw, judgement)
            prepare = partial(prepare_hold, guard.store, envelope, raw, judgement, terms, teams)
            quick = is_small(envelope, raw) and has_short_header(raw)
            held = prepare() if quick else await loop.run_in_executor(judges, prepare)
            return await asyncio.wrap_future(writer.submit(held))

        async def check(name: str, password: str, peer: str) -> str | None:
            if guard.settings.smtp.auth == "next_hop":
                return name if await next_hop.admits(name, Secret(password)) else None
            person = await asyncio.to_thread(check_password, guard.store, name, password, peer=peer)
            return None if person is None else person.name

        journal = JournalWriter(guard.store, guard.store.clock)
        mailbox = ReportMailbox(guard.store, guard.settings)

        def observe(outcome: Outcome) -> None:
            if outcome.case_id and outcome.judgement and outcome.judgement.awaits_reading:
                return  # it is told of when it was read
            count(tally_of(outcome))
            if guard.settings.journal.keep_days:
                journal.add(outcome)
            mailbox.add(outcome)

        split = guard.settings.policy.partial == "split"
        watch = BounceWatch(guard.store)
        door = FrontDoor(
            guard.settings.smtp,
            begin=watch.over(next_hop.begin),
            judge=judge,
            hold=keep,
            hold_part=PartHolder(guard.store, terms, teams, judges).hold if split else None,
            offered=next_hop.offered,
            check_password=check if guard.settings.smtp.auth else None,
            observe=observe,
        )
        await door.start()
        beside = [asyncio.create_task(work) for work in (journal.run(), mailbox.run(), keep_giving_back())]
        try:
            yield door
        finally:
            await door.stop()
            await watch.close()
            for task in beside:
                task.cancel()
            await journal.flush()
            await mailbox.flush()
