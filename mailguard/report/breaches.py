"""The breach register at the end of a week: what was open, and its deadlines."""

from datetime import datetime

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, col, func, select

from mailguard.core.settings import IncidentSettings
from mailguard.incidents.breaches.breach import read_facts
from mailguard.incidents.breaches.clocks import Clock, ClockState, clocks_of
from mailguard.report.held import within
from mailguard.report.totals import RunningClock
from mailguard.report.week import Week
from mailguard.store.tables.breaches import BreachRow


def count_opened(session: Session, week: Week) -> int:
    """Breaches that were opened in the week."""
    return session.exec(select(func.count()).where(*within(BreachRow.opened_at, week))).one()


def count_open(session: Session, as_of: datetime) -> int:
    """Breaches that were open at a moment."""
    return session.exec(select(func.count()).where(*_open_at(as_of))).one()


def running_clocks(session: Session, settings: IncidentSettings, as_of: datetime) -> tuple[RunningClock, ...]:
    """The deadlines of the breach register that were running or had passed at a moment, the next one first."""
    running = [
        RunningClock(row.id, clock.name, clock.law, clock.due_at, as_of > clock.due_at)
        for row in session.exec(select(BreachRow).where(*_open_at(as_of)))
        for clock in clocks_of(read_facts(row.facts), settings, as_of)
        if clock.due_at is not None and _runs(clock, as_of)
    ]
    return tuple(sorted(running, key=lambda one: (one.due_at, one.breach, one.clock)))


def _open_at(as_of: datetime) -> tuple[ColumnElement[bool], ...]:
    closed = col(BreachRow.closed_at)
    return col(BreachRow.opened_at) < as_of, or_(closed.is_(None), closed >= as_of)


def _runs(clock: Clock, as_of: datetime) -> bool:
    if clock.met_at is not None and clock.met_at >= as_of:
        # It was met, but later than the week that is told of.
        return clock.starts_at is not None and clock.starts_at < as_of
    return clock.state in (ClockState.RUNNING, ClockState.OVERDUE)
