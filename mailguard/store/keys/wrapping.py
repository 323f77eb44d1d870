"""What is sealed in the database, wrapped anew by another key: letters, and secrets of one-time passwords."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Table, bindparam, func, select, update
from sqlalchemy.engine import Connection, Row
from sqlalchemy.sql import Select

from mailguard.store.keys.sealing import Sealed
from mailguard.store.people.one_time_passwords import bound_to
from mailguard.store.store import Store
from mailguard.store.tables.awaiting import AwaitingRow
from mailguard.store.tables.cases import BodyRow, CaseRow
from mailguard.store.tables.logins import TotpRow

_BATCH = 250
_BODIES: Table = BodyRow.__table__  # type: ignore[attr-defined]
_CASES: Table = CaseRow.__table__  # type: ignore[attr-defined]
_AWAITING: Table = AwaitingRow.__table__  # type: ignore[attr-defined]
_SECRETS: Table = TotpRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class _Kind:
    """A table of sealed things, each with `key_id` and `wrapped_key`."""

    table: Table
    of: Column[Any]
    """What names one of them."""
    rows: Select[Any]
    """`of`, `wrapped_key`, and what it takes to say what one is bound to."""
    bound_to: Callable[[Row[Any]], dict[str, str]]


_KINDS = (
    _Kind(
        _BODIES,
        _BODIES.c.case_id,
        select(_BODIES.c.case_id.label("of"), _BODIES.c.wrapped_key, _CASES.c.sha256).join(
            _CASES, _CASES.c.id == _BODIES.c.case_id
        ),
        lambda row: {"case_id": row.of, "digest": row.sha256},
    ),
    _Kind(
        _AWAITING,
        _AWAITING.c.case_id,
        select(_AWAITING.c.case_id.label("of"), _AWAITING.c.wrapped_key, _AWAITING.c.sha256),
        lambda row: {"case_id": row.of, "digest": row.sha256},
    ),
    _Kind(
        _SECRETS,
        _SECRETS.c.user_id,
        select(_SECRETS.c.user_id.label("of"), _SECRETS.c.wrapped_key),
        lambda row: bound_to(row.of),
    ),
)


def old_keys(connection: Connection, in_use: str) -> list[str]:
    """Ids of the keys, other than the one in use, that something is wrapped by."""
    # DISTINCT walks the index of key ids; `<>` alone would read every body. Without its data key a body has no key id.
    found = {key_id for kind in _KINDS for key_id in connection.scalars(select(kind.table.c.key_id).distinct())}
    return sorted(found - {"", in_use})


def count_old(connection: Connection, in_use: str) -> int:
    """How many things are wrapped by another key than the one in use."""
    queries = (
        select(func.count()).select_from(kind.table).where(kind.table.c.key_id.not_in(("", in_use))) for kind in _KINDS
    )
    return sum(connection.execute(query).scalar_one() for query in queries)


def wrap_some(store: Store, connection: Connection, old: str, new: str) -> int:
    """Wrap a batch of what the old key has wrapped by the new one; gives their number, 0 when another run has them."""
    return next((done for kind in _KINDS if (done := _wrap(store, connection, kind, old, new))), 0)


def _wrap(store: Store, connection: Connection, kind: _Kind, old: str, new: str) -> int:
    query = kind.rows.where(kind.table.c.key_id == old).limit(_BATCH)
    rows = connection.execute(query.with_for_update(of=kind.table, skip_locked=True)).all()
    if rows:
        # Only where it is as it was read: a data key that was destroyed meanwhile does not come back.
        as_read = (kind.of == bindparam("named"), kind.table.c.wrapped_key == bindparam("was"))
        connection.execute(update(kind.table).where(*as_read), [_wrapped(store, kind, row, old, new) for row in rows])
    return len(rows)


def _wrapped(store: Store, kind: _Kind, row: Row[Any], old: str, new: str) -> dict[str, object]:
    fitted = store.sealer.fit(Sealed(old, row.wrapped_key, b""), new, **kind.bound_to(row))
    return {"named": row.of, "was": row.wrapped_key, "wrapped_key": fitted.wrapped_key, "key_id": new}
