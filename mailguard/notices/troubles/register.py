"""A source of the register that does not come through, and a register that is too old."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import select

from mailguard.core.one_line import one_line
from mailguard.core.settings import RegisterSettings
from mailguard.customers.freshness import freshness
from mailguard.customers.moments import as_utc
from mailguard.customers.tables.sources import SourceRow
from mailguard.notices.troubles.trouble import begin, compare, end
from mailguard.store.store import Store

TROUBLE, WELL = "register_trouble", "register_well"
_ONCE_IN = timedelta(days=1)
_LONGEST_PROBLEM = 500


def tell_trouble(store: Store, to: Sequence[str], source: str, problem: str) -> bool:
    """Write to ops that a sync did not come through: once a source and day, however often it fails, on any node.

    `problem` holds nothing of customers. Gives whether letters were written. Raises StoreError.
    """
    details = _of(store, source) | {"problem": one_line(problem, _LONGEST_PROBLEM)}
    return begin(store, "register", source, to=to, details=details, again=_ONCE_IN)


def tell_well(store: Store, to: Sequence[str], source: str) -> bool:
    """Write the all-clear after a trouble that ops was told of, once. Gives whether letters were written."""
    return end(store, "register", source, to=to, details=_of(store, source))


def tell_age(store: Store, settings: RegisterSettings, to: Sequence[str]) -> None:
    """Tell ops of every source by which the register is older than it may be. Raises StoreError, RegisterError."""
    known, now = freshness(store.engine, settings, store.clock), store.clock()
    compare(
        store,
        "stale",
        {
            source.name: {"source": source.name or None, "last_sync": _since(now, source.age_hours)}
            for source in known.sources
            if source.stale
        },
        to=to,
    )


def _since(now: datetime, hours: float | None) -> str | None:
    return None if hours is None else (now - timedelta(hours=hours)).isoformat()


def _of(store: Store, source: str) -> dict[str, Any]:
    with store.reading() as session:
        synced_at = session.exec(select(SourceRow.synced_at).where(SourceRow.name == source)).first()
    return {"source": source, "last_sync": as_utc(synced_at).isoformat() if synced_at else None}
