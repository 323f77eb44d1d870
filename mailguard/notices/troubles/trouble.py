"""What all troubles have in common: told once, and remembered until they are over."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from mailguard.core.person import Role
from mailguard.store.people import people_in
from mailguard.store.store import Store
from mailguard.store.tables.nodes import TroubleRow
from mailguard.store.tables.outbox import NoticeRow

TROUBLE, OVER = "trouble", "trouble over"
"""The acts in the audit trail."""


def begin(
    store: Store,
    topic: str,
    about: str = "",
    *,
    to: Sequence[str] = (),
    details: Mapping[str, Any] | None = None,
    again: timedelta | None = None,
) -> bool:
    """Tell ops of a trouble, unless they know. With `again` once in so long, whether it goes on or comes and goes.

    `to` are the readers; none: everybody with the role ops or admin. `details` hold nothing of customers or letters.
    With nobody to tell it is as if it were not told. Gives whether letters were written. Raises StoreError.
    """
    with store.reading() as session:
        if _known(session.get(TroubleRow, (topic, about)), store.clock(), again):
            return False
    with store.writing() as session:
        # Those who see it at one moment come one after the other: the second one finds it told.
        store.audit.lock(session)
        row, now = session.get(TroubleRow, (topic, about)), store.clock()
        readers = list(to) or _ops(session)
        if _known(row, now, again) or not readers:
            return False
        row = row or TroubleRow(topic=topic, about=about, since=now)
        row.since = row.since if row.over_at is None else now
        row.told_at, row.over_at = now, None
        session.add(row)
        _write(session, f"{topic}_trouble", readers, about, details, now)
        told = {"topic": topic, "about": about}
        store.audit.append(session, TROUBLE, actor="guard", at=now, details=told)
    return True


def end(
    store: Store, topic: str, about: str = "", *, to: Sequence[str] = (), details: Mapping[str, Any] | None = None
) -> bool:
    """Write the all-clear for a trouble that ops was told of, once. Gives whether letters were written."""
    with store.reading() as session:
        if not _goes_on(session.get(TroubleRow, (topic, about))):
            return False
    with store.writing() as session:
        store.audit.lock(session)
        row, now = session.get(TroubleRow, (topic, about)), store.clock()
        readers = list(to) or _ops(session)
        if row is None or not _goes_on(row) or not readers:
            return False
        row.over_at = now
        session.add(row)
        _write(session, f"{topic}_well", readers, about, details, now)
        store.audit.append(session, OVER, actor="guard", at=now, details={"topic": topic, "about": about})
    return True


def compare(store: Store, topic: str, found: Mapping[str, Mapping[str, Any]], *, to: Sequence[str] = ()) -> None:
    """Tell of every trouble of the topic that is new, and of every one that is over. `found` is by what it is about."""
    for about, details in found.items():
        begin(store, topic, about, to=to, details=details)
    for about in set(open_troubles(store, topic)) - set(found):
        end(store, topic, about, to=to)


def open_troubles(store: Store, topic: str) -> list[str]:
    """What the troubles are about that ops was told of and that are not over. Raises StoreError."""
    with store.reading() as session:
        going_on = select(TroubleRow.about).where(TroubleRow.topic == topic, col(TroubleRow.over_at).is_(None))
        return sorted(session.exec(going_on))


def _known(row: TroubleRow | None, now: datetime, again: timedelta | None) -> bool:
    return _goes_on(row) if row is None or again is None else now - row.told_at < again


def _goes_on(row: TroubleRow | None) -> bool:
    return row is not None and row.over_at is None


def _ops(session: Session) -> list[str]:
    ops = (person for person in people_in(session) if person.role in (Role.OPS, Role.ADMIN))
    return sorted({person.email for person in ops if not person.teams})


def _write(
    session: Session, kind: str, to: Sequence[str], about: str, details: Mapping[str, Any] | None, now: datetime
) -> None:
    for address in to:
        row = NoticeRow(kind=kind, to=address, details={**(details or {}), "about": about}, created_at=now, due_at=now)
        session.add(row)
