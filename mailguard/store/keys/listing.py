"""Every key that this store knows of, and what it is to it."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from mailguard.store.store import Store
from mailguard.store.tables.audit import AuditHeadRow
from mailguard.store.tables.awaiting import AwaitingRow
from mailguard.store.tables.cases import BodyRow
from mailguard.store.tables.nodes import RetiredKeyRow

_HEAD = AuditHeadRow.__table__  # type: ignore[attr-defined]
_BODIES = BodyRow.__table__  # type: ignore[attr-defined]
_AWAITING = AwaitingRow.__table__  # type: ignore[attr-defined]
_RETIRED = RetiredKeyRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class KnownKey:
    """One key, by its id."""

    key_id: str
    state: str
    """`in use`, `prepared` (in the file, never used) or `retired`."""
    in_file: bool
    """Of this machine."""
    bodies: int
    """Held letters, and those that wait to be read, whose data keys it wraps."""
    retired_at: datetime | None


def list_keys(store: Store) -> list[KnownKey]:
    """The key in use, prepared ones, then the retired ones, latest first. Raises StoreError."""
    ring = store.sealer
    with store.reading() as session:
        connection = session.connection()
        in_use: str = connection.execute(select(_HEAD.c.key_id)).scalar_one()
        retired = {row.key_id: row.retired_at for row in connection.execute(select(_RETIRED))}
        bodies: Counter[str] = Counter()
        for table in (_BODIES, _AWAITING):
            counted = select(table.c.key_id, func.count()).group_by(table.c.key_id)
            bodies.update({row[0]: row[1] for row in connection.execute(counted)})
    prepared = [key_id for key_id in ring.key_ids if key_id != in_use and key_id not in retired]
    latest = sorted(retired, key=lambda key_id: retired[key_id], reverse=True)
    states = {in_use: "in use", **dict.fromkeys(prepared, "prepared"), **dict.fromkeys(latest, "retired")}
    return [
        KnownKey(key_id, state, key_id in ring.key_ids, bodies[key_id], retired.get(key_id))
        for key_id, state in states.items()
    ]
