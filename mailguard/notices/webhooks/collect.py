"""Write deliveries down: one for each event and each hook that wants it, once over all nodes."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from sqlmodel import Session, col, delete

from mailguard.core.settings import Settings
from mailguard.core.settings.notices import WebhookSettings
from mailguard.notices.following import follow
from mailguard.notices.webhooks.events import EVENTS, describe_event
from mailguard.store.store import Store
from mailguard.store.tables.audit import AuditRow
from mailguard.store.tables.outbox import WebhookRow

GIVE_UP = timedelta(days=1)
"""What happened longer ago is no news; it stands in the desk."""
_KEPT = timedelta(days=30)


def collect(store: Store, settings: Settings) -> int:
    """Write down what has happened since the last call; gives the number of events. Raises StoreError."""
    return sum(collect_for(store, settings, hook) for hook in settings.notices.webhooks)


def collect_for(store: Store, settings: Settings, hook: WebhookSettings) -> int:
    """The same for one hook. One that is new in the configuration begins with what happens from now on."""
    return follow(store, f"webhook {hook.name}", EVENTS, partial(_write, store, hook, settings))


def prune_deliveries(store: Store) -> None:
    """Remove what is a month old, sent or given up. Raises StoreError."""
    with store.writing() as session:
        old = (col(WebhookRow.created_at) < store.clock() - _KEPT, col(WebhookRow.due_at).is_(None))
        session.exec(delete(WebhookRow).where(*old))


def _write(store: Store, hook: WebhookSettings, settings: Settings, session: Session, acts: Sequence[AuditRow]) -> None:
    now = store.clock()
    for act in acts:
        if EVENTS[act.act][0] in hook.events and now - act.at < GIVE_UP:
            body = describe_event(session, act, settings)
            session.add(WebhookRow(hook=hook.name, event=body["event"], body=body, created_at=now, due_at=now))
