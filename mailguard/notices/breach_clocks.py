"""Remind of the deadlines of a breach: when a quarter of the time is left, and when it has passed."""

from datetime import datetime

from sqlmodel import Session, col, select

from mailguard.core.person import Person, Role
from mailguard.core.settings import IncidentSettings
from mailguard.incidents.breaches.clocks import Clock, ClockState
from mailguard.incidents.breaches.register import read_breach
from mailguard.incidents.breaches.running import list_watched, watch
from mailguard.store.people import people_in
from mailguard.store.store import Store
from mailguard.store.tables.breaches import BreachClockRow, BreachRow
from mailguard.store.tables.outbox import NoticeRow

BREACH_SOON, BREACH_LATE = "breach_soon", "breach_late"
_READERS = (Role.SUPERVISOR, Role.ADMIN, Role.OPS)


def remind_of_clocks(store: Store, settings: IncidentSettings) -> list[tuple[str, str, str]]:
    """Write to every supervisor, admin and operator, once for each clock and each of the two occasions.

    Once, however many nodes call it and however often; when a fact is mended and the clock runs to another moment, once
    more for that. With nobody to write to it is tried again, for somebody may be added. Gives what was told: number,
    clock, kind of letter. Raises StoreError.
    """
    now = store.clock()
    with store.reading() as session:
        watched = list_watched(session, settings, now)
        told = _told(session, [one.breach.id for one in watched])
    owed = (
        (one.breach.id, clock.name)
        for one in watched
        for clock in one.clocks
        if _occasion(clock, told.get((one.breach.id, clock.name)), now)
    )
    return [(*each, kind) for each in owed if (kind := _remind(store, settings, *each))]


def _remind(store: Store, settings: IncidentSettings, breach_id: str, name: str) -> str | None:
    now = store.clock()
    with store.writing() as session:
        # The lock on the breach puts two nodes in line: the second one sees what the first has told.
        session.get(BreachRow, breach_id, with_for_update=True)
        watched = watch(read_breach(session, breach_id)[0], settings, now)
        clock = next(clock for clock in watched.clocks if clock.name == name)
        row = session.get(BreachClockRow, (breach_id, name)) or BreachClockRow(breach_id=breach_id, name=name)
        readers = _readers(session)
        kind = _occasion(clock, row, now) if watched.next is not None else None
        if kind is None or not readers:
            return None
        if kind == BREACH_LATE:
            row.told_late_at = now
        else:
            row.reminded_at = now
        session.add(row)
        due = clock.due_at.isoformat() if clock.due_at else ""
        details = {"breach": breach_id, "clock": name, "law": clock.law, "due_at": due}
        for person in readers:
            session.add(NoticeRow(kind=kind, to=person.email, details=details, created_at=now, due_at=now))
        audited = {"breach": breach_id, "clock": name, "due_at": due, "to": [person.name for person in readers]}
        store.audit.append(session, kind.replace("_", " "), actor="guard", at=now, details=audited)
    return kind


def _occasion(clock: Clock, told: BreachClockRow | None, now: datetime) -> str | None:
    """What there is to tell of a clock now, and was not told since its moment; None for nothing."""
    if clock.state is ClockState.OVERDUE and clock.due_at is not None:
        return None if _since(told.told_late_at if told else None, clock.due_at) else BREACH_LATE
    if clock.state is ClockState.RUNNING and clock.late_from is not None and now >= clock.late_from:
        return None if _since(told.reminded_at if told else None, clock.late_from) else BREACH_SOON
    return None


def _since(told_at: datetime | None, moment: datetime) -> bool:
    return told_at is not None and told_at >= moment


def _told(session: Session, breach_ids: list[str]) -> dict[tuple[str, str], BreachClockRow]:
    rows = session.exec(select(BreachClockRow).where(col(BreachClockRow.breach_id).in_(breach_ids)))
    return {(row.breach_id, row.name): row for row in rows}


def _readers(session: Session) -> list[Person]:
    people = (person for role in _READERS for person in people_in(session, role))
    return list({person.email: person for person in people if not person.teams}.values())
