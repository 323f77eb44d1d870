"""What happens by the clock: counts to the disk, expiry, retention, the register's sources, the weekly report."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from mailguard.app.observing import Observer
from mailguard.app.register_sync import sync_due
from mailguard.app.report_folder import report_folder
from mailguard.cases.confirming import ask_for_held
from mailguard.cases.expire import destroy_bodies, expire
from mailguard.core.errors import MailguardError
from mailguard.core.settings import Settings
from mailguard.notices.remind import remind
from mailguard.report.figures import weekly_figures
from mailguard.report.mail import Deliver
from mailguard.report.schedule import send_due_report
from mailguard.report.write import write_report
from mailguard.store.store import Store

_log = structlog.get_logger("mailguard.schedule")

Job = Callable[[], Awaitable[None]]


def make_schedule(store: Store, settings: Settings, observer: Observer, deliver: Deliver) -> AsyncIOScheduler:
    """A scheduler, not yet started. Each job may run on several nodes at once: what must be once is so in the store."""
    scheduler = AsyncIOScheduler(timezone="UTC")

    async def write_counts() -> None:
        await asyncio.to_thread(observer.flush)

    async def end_cases() -> None:
        await asyncio.to_thread(remind, store, settings.cases.expire_days)
        await asyncio.to_thread(expire, store, settings.cases.expire_days)
        await asyncio.to_thread(destroy_bodies, store, settings.store.retention_days)

    async def send_report() -> None:
        for week in await send_due_report(store, settings, deliver, store.clock()):
            figures = await asyncio.to_thread(weekly_figures, store, week, settings.report.time_zone)
            await asyncio.to_thread(write_report, figures, report_folder(settings))

    async def sync_register() -> None:
        await sync_due(store, settings)

    async def ask_addresses() -> None:
        await asyncio.to_thread(ask_for_held, store, settings)

    for job, every in (
        (write_counts, timedelta(seconds=5)),
        (end_cases, timedelta(minutes=5)),
        (ask_addresses, timedelta(seconds=20)),
        (send_report, timedelta(minutes=1)),
        (sync_register, timedelta(minutes=1)),
    ):
        scheduler.add_job(
            _patient(job),
            "interval",
            seconds=every.total_seconds(),
            id=job.__name__,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,  # late is better than never: the first run waits for the start of everything else
        )
    # At once: a guard that is new has no register yet.
    scheduler.modify_job(sync_register.__name__, next_run_time=datetime.now(UTC))
    return scheduler


def _patient(job: Job) -> Job:
    """Trouble of one run is logged and waited out; the next run is a new try (promise 10)."""

    async def run() -> None:
        try:
            await job()
        except MailguardError as error:
            _log.warning("job waits", job=job.__name__, problem=str(error))
        except Exception as error:
            _log.error("job failed", job=job.__name__, error=type(error).__name__)

    return run
