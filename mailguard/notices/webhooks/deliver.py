"""The worker of the webhooks: takes deliveries one by one for each hook, and tries again what was not taken."""

import asyncio
from datetime import datetime, timedelta

import httpx
import structlog
from sqlmodel import col, select, update

from mailguard.core.clock import Clock, utc_now
from mailguard.core.errors import MailguardError
from mailguard.core.settings import Settings
from mailguard.core.settings.notices import WebhookSettings
from mailguard.notices.webhooks.collect import GIVE_UP, collect_for
from mailguard.notices.webhooks.post import post
from mailguard.store.claiming import next_row
from mailguard.store.store import Store
from mailguard.store.tables.outbox import WebhookRow

_CLAIM = timedelta(minutes=1)
"""Longer than a try may take; after that the delivery of a worker that died is another's."""
_FIRST_PAUSE = timedelta(seconds=10)
_LONGEST_PAUSE = timedelta(hours=1)

log = structlog.get_logger("mailguard.webhooks")


class WebhookWorker:
    """Any number of workers may share a database: each delivery is one worker's at a time.

    At least once: the delivery of a worker that dies between the answer and its record goes out again, under the same
    number. One hook that does not answer holds up no other.
    """

    def __init__(self, store: Store, settings: Settings, clock: Clock = utc_now, *, pause: float = 2) -> None:
        self._store, self._settings, self._clock, self._pause = store, settings, clock, pause

    async def run(self) -> None:
        """Deliver until cancelled, if there are hooks at all. Trouble with the database is waited out."""
        # Each at its own pace: one that takes a delivery every fifteen seconds has a thousand waiting some day.
        await asyncio.gather(*(self._run(hook) for hook in self._settings.notices.webhooks))

    async def run_once(self) -> int:
        """Write down what has happened, and deliver what is due; gives how many were taken. Raises StoreError."""
        return sum(await asyncio.gather(*(self._serve(hook) for hook in self._settings.notices.webhooks)))

    async def _run(self, hook: WebhookSettings) -> None:
        while True:
            try:
                await self._serve(hook)
            except Exception as error:
                log.warning("webhook stands still", hook=hook.name, error=type(error).__name__)
            await asyncio.sleep(self._pause)

    async def _serve(self, hook: WebhookSettings) -> int:
        await asyncio.to_thread(collect_for, self._store, self._settings, hook)
        taken = 0
        while (row := await asyncio.to_thread(_claim, self._store, hook.name, self._clock())) is not None:
            answer, well = await self._post(hook, row)
            await asyncio.to_thread(_settle, self._store, row, answer, well, self._clock())
            # Ids and codes only: the address of a hook is a secret of its own.
            log.info("webhook taken" if well else "webhook not taken", hook=hook.name, delivery=row.id, answer=answer)
            if not well:
                break
            taken += 1
        return taken

    async def _post(self, hook: WebhookSettings, row: WebhookRow) -> tuple[str, bool]:
        try:
            status = await post(hook, row.id or 0, row.body, self._clock())
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as error:
            return type(error).__name__, False
        except MailguardError as error:
            return str(error), False
        return str(status), 200 <= status < 300


def _claim(store: Store, hook: str, now: datetime) -> WebhookRow | None:
    """The delivery of a hook that is due longest, marked as ours. Raises StoreError."""
    due = (
        select(WebhookRow)
        .where(WebhookRow.hook == hook, col(WebhookRow.due_at) <= now)
        .order_by(col(WebhookRow.due_at), col(WebhookRow.id))
    )
    with next_row(store, due) as found:
        if found is None:
            return None
        session, row = found
        row.due_at, row.tries = now + _CLAIM, row.tries + 1
        session.add(row)
    return row


def _settle(store: Store, row: WebhookRow, answer: str, well: bool, now: datetime) -> None:
    values: dict[str, object] = {"last_answer": answer[:200], "due_at": None}
    if well:
        values["sent_at"] = now
    elif now - row.created_at < GIVE_UP:
        values["due_at"] = now + min(_FIRST_PAUSE * 2 ** min(row.tries - 1, 10), _LONGEST_PAUSE)
    # Whoever claimed it after us (we were too slow) has counted `tries` up: then the word is theirs.
    mine = update(WebhookRow).where(col(WebhookRow.id) == row.id, col(WebhookRow.tries) == row.tries)
    with store.writing() as session:
        session.execute(mine.values(**values))
