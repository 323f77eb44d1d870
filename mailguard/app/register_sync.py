"""Sync one claimed source of the register: in this process, or in one of its own at a lower priority.

Reading a million rows keeps a processor busy for half a minute; in a thread of the guard it would keep mail waiting.
"""

import asyncio
import multiprocessing
import os
import signal
from contextlib import suppress
from datetime import timedelta
from typing import Any

import structlog

from mailguard.app.logs import set_up_logs
from mailguard.core.errors import MailguardError
from mailguard.core.settings import Settings
from mailguard.core.settings.sources import SourceSettings
from mailguard.customers.importing import Progress
from mailguard.customers.source_states import claim, note_failure
from mailguard.customers.syncing import SyncResult, describe, sync
from mailguard.notices.troubles.register import tell_trouble, tell_well
from mailguard.store.store import Store, open_store

_LONGEST = timedelta(hours=2)
_NICENESS = 10

_log = structlog.get_logger("mailguard.register")


def sync_claimed(
    store: Store, settings: Settings, source: SourceSettings, progress: Progress, *, actor: str
) -> SyncResult:
    """Sync, with an audit entry for what changed, and a letter to ops about trouble or its end.

    Raises what `sync` raises.
    """
    try:
        result = sync(store.engine, source, settings.register_, progress, store.clock)
    except MailguardError as error:
        tell_trouble(store, settings.report.to, source.name, describe(error, source))
        raise
    if result.changed:
        with store.writing() as session:
            details = {"source": source.name, **numbers(result)}
            store.audit.append(session, "sync", actor=actor, at=store.clock(), details=details)
    tell_well(store, settings.report.to, source.name)
    return result


def numbers(result: SyncResult) -> dict[str, int]:
    """What a sync did, in numbers."""
    done = result.imported
    counts = {"new": done.imported, "changed": done.updated, "dropped": done.dropped, "bad": len(done.bad_rows)}
    return counts | ({"taken": result.taken} if result.taken else {})


async def sync_due(store: Store, settings: Settings) -> None:
    """Sync every source that is due and that no other node is at, one after the other. Raises RegisterError."""
    for source in settings.register_.sources:
        every = timedelta(minutes=source.every_minutes)
        if await asyncio.to_thread(claim, store.engine, source.name, store.clock(), every):
            problem = await _apart(settings, source.name)
            if problem:
                await asyncio.to_thread(_give_up, store, settings, source.name, problem)


def _give_up(store: Store, settings: Settings, name: str, problem: str) -> None:
    _log.error("register not synced", source=name, problem=problem)
    note_failure(store.engine, name, store.clock(), problem)
    tell_trouble(store, settings.report.to, name, problem)


async def _apart(settings: Settings, name: str) -> str:
    """Sync in a process of its own; says what is wrong when that process could not say it itself."""
    # Spawned, not forked: threads and connections of this process must not be found half-copied there.
    process = multiprocessing.get_context("spawn").Process(
        target=work, args=(settings, name), name=f"mailguard-sync-{name}"
    )
    process.start()
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(process.sentinel, ended.set)
    try:
        async with asyncio.timeout(_LONGEST.total_seconds()):
            await ended.wait()
    except TimeoutError:
        return f"took longer than {_LONGEST}"
    finally:
        loop.remove_reader(process.sentinel)
        # Nothing is half done by that: the register is changed in one transaction at the end. The whole group, because
        # an import of many rows has processes of its own.
        if process.pid is not None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.join()
    return f"its process ended with {process.exitcode}" if process.exitcode else ""


def work(settings: Settings, name: str) -> None:
    """The whole life of such a process."""
    # A group of its own: Ctrl-C does not reach it, and the guard's process ends it with all that it has started.
    os.setpgid(0, 0)
    os.nice(_NICENESS)
    set_up_logs()
    source = next(source for source in settings.register_.sources if source.name == name)
    with open_store(settings.store) as store:
        try:
            result = sync_claimed(store, settings, source, lambda done, total: None, actor="guard")
        except MailguardError as error:
            _log.warning("register not synced", source=name, problem=describe(error, source))
        else:
            values: dict[str, Any] = {"source": name, **numbers(result)}
            _log.info("register synced", **values)
