"""What outlives a key of the key file: the keys derived from it that are still asked for, sealed by the key in use.

The key itself is not kept. So once it is out of the key file, what it wrapped opens no more wherever a copy lies: in
a log of the database, in freed pages, in a backup of a letter that has been destroyed since.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Connection

from mailguard.store.keys.ring import KeyRing
from mailguard.store.keys.sealing import KEPT, Purpose, Sealer
from mailguard.store.tables.nodes import RetiredKeyRow

_TABLE = RetiredKeyRow.__table__  # type: ignore[attr-defined]


def retire(connection: Connection, old: Sealer, new: Sealer, at: datetime) -> None:
    """Keep what is still asked for of the `old` key, and of those before it, sealed by the `new` one."""
    for row in connection.execute(select(_TABLE)).all():
        secret = old.open_retired(row.wrapped, row.key_id)
        values = {"wrapped_by": new.key_id, "wrapped": new.seal_retired(secret, row.key_id)}
        connection.execute(update(_TABLE).where(_TABLE.c.key_id == row.key_id).values(**values))
    kept = json.dumps({purpose.value: b64encode(old.derive(purpose)).decode() for purpose in KEPT})
    row_of_old = {
        "key_id": old.key_id,
        "wrapped_by": new.key_id,
        "wrapped": new.seal_retired(kept.encode(), old.key_id),
        "retired_at": at,
    }
    connection.execute(insert(_TABLE).values(row_of_old))


def retired_ids(connection: Connection) -> list[str]:
    """Ids of the keys that were exchanged for others, the first one first."""
    return list(connection.scalars(select(_TABLE.c.key_id).order_by(_TABLE.c.retired_at, _TABLE.c.key_id)))


def retired_keys(connection: Connection, ring: KeyRing, purpose: Purpose) -> Mapping[str, bytes]:
    """Keys for one of the purposes `KEPT` that were derived from retired keys, by the retired key's id, oldest first.

    Raises StoreError when the key that they are sealed by is not in the key file.
    """
    query = select(_TABLE).order_by(_TABLE.c.retired_at, _TABLE.c.key_id)
    found = {}
    for row in connection.execute(query).all():
        kept = json.loads(ring.key(row.wrapped_by).open_retired(row.wrapped, row.key_id))
        # A key that was retired by an older version has not been asked for what came later.
        if purpose.value in kept:
            found[row.key_id] = b64decode(kept[purpose.value])
    return found
