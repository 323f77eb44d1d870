"""The running guard: front door, relay, desk, letters and scheduler in one event loop."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from mailguard.app.desk_server import DeskServer
from mailguard.app.entrance import open_entrance
from mailguard.app.observing import Observer
from mailguard.app.register_figures import RegisterFigures
from mailguard.app.report_folder import report_folder
from mailguard.app.schedule import make_schedule
from mailguard.app.wiring import Guard
from mailguard.app.workers import Workers
from mailguard.cases.release import forget_claims
from mailguard.core.answer import Answer
from mailguard.core.envelope import Envelope
from mailguard.desk.application import make_desk
from mailguard.notices.send import NoticeWorker
from mailguard.relay.deliver import deliver
from mailguard.relay.next_hop import NextHop
from mailguard.relay.release import ReleaseWorker


@dataclass(frozen=True, slots=True)
class Running:
    """What has been started."""

    smtp_ports: tuple[int, ...]
    desk_port: int
    observer: Observer


@asynccontextmanager
async def running(guard: Guard) -> AsyncIterator[Running]:
    """Start everything, and at the end stop it in the order in which mail flows: the door first."""
    settings, store = guard.settings, guard.store
    next_hop = NextHop(settings.next_hop, settings.smtp.hostname)
    observer = Observer(store, settings.report.time_zone, store.clock)

    async def send(envelope: Envelope, raw: bytes) -> Mapping[str, Answer]:
        return await deliver(next_hop, envelope, raw)

    observer.registry.register(RegisterFigures(store.engine, settings.register_, store.clock))
    desk = make_desk(
        store,
        settings,
        report_folder=report_folder(settings),
        metrics=observer.registry,
        now=store.clock,
        read=guard.judge.read,
    )
    release = ReleaseWorker(store, next_hop, store.clock)
    notices = NoticeWorker(store, send, settings, store.clock)
    scheduler = make_schedule(store, settings, observer, send)
    forget_claims(store)
    try:
        async with (
            DeskServer(desk, settings.desk.listen) as served,
            Workers(settings, observer.observe),
            open_entrance(guard, next_hop, observer.observe) as door,
            _in_background(release.run(), notices.run()),
        ):
            scheduler.start()
            yield Running(door.ports, served.port, observer)
            scheduler.shutdown(wait=False)
    finally:
        await next_hop.close()
        observer.close()


@asynccontextmanager
async def _in_background(*work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(each) for each in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
