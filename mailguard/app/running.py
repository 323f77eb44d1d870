"""The running guard: front door, relay, desk, letters and scheduler in one event loop."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from mailguard.app.desk_server import DeskServer
from mailguard.app.disk_watch import DiskFigures
from mailguard.app.entrance import open_entrance
from mailguard.app.heartbeat import Heartbeat, NodeFigures, node_name
from mailguard.app.observing import Observer
from mailguard.app.reading_figures import ReadingFigures
from mailguard.app.reading_later import ReadingWorker
from mailguard.app.register_figures import RegisterFigures
from mailguard.app.report_figures import ReportFigures
from mailguard.app.rules_watch import RulesWatch
from mailguard.app.schedule import make_schedule
from mailguard.app.wiring import Guard
from mailguard.app.workers import Workers
from mailguard.cases.awaiting.claim import forget_reading_claims
from mailguard.cases.holding.set_aside import undo_left
from mailguard.cases.releasing.claim import forget_claims
from mailguard.core.answer import Answer
from mailguard.core.envelope import Envelope
from mailguard.desk.application import make_desk
from mailguard.notices.send import NoticeWorker
from mailguard.notices.webhooks.deliver import WebhookWorker
from mailguard.relay.deliver import deliver
from mailguard.relay.next_hop import NextHop
from mailguard.relay.release import ReleaseWorker
from mailguard.report.archive import Archive
from mailguard.report.coaching import Coach


@dataclass(frozen=True, slots=True)
class Running:
    """What has been started."""

    smtp_ports: tuple[int, ...]
    desk_port: int
    observer: Observer
    rules: RulesWatch


@asynccontextmanager
async def running(guard: Guard) -> AsyncIterator[Running]:
    """Start everything, and at the end stop it in the order in which mail flows: the door first."""
    settings, store = guard.settings, guard.store
    next_hop = NextHop(settings.next_hop, settings.smtp.hostname)
    observer = Observer(store, settings.report.time_zone, store.clock)

    async def send(envelope: Envelope, raw: bytes) -> Mapping[str, Answer]:
        return await deliver(next_hop, envelope, raw)

    observer.registry.register(DiskFigures(store.disk))
    workers = Workers(settings, guard.rule_files, observer.observe)
    rules = RulesWatch(guard, workers.share)
    observer.registry.register(ReportFigures(store, settings.report))
    observer.registry.register(RegisterFigures(store.engine, settings.register_, store.clock))
    observer.registry.register(NodeFigures(store, rules))
    observer.registry.register(ReadingFigures(store))
    desk = make_desk(
        store,
        settings,
        archive=Archive(store, settings),
        metrics=observer.registry,
        now=store.clock,
        read=guard.judge.read,
        coaching=Coach(store, settings, guard.judge.rules.policy.wording),
    )
    release = ReleaseWorker(store, next_hop, store.clock, at_once=settings.next_hop.releases_at_once)
    notices = NoticeWorker(store, send, settings, store.clock)
    webhooks = WebhookWorker(store, settings, store.clock)
    scheduler = make_schedule(store, settings, observer, send)
    reading = ReadingWorker(guard, next_hop, observer.observe)
    forget_claims(store)
    forget_reading_claims(store)
    undo_left(store, at_start=True)
    try:
        # Left in the other order. What works in the background begins last: a guard whose ports are taken, because
        # another one serves on the same file, must not send what that one is sending.
        async with (
            DeskServer(desk, settings.desk.listen) as served,
            _background() as begin,
            workers,
            open_entrance(guard, next_hop, observer.observe) as door,
        ):
            heart = Heartbeat(store, node_name(settings.node, served.port), rules, settings.report.to)
            begin(release.run(), reading.run(), notices.run(), webhooks.run(), rules.run(), heart.run())
            scheduler.start()
            try:
                yield Running(door.ports, served.port, observer, rules)
            finally:
                scheduler.shutdown(wait=False)
        await asyncio.to_thread(heart.leave)
    finally:
        await next_hop.close()
        observer.close()


@asynccontextmanager
async def _background() -> AsyncIterator[Callable[..., None]]:
    """What is begun within the block runs until its end."""
    tasks: list[asyncio.Task[None]] = []

    def begin(*work: Coroutine[None, None, None]) -> None:
        tasks.extend(asyncio.create_task(each) for each in work)

    try:
        yield begin
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
