"""What waits for too long: decisions, letters, approved and unread messages, webhooks; digests that did not go out."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import true
from sqlmodel import Session, col, func, select

from mailguard.core.case import CaseState
from mailguard.core.settings import NoticeSettings
from mailguard.notices.troubles.trouble import compare
from mailguard.store.store import Store
from mailguard.store.tables.awaiting import AwaitingRow
from mailguard.store.tables.cases import CaseRow
from mailguard.store.tables.outbox import NoticeRow, WebhookRow

_DIGESTS_OF = timedelta(days=2)
"""Further back nobody looks for a digest: there were others since."""


def tell_queues(store: Store, settings: NoticeSettings, to: Sequence[str]) -> None:
    """Tell ops what has waited longer than `notices.queue_hours` or `notices.stuck_minutes`, and when it no more does.

    Raises StoreError.
    """
    now = store.clock()
    with store.reading() as session:
        queues, digests = _queues(session, settings, now), _digests(session, settings, now)
    compare(store, "queue", queues, to=to)
    compare(store, "digest", digests, to=to)


def _queues(session: Session, settings: NoticeSettings, now: datetime) -> dict[str, dict[str, Any]]:
    stuck = now - timedelta(minutes=settings.stuck_minutes)
    held, approved = CaseRow.state == CaseState.HELD, CaseRow.state == CaseState.APPROVED
    late = {
        "review": _late(session, CaseRow.received_at, held, now - timedelta(hours=settings.queue_hours)),
        # Whatever is tried again: the moment of a try is moved on, that of the first one is not.
        "letters": _late(session, NoticeRow.created_at, col(NoticeRow.due_at) <= now, stuck, NoticeRow.tries > 0),
        "release": _late(session, CaseRow.decided_at, approved, stuck, CaseRow.tries > 0),
        "reading": _late(session, AwaitingRow.received_at, true(), stuck),
    }
    for hook in session.exec(select(WebhookRow.hook).where(col(WebhookRow.due_at).is_not(None)).distinct()):
        late[f"webhook {hook}"] = _late(
            session, WebhookRow.created_at, col(WebhookRow.due_at).is_not(None), stuck, WebhookRow.hook == hook
        )
    return {
        about: details | ({"hook": about.partition(" ")[2]} if about.startswith("webhook ") else {})
        for about, details in late.items()
        if details
    }


def _late(session: Session, since: Any, waits: Any, limit: datetime, *also: Any) -> dict[str, Any]:
    """How many wait since before the limit, and since when; nothing when none does."""
    count, oldest = session.exec(select(func.count(), func.min(since)).where(waits, since < limit, *also)).one()
    return {"waiting": count, "oldest_at": oldest.isoformat()} if count else {}


def _digests(session: Session, settings: NoticeSettings, now: datetime) -> dict[str, dict[str, Any]]:
    """By address: the last digest, where it is late or was given up for trouble of the mail server."""
    query = (
        select(NoticeRow)
        .where(NoticeRow.kind == "digest", col(NoticeRow.created_at) > now - _DIGESTS_OF)
        .order_by(col(NoticeRow.id))
    )
    last = {row.to: row for row in session.exec(query)}
    stuck = timedelta(minutes=settings.stuck_minutes)
    return {address: {"address": address} for address, row in last.items() if _has_failed(row, now, stuck)}


def _has_failed(row: NoticeRow, now: datetime, stuck: timedelta) -> bool:
    if row.sent_at is not None:
        return False
    if row.due_at is None:
        return not (row.last_answer or "").startswith("not sent")
    return row.tries > 0 and now - row.created_at > stuck
