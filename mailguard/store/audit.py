"""The audit chain: every entry carries a keyed digest over itself and the entry before it.

The key is derived from the key file, so somebody who can write to the database, but does not have the file, can neither
change an entry nor append one unseen; a cut-off end shows against `audit_head`.
"""

import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from sqlmodel import Session, select

from mailguard.store.tables import AuditHeadRow, AuditRow

GENESIS = "0" * 64
_BATCH = 5000


@dataclass(frozen=True, slots=True)
class BadEntry:
    """The first entry that does not fit, and what is wrong with it."""

    seq: int
    problem: str


@dataclass(frozen=True, slots=True)
class Audit:
    """Writes and checks the chain."""

    key: bytes

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
        head = session.exec(select(AuditHeadRow).where(AuditHeadRow.id == 1).with_for_update()).one()
        row = AuditRow(
            seq=head.seq + 1,
            at=at,
            actor=actor,
            act=act,
            case_id=case_id,
            details=details or {},
            previous=head.digest,
            digest="",
        )
        row.digest = self._digest(row)
        head.seq, head.digest = row.seq, row.digest
        session.add(row)
        session.add(head)

    def verify(self, session: Session) -> tuple[int, BadEntry | None]:
        """Number of entries read, and the first bad one (None: the chain is whole)."""
        expected, previous = 1, GENESIS
        for row in self._entries(session):
            if row.seq != expected:
                return expected - 1, BadEntry(expected, f"is missing (the next one on record is {row.seq})")
            if not _same(row.previous, previous):
                return row.seq, BadEntry(row.seq, "does not follow from the entry before it")
            if not _same(row.digest, self._digest(row)):
                return row.seq, BadEntry(row.seq, "has been changed")
            expected, previous = row.seq + 1, row.digest
        head = session.get(AuditHeadRow, 1)
        if head is None:
            return expected - 1, BadEntry(expected, "the head of the chain is missing")
        if head.seq != expected - 1 or not _same(head.digest, previous):
            return expected - 1, BadEntry(expected, f"is missing (the head of the chain says {head.seq} entries)")
        return expected - 1, None

    def _digest(self, row: AuditRow) -> str:
        fields = [
            row.seq,
            row.at.astimezone(UTC).isoformat(timespec="microseconds"),
            row.actor,
            row.act,
            row.case_id,
            row.details,
            row.previous,
        ]
        canonical = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hmac.new(self.key, canonical.encode(), sha256).hexdigest()

    @staticmethod
    def _entries(session: Session) -> Iterator[AuditRow]:
        last = -(1 << 62)  # a forged entry may have a number below 1
        while True:
            query = select(AuditRow).where(AuditRow.seq > last).order_by(AuditRow.seq).limit(_BATCH)  # type: ignore[arg-type]
            batch = session.exec(query).all()
            if not batch:
                return
            yield from batch
            last = batch[-1].seq
            session.expunge_all()


def _same(one: str, other: str) -> bool:
    # As bytes: compare_digest refuses text beyond ASCII, and a tampered digest may be anything.
    return hmac.compare_digest(one.encode(), other.encode())
