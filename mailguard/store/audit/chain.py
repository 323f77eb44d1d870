"""The audit chain: every entry carries a keyed digest over itself and the entry before it.

The keys are derived from the key file, so somebody who can write to the database, but does not have the file, can
neither change an entry nor append one unseen; a cut-off end shows against `audit_head`, and one whose head was set back
with it against an anchor kept elsewhere (`audit_anchor.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection
from sqlmodel import Session, insert, select, update

from mailguard.store.audit.digest import chained, plain
from mailguard.store.audit.keys import AuditKeys
from mailguard.store.audit.walk import KEYS_ROTATED, BadEntry, Progress, Walked, walk
from mailguard.store.tables.audit import AuditHeadRow, AuditRow

_HEADS, _CHAIN = AuditHeadRow.__table__, AuditRow.__table__  # type: ignore[attr-defined]
# Made once: to make them for each act takes longer than to run them.
_HEAD = select(_HEADS.c.seq, _HEADS.c.digest, _HEADS.c.key_id).with_for_update()
_ENTRIES, _MOVE_HEAD = insert(_CHAIN), update(_HEADS)


@dataclass(frozen=True, slots=True)
class Entry:
    """One act, before it has its place in the chain."""

    act: str
    actor: str
    at: datetime
    case_id: str | None = None
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Audit:
    """Writes and checks the chain."""

    keys: AuditKeys

    def append(
        self,
        session: Session,
        act: str,
        *,
        actor: str,
        at: datetime,
        case_id: str | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        """Add an entry inside the caller's transaction: the act and its entry are kept together or not at all."""
        self.append_all(session.connection(), [Entry(act, actor, at, case_id, details or {})])

    def lock(self, session: Session) -> None:
        """Get in line with everybody who writes an entry: what is counted now is counted alone until the commit."""
        session.exec(select(AuditHeadRow.seq).with_for_update()).one()

    def append_all(self, connection: Connection, entries: Sequence[Entry]) -> str:
        """Add entries in their order, with one look at the head and one statement for all of them.

        Gives the id of the key that the head names: the one in use in this transaction, since the head is locked now.
        Raises StoreError when that key is not in the key file: the entries would break the chain.
        """
        head = connection.execute(_HEAD).one()
        if not entries:
            return str(head.key_id)
        key = self.keys.to_write(head.key_id)
        seq, previous, rows = head.seq, head.digest, []
        for entry in entries:
            seq += 1
            details = plain(entry.details)
            digest = chained(key, seq, entry.at, entry.actor, entry.act, entry.case_id, details, previous)
            rows.append(
                {
                    "seq": seq,
                    "at": entry.at,
                    "actor": entry.actor,
                    "act": entry.act,
                    "case_id": entry.case_id,
                    "details": details,
                    "previous": previous,
                    "digest": digest,
                }
            )
            previous = digest
        connection.execute(_ENTRIES, rows)
        connection.execute(_MOVE_HEAD, {"seq": seq, "digest": previous})
        return str(head.key_id)

    def rotate(self, connection: Connection, to: str, *, actor: str, at: datetime) -> None:
        """Write the last entry under the key that the head names; from then on it names `to`.

        Belongs into the transaction that keeps the old key among the retired ones: without it the chain up to here can
        never be checked again.
        """
        key_id = connection.execute(select(AuditHeadRow.key_id).with_for_update()).scalar_one()
        self.append_all(connection, [Entry(KEYS_ROTATED, actor, at, details={"from": key_id, "to": to})])
        connection.execute(update(AuditHeadRow).values(key_id=to))

    def verify(self, session: Session, progress: Progress | None = None) -> tuple[int, BadEntry | None]:
        """Number of entries read, and the first bad one (None: the chain is whole).

        `progress` is called with the entries read and those that there are, every few thousand.
        """
        walked = self.walk(session, progress)
        return walked.entries, walked.bad

    def walk(self, session: Session, progress: Progress | None = None) -> Walked:
        """As `verify`, and also where the chain ends and which key each part of it is written with."""
        connection = session.connection()
        return walk(connection, self.keys.to_check(connection), self.keys.in_file(), progress)
