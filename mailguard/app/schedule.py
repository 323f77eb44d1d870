"""What happens by the clock: counts to the disk, expiry, retention, the register's sources, the weekly report."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from inspect import iscoroutinefunction

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from mailguard.app.anchoring import Anchoring
from mailguard.app.disk_watch import DiskWatch
from mailguard.app.observing import Observer
from mailguard.app.register_sync import sync_due
from mailguard.app.seeding import seed_due
from mailguard.cases.addresses.confirming import ask_for_held
from mailguard.cases.deadlines.expire import expire
from mailguard.cases.deadlines.terms import Terms
from mailguard.cases.holding.set_aside import undo_left
from mailguard.cases.retention import keep_terms
from mailguard.core.errors import MailguardError
from mailguard.core.settings import Settings
from mailguard.incidents.reports.retention import prune_reports
from mailguard.incidents.tracing.journal import prune_journal
from mailguard.notices.after_review import remind_reviewers
from mailguard.notices.breach_clocks import remind_of_clocks
from mailguard.notices.dealt_with import tell_dealt_with
from mailguard.notices.digest.due import write_digests
from mailguard.notices.escalate import escalate
from mailguard.notices.remind import remind
from mailguard.notices.troubles.audit import tell_chain
from mailguard.notices.troubles.queues import tell_queues
from mailguard.notices.troubles.register import tell_age
from mailguard.notices.troubles.report import tell_overdue
from mailguard.notices.webhooks.collect import prune_deliveries
from mailguard.report.mail import Deliver
from mailguard.report.overdue import overdue_weeks
from mailguard.report.schedule import keep_due_facts, send_due_report
from mailguard.store.store import Store

_log = structlog.get_logger("mailguard.schedule")

Step = Callable[[], object]
"""Runs in a thread, or, where it is a coroutine function, in the event loop."""
_AT_ONCE = frozenset({"sync_register", "end_cases", "end_keeping", "anchor_audit", "watch_clocks"})
"""Jobs that run at the start, too: a guard that is new has no register yet, and one that was down may have deadlines to
make up for. Where the audit chain begins and ends while nobody looks is worth an anchor."""


def make_schedule(store: Store, settings: Settings, observer: Observer, deliver: Deliver) -> AsyncIOScheduler:
    """A scheduler, not yet started. Each job may run on several nodes at once: what must be once is so in the store."""
    scheduler = AsyncIOScheduler(timezone="UTC")
    for name, (every, steps) in _jobs(store, settings, observer, deliver).items():
        scheduler.add_job(
            _patient(steps),
            "interval",
            seconds=every.total_seconds(),
            id=name,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,  # late is better than never: the first run waits for the start of everything else
        )
        if name in _AT_ONCE:
            scheduler.modify_job(name, next_run_time=datetime.now(UTC))
    return scheduler


def _jobs(
    store: Store, settings: Settings, observer: Observer, deliver: Deliver
) -> dict[str, tuple[timedelta, Sequence[Step]]]:
    """What is done, how often, and its steps: one after the other, and trouble of one stops no other."""
    terms, to = Terms.of(settings), settings.report.to
    disk, anchoring = DiskWatch(store, to), Anchoring(store, settings.audit)

    async def send_reports() -> None:
        await send_due_report(store, settings, deliver, store.clock())

    def keep_facts() -> None:
        keep_due_facts(store, settings, store.clock())

    def tell_late_reports() -> None:
        tell_overdue(store, overdue_weeks(store, settings.report, store.clock()))

    return {
        "write_counts": (timedelta(seconds=5), [observer.flush]),
        "watch_disk": (disk.every, [disk.look]),
        "end_cases": (
            timedelta(minutes=5),
            # In this order: word higher up names who was reminded.
            [
                partial(remind, store, terms),
                partial(escalate, store, terms),
                partial(expire, store, terms),
                partial(remind_reviewers, store),
            ],
        ),
        "end_aside": (timedelta(minutes=5), [partial(undo_left, store)]),
        "end_keeping": (
            timedelta(hours=1),
            [
                partial(prune_reports, store, settings.store),
                partial(keep_terms, store, settings.store),
                partial(prune_deliveries, store),
            ],
        ),
        "end_journal": (timedelta(hours=1), [partial(prune_journal, store, settings.journal.keep_days)]),
        "seed_cases": (timedelta(minutes=15), [partial(seed_due, store, settings)]),
        "ask_addresses": (timedelta(seconds=20), [partial(ask_for_held, store, settings)]),
        "watch_clocks": (timedelta(minutes=1), [partial(remind_of_clocks, store, settings.incidents)]),
        "send_report": (timedelta(minutes=1), [send_reports, keep_facts, tell_late_reports]),
        "sync_register": (timedelta(minutes=1), [partial(sync_due, store, settings)]),
        "anchor_audit": (timedelta(minutes=5), [anchoring.look]),
        "write_letters": (
            timedelta(seconds=20),
            [
                partial(tell_dealt_with, store, wanted=settings.notices.dealt_with),
                partial(write_digests, store, settings),
            ],
        ),
        "watch_queues": (
            timedelta(minutes=1),
            [partial(tell_queues, store, settings.notices, to), partial(tell_age, store, settings.register_, to)],
        ),
        "check_chain": (timedelta(minutes=10), [partial(tell_chain, store, settings.audit.verify_hours, to)]),
    }


def _patient(steps: Sequence[Step]) -> Callable[[], Awaitable[None]]:
    """Trouble of one run is logged and waited out; the next run is a new try (promise 10)."""

    async def run() -> None:
        for step in steps:
            name = getattr(step.func if isinstance(step, partial) else step, "__name__", "step")
            try:
                await (step() if iscoroutinefunction(step) else asyncio.to_thread(step))
            except MailguardError as error:
                _log.warning("job waits", job=name, problem=str(error))
            except Exception as error:
                _log.error("job failed", job=name, error=type(error).__name__)

    return run
