"""Entries of a breach: each act is one that nobody can change, and an entry in the audit trail, in one transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session

from mailguard.core.errors import BadDecision
from mailguard.store.store import Store
from mailguard.store.tables.breaches import BreachEntryRow, BreachRow

_LONGEST_NOTE = 4000


def write_act(
    session: Session,
    store: Store,
    row: BreachRow,
    act: str,
    by: str,
    at: datetime,
    *,
    changes: Mapping[str, Any] | None = None,
    note: str = "",
) -> None:
    """Write a changed breach with the entry of the act: a new version. Raises BadDecision for a note too long."""
    if len(note) > _LONGEST_NOTE:
        raise BadDecision(
            "the note has %(count)s characters; at most %(most)s are kept", count=len(note), most=_LONGEST_NOTE
        )
    row.version += 1
    write_entry(session, store, row, act, by, at, changes=changes or {}, note=note)


def write_entry(
    session: Session,
    store: Store,
    row: BreachRow,
    act: str,
    by: str,
    at: datetime,
    *,
    changes: Mapping[str, Any],
    note: str = "",
) -> None:
    """Write the breach as it stands, and the entry."""
    session.add(row)
    session.flush()
    session.add(BreachEntryRow(breach_id=row.id, at=at, by=by, act=act, changes=dict(changes), note=note))
    # Which fields, not what is in them: the audit trail is kept longer than the register may be.
    details = {"breach": row.id, "fields": sorted(changes)}
    store.audit.append(session, f"breach {act}", actor=by, at=at, case_id=row.case_id, details=details)
