"""The running guard: front door, relay, desk, letters and scheduler in one event loop."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass

from mailguard.app.desk_server import DeskServer
from mailguard.app.observing import Observer
from mailguard.app.schedule import make_schedule
from mailguard.app.wiring import Guard
from mailguard.cases.hold import hold
from mailguard.core.answer import Answer
from mailguard.core.envelope import Envelope
from mailguard.core.person import Person
from mailguard.core.verdict import Judgement
from mailguard.desk.application import make_desk
from mailguard.notices.send import NoticeWorker
from mailguard.relay.deliver import deliver
from mailguard.relay.next_hop import NextHop
from mailguard.relay.release import ReleaseWorker
from mailguard.smtp.door import FrontDoor
from mailguard.store.people import check_password

_JUDGES = 4
"""Threads that judge: the database is waited for outside the event loop, and no greeting waits for a judge."""


@dataclass(frozen=True, slots=True)
class Running:
    """What has been started."""

    smtp_ports: tuple[int, ...]
    desk_port: int
    release: ReleaseWorker
    notices: NoticeWorker
    observer: Observer


@asynccontextmanager
async def running(guard: Guard) -> AsyncIterator[Running]:
    """Start everything, and at the end stop it in the order in which mail flows: the door first."""
    settings, store = guard.settings, guard.store
    next_hop = NextHop(settings.next_hop, settings.smtp.hostname)
    observer = Observer(store, settings.report.time_zone, store.clock)

    async def send(envelope: Envelope, raw: bytes) -> Mapping[str, Answer]:
        return await deliver(next_hop, envelope, raw)

    release = ReleaseWorker(store, next_hop, store.clock)
    notices = NoticeWorker(store, send, settings, store.clock)
    scheduler = make_schedule(store, settings, observer, send)
    with ThreadPoolExecutor(_JUDGES, "judge") as judges:
        door = _make_door(guard, next_hop, observer, judges)
        desk = make_desk(store, settings, metrics=observer.registry, now=store.clock)
        async with DeskServer(desk, settings.desk.listen) as served:
            await door.start()
            workers = [asyncio.create_task(work) for work in (release.run(), notices.run())]
            scheduler.start()
            try:
                yield Running(door.ports, served.port, release, notices, observer)
            finally:
                await door.stop()
                scheduler.shutdown(wait=False)
                for worker in workers:
                    worker.cancel()
                await asyncio.gather(*workers, return_exceptions=True)
                await next_hop.close()
                observer.flush_quietly()


def _make_door(guard: Guard, next_hop: NextHop, observer: Observer, judges: ThreadPoolExecutor) -> FrontDoor:
    loop = asyncio.get_running_loop()

    async def judge(envelope: Envelope, raw: bytes) -> Judgement:
        return await loop.run_in_executor(judges, guard.judge.judge, envelope, raw)

    async def keep(envelope: Envelope, raw: bytes, judgement: Judgement) -> str:
        return await loop.run_in_executor(judges, hold, guard.store, envelope, raw, judgement)

    async def check(name: str, password: str) -> Person | None:
        return await asyncio.to_thread(check_password, guard.store, name, password)

    return FrontDoor(
        guard.settings.smtp,
        begin=next_hop.begin,
        judge=judge,
        hold=keep,
        check_password=check if guard.settings.smtp.auth else None,
        observe=observer.observe,
    )
