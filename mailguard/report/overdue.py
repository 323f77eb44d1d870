"""A report that is due and did not go out."""

from datetime import datetime, timedelta

from mailguard.core.settings import ReportSettings
from mailguard.report.schedule import due_at, due_weeks
from mailguard.store.store import Store

PATIENCE = timedelta(hours=3)
"""A next hop that is away for an hour is no alarm: the report is tried every minute, or by the hour when refused."""


def overdue_weeks(store: Store, settings: ReportSettings, now: datetime) -> tuple[str, ...]:
    """The weeks whose report should have gone out `PATIENCE` ago and did not, oldest first. Raises StoreError.

    None without `report.to`: then nobody waits for it.
    """
    if not settings.to:
        return ()
    return tuple(week.name for week in due_weeks(store, settings, now) if due_at(week, settings) + PATIENCE <= now)
