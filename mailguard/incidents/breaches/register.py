"""The breach register (GDPR Art. 33(5)): every breach with its facts, effects and remedy, and who wrote what when.

Each act writes its entry (`entries`). Two persons close a breach; a constraint of the database says so too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_
from sqlmodel import Session, col, select

from mailguard.core.errors import (
    AlreadyDecided,
    BadDecision,
    BadFact,
    ChangedMeanwhile,
    NoSuchBreach,
    NotYours,
    StillLacking,
)
from mailguard.core.marking import N_
from mailguard.core.settings import IncidentSettings
from mailguard.incidents.breaches.breach import BreachFacts, BreachState, Origin, change_facts, read_facts, write_facts
from mailguard.incidents.breaches.closing import what_lacks
from mailguard.incidents.breaches.entries import write_act, write_entry
from mailguard.incidents.breaches.numbers import behind, newest_first, next_number
from mailguard.store.store import Store
from mailguard.store.tables.breaches import BreachEntryRow, BreachRow

_MINUTES_AHEAD = timedelta(minutes=5)
"""By which the clock of whoever wrote a time down may be ahead of ours."""
_LAW = IncidentSettings()
_NO_STEP = {
    BreachState.OPEN: N_("breach %(id)s is open, and nobody has asked to close it"),
    BreachState.CLOSING: N_("somebody has asked already to close breach %(id)s"),
    BreachState.CLOSED: N_("breach %(id)s is closed already"),
}


@dataclass(frozen=True, slots=True)
class Breach:
    """One breach as it stands."""

    id: str
    state: BreachState
    origin: Origin
    facts: BreachFacts
    version: int
    opened_at: datetime
    opened_by: str
    case_id: str | None
    report_id: int | None
    closing_by: str | None
    closing_at: datetime | None
    closed_by: str | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class BreachEntry:
    """One act on it."""

    at: datetime
    by: str
    act: str
    changes: Mapping[str, Any]
    """By field, what it was and what it became."""
    note: str


def open_breach(
    session: Session,
    store: Store,
    facts: BreachFacts,
    *,
    origin: Origin,
    by: str,
    at: datetime,
    case_id: str | None = None,
    report_id: int | None = None,
) -> str:
    """Put a breach into the register, inside the caller's transaction; gives its number, `2026-0007`.

    Raises BadDecision for facts that cannot be written down.
    """
    checked = change_facts(facts, write_facts(facts))
    _check_past(checked, write_facts(checked), at)
    # The audit head is locked first: two who open one at the same moment are numbered one after the other.
    store.audit.lock(session)
    row = BreachRow(
        id=next_number(session, at),
        state=BreachState.OPEN,
        origin=origin,
        case_id=case_id,
        report_id=report_id,
        opened_at=at,
        opened_by=by,
        facts=write_facts(checked),
        words=_words(checked),
    )
    changes = {name: [None, value] for name, value in row.facts.items()}
    write_entry(session, store, row, "opened", by, at, changes=changes)
    return row.id


def change_breach(
    session: Session,
    store: Store,
    breach_id: str,
    changes: Mapping[str, Any],
    *,
    version: int,
    by: str,
    at: datetime,
    note: str = "",
) -> Breach:
    """Change some facts, or write a note; `version` is the one that the person has read.

    Raises NoSuchBreach, AlreadyDecided (closed; ChangedMeanwhile by somebody else), BadDecision.
    """
    row = _locked(session, breach_id, version)
    if row.state == BreachState.CLOSED:
        raise AlreadyDecided(N_("breach %(id)s is closed: take it up again first"), id=breach_id)
    before, facts = read_facts(row.facts), change_facts(read_facts(row.facts), changes)
    _check_past(facts, changes, at)
    if before == facts and not note.strip():
        return _breach(row)
    if before != facts:
        # What one person has asked to close is no longer what it was.
        row.state, row.closing_by, row.closing_at = BreachState.OPEN, None, None
    row.facts, row.words = write_facts(facts), _words(facts)
    old = write_facts(before)
    differing = {name for name in {*old, *row.facts} if old.get(name) != row.facts.get(name)}
    told = {name: [old.get(name), row.facts.get(name)] for name in sorted(differing)}
    write_act(session, store, row, "changed", by, at, changes=told, note=note)
    return _breach(row)


def ask_closing(
    session: Session,
    store: Store,
    breach_id: str,
    *,
    version: int,
    by: str,
    at: datetime,
    settings: IncidentSettings = _LAW,
) -> Breach:
    """Say that it can be closed; another person does it.

    `settings` say which clocks must have come to their end. Raises BadDecision naming what is lacking, and as above.
    """
    row = _locked(session, breach_id, version)
    if row.state != BreachState.OPEN:
        raise _no_step(row)
    if lacking := what_lacks(read_facts(row.facts), settings, at):
        raise StillLacking(lacking)
    row.state, row.closing_by, row.closing_at = BreachState.CLOSING, by, at
    write_act(session, store, row, "closing asked", by, at)
    return _breach(row)


def close_breach(session: Session, store: Store, breach_id: str, *, version: int, by: str, at: datetime) -> Breach:
    """Close what another person has asked to close. Raises NotYours for that same person, and as above."""
    row = _locked(session, breach_id, version)
    if row.state != BreachState.CLOSING:
        raise _no_step(row)
    if row.closing_by == by:
        raise NotYours(N_("another person must close what you have asked to close"))
    row.state, row.closed_by, row.closed_at = BreachState.CLOSED, by, at
    write_act(session, store, row, "closed", by, at)
    return _breach(row)


def reopen_breach(
    session: Session, store: Store, breach_id: str, *, version: int, by: str, at: datetime, note: str
) -> Breach:
    """Take it up again, or refuse to close it, with a reason. Raises BadDecision without one, and as above."""
    if not note.strip():
        raise BadDecision("say why it is taken up again")
    row = _locked(session, breach_id, version)
    if row.state == BreachState.OPEN:
        raise _no_step(row)
    row.state = BreachState.OPEN
    row.closing_by = row.closing_at = row.closed_by = row.closed_at = None
    write_act(session, store, row, "taken up again", by, at, note=note)
    return _breach(row)


def read_breach(session: Session, breach_id: str) -> tuple[Breach, tuple[BreachEntry, ...]]:
    """One breach with its entries, oldest first. Raises NoSuchBreach."""
    row = session.get(BreachRow, breach_id)
    if row is None:
        raise NoSuchBreach(f"there is no breach {breach_id} in the register")
    query = select(BreachEntryRow).where(BreachEntryRow.breach_id == breach_id).order_by(col(BreachEntryRow.id))
    entries = tuple(BreachEntry(e.at, e.by, e.act, e.changes, e.note) for e in session.exec(query))
    return _breach(row), entries


def list_breaches(
    session: Session,
    *,
    states: frozenset[BreachState] | None = None,
    query: str = "",
    before: str | None = None,
    limit: int | None = 50,
) -> list[Breach]:
    """Breaches in these states (None: all), newest first; `query` is part of number, case or title, or is one of the
    customers or addresses; the list goes on behind the number `before`."""
    found = select(BreachRow).order_by(*newest_first()).limit(limit)
    if states is not None:
        found = found.where(col(BreachRow.state).in_(sorted(states)))
    if before is not None:
        found = found.where(behind(before))
    if wanted := query.strip():
        ids = (col(BreachRow.id), col(BreachRow.case_id))
        written = col(BreachRow.words).contains(wanted.casefold(), autoescape=True)
        found = found.where(or_(written, *(column.icontains(wanted, autoescape=True) for column in ids)))
    return [_breach(row) for row in session.exec(found)]


def _no_step(row: BreachRow) -> AlreadyDecided:
    return AlreadyDecided(_NO_STEP[BreachState(row.state)], id=row.id)


def _words(facts: BreachFacts) -> str:
    return "\n".join((facts.title, *facts.customers, *facts.addresses)).casefold()


def _locked(session: Session, breach_id: str, version: int) -> BreachRow:
    row = session.get(BreachRow, breach_id, with_for_update=True)
    if row is None:
        raise NoSuchBreach(f"there is no breach {breach_id} in the register")
    if row.version != version:
        raise ChangedMeanwhile("breach %(id)s was changed by somebody else meanwhile: read it again", id=breach_id)
    return row


def _check_past(facts: BreachFacts, changed: Mapping[str, Any], at: datetime) -> None:
    # A clock that ended tomorrow would be met today.
    for name in sorted(changed):
        moment = getattr(facts, name)
        if isinstance(moment, datetime) and moment > at + _MINUTES_AHEAD:
            raise BadFact(name, "this time has not come yet; write down what has happened")


def _breach(row: BreachRow) -> Breach:
    return Breach(
        id=row.id,
        state=BreachState(row.state),
        origin=Origin(row.origin),
        facts=read_facts(row.facts),
        version=row.version,
        opened_at=row.opened_at,
        opened_by=row.opened_by,
        case_id=row.case_id,
        report_id=row.report_id,
        closing_by=row.closing_by,
        closing_at=row.closing_at,
        closed_by=row.closed_by,
        closed_at=row.closed_at,
    )
