"""Anchors: one line that says where the audit chain ended at a moment, to be kept where its database cannot reach.

Whoever owns the database can cut the chain's end off and set the head back, and the chain is whole again. It no longer
leads to the anchors that were written before.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlmodel import Session, col, select

from mailguard.store.audit.digest import GENESIS, same
from mailguard.store.audit.walk import KEYS_ROTATED
from mailguard.store.tables.audit import AuditHeadRow, AuditRow

_WORD = "mailguard-audit-anchor"
# Blanks may have become line breaks on a long way: a mail program wraps, and puts "> " before what it quotes.
_GAP = r"\s+(?:>\s*)*"
_ANCHOR = re.compile(
    rf"{_WORD}{_GAP}seq=(?P<seq>[0-9]{{1,18}}){_GAP}digest=(?P<digest>[0-9a-f]{{64}})"
    rf"{_GAP}at=(?P<at>[0-9T:.+-]{{19,32}}){_GAP}key=(?P<key>[0-9a-f]{{16}}|-)"
)
_BEGUN = re.compile(rf"{_WORD}{_GAP}seq=")
_MANY = 500


@dataclass(frozen=True, slots=True)
class Anchor:
    """The last entry of the chain at a moment; number 0 for a chain without entries."""

    seq: int
    digest: str
    at: datetime
    key: str
    """Id of the key that the next entry was to be written with; empty where none was known."""

    def __str__(self) -> str:
        at = self.at.astimezone(UTC).isoformat(timespec="seconds")
        return f"{_WORD} seq={self.seq} digest={self.digest} at={at} key={self.key or '-'}"


@dataclass(frozen=True, slots=True)
class Found:
    """The anchors of a text."""

    anchors: tuple[Anchor, ...]
    """As they stand there, each once."""
    broken: tuple[int, ...]
    """Lines (from 1) where an anchor begins that is none: damaged, or changed."""


def read_anchor(session: Session, at: datetime) -> Anchor:
    """Where the chain ends now, said at the moment `at`."""
    head = session.exec(select(AuditHeadRow)).one()
    return Anchor(head.seq, head.digest, at, head.key_id)


def anchor_of(session: Session, seq: int, at: datetime) -> Anchor | None:
    """An anchor for an earlier end of the chain: what `read_anchor` gave while `seq` was the last entry."""
    digest = session.exec(select(AuditRow.digest).where(AuditRow.seq == seq)).first()
    return None if digest is None else Anchor(seq, digest, at, _key_after(session, seq))


def find_anchors(text: str) -> Found:
    """All anchors in a text of any kind: the anchor file, a log, a mail as it was sent, a saved page."""
    # Quoted-printable, in which reports are mailed, is undone everywhere: no anchor has "=3D" or a bare "=" at an end.
    plain = re.sub(r"=\r?\n", "", text).replace("=3D", "=")
    whole = list(_ANCHOR.finditer(plain))
    anchors: dict[Anchor, None] = {}
    broken = {begun.start() for begun in _BEGUN.finditer(plain)} - {match.start() for match in whole}
    for match in whole:
        try:
            at = datetime.fromisoformat(match["at"])
        except ValueError:
            broken.add(match.start())
            continue
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        anchors[Anchor(int(match["seq"]), match["digest"], at, match["key"].strip("-"))] = None
    return Found(tuple(anchors), tuple(sorted(plain.count("\n", 0, start) + 1 for start in broken)))


def misfits(session: Session, anchors: Sequence[Anchor]) -> list[tuple[Anchor, str]]:
    """The anchors to which the chain does not lead, and why. Whether the chain itself is whole is `Audit.verify`'s."""
    digests: dict[int, str] = {0: GENESIS}
    numbers = sorted({anchor.seq for anchor in anchors})
    for start in range(0, len(numbers), _MANY):
        wanted = numbers[start : start + _MANY]
        digests.update(session.exec(select(AuditRow.seq, AuditRow.digest).where(col(AuditRow.seq).in_(wanted))).all())
    last = session.exec(select(AuditRow.seq).order_by(col(AuditRow.seq).desc())).first() or 0
    found = []
    for anchor in anchors:
        digest = digests.get(anchor.seq)
        if digest is None:
            found.append((anchor, f"entry {anchor.seq} is missing: the chain ends at {last}"))
        elif not same(digest, anchor.digest):
            found.append((anchor, f"entry {anchor.seq} is another one than it was"))
    return found


def _key_after(session: Session, seq: int) -> str:
    """The key that the chain went on with after an entry."""
    exchanges = select(AuditRow.details).where(AuditRow.act == KEYS_ROTATED)
    before = session.exec(exchanges.where(AuditRow.seq <= seq).order_by(col(AuditRow.seq).desc())).first()
    if before is not None:
        return str(before.get("to", ""))
    after = session.exec(exchanges.where(AuditRow.seq > seq).order_by(col(AuditRow.seq))).first()
    return str(after.get("from", "")) if after is not None else session.exec(select(AuditHeadRow.key_id)).one()
