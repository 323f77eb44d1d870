"""Bodies that were sealed just before the keys were rotated."""

from collections.abc import Sequence

from sqlalchemy import bindparam, update
from sqlalchemy.engine import Connection

from mailguard.cases.holding.prepare import PreparedHold
from mailguard.store.keys.sealing import Sealed
from mailguard.store.store import Store
from mailguard.store.tables.cases import BodyRow

_BODIES = BodyRow.__table__  # type: ignore[attr-defined]


def fit_keys(store: Store, connection: Connection, holds: Sequence[PreparedHold], in_use: str) -> None:
    """Wrap what is about to be committed by the key in use, where it was sealed with the one before (`KeyRing.fit`).

    `in_use` is its id, as the audit entries have found it at the head of the chain, which they have locked: nothing is
    in the way of other writers for longer. Raises StoreError when this process cannot get hold of the key in use.
    """
    anew = [_fitted(store, held, in_use) for held in holds if held.body["key_id"] != in_use]
    if anew:
        connection.execute(update(_BODIES).where(_BODIES.c.case_id == bindparam("of")), anew)


def _fitted(store: Store, held: PreparedHold, in_use: str) -> dict[str, object]:
    sealed = Sealed(held.body["key_id"], held.body["wrapped_key"], b"")
    fitted = store.sealer.fit(sealed, in_use, case_id=held.case_id, digest=held.case["sha256"])
    return {"of": held.case_id, "key_id": fitted.key_id, "wrapped_key": fitted.wrapped_key}
