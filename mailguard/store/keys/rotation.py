"""Exchange the key of the key file for a new one while guards serve.

Each step leaves a state from which the next run goes on, whenever it is killed: the new key is in the file before the
database names it; one transaction makes it the key in use; what is sealed is wrapped anew in batches
(`store.keys.wrapping`); and only when nothing is left under the old key does that leave the file.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select

from mailguard.core.errors import InputError
from mailguard.store.database.scrubbing import scrub
from mailguard.store.keys.file import alone_with, load_keys, replace_keys
from mailguard.store.keys.retired import retire, retired_ids
from mailguard.store.keys.sealing import KEY_BYTES, Sealer
from mailguard.store.keys.wrapping import count_old, old_keys, wrap_some
from mailguard.store.nodes import list_nodes
from mailguard.store.store import Store
from mailguard.store.tables.audit import AuditHeadRow

_BREATH = 0.01
"""Seconds between batches: holds that wait for the write lock get it."""

_HEAD = AuditHeadRow.__table__  # type: ignore[attr-defined]

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Rotated:
    """What a run has done."""

    key_id: str
    """The key in use now."""
    was_begun: bool
    """It finished an exchange that had been begun, and began none."""
    bodies: int
    """How many were wrapped anew, secrets of one-time passwords among them."""
    dropped: tuple[str, ...]
    """Ids of the keys that left the key file."""


def prepare(store: Store) -> str:
    """Add a new key to the key file without using it, and give its id; one that waits there already is enough.

    For several nodes: the file is copied to all of them before the key is used. Raises ConfigError, StoreError.
    """
    ring = store.sealer
    with alone_with(ring.file):
        ring.read_again()
        waiting = _waiting(store)
        if waiting:
            return waiting[0]
        fresh = os.urandom(KEY_BYTES)
        replace_keys(ring.file, [fresh, *load_keys(ring.file)])
        ring.read_again()
        return Sealer(fresh).key_id


def rotate(store: Store, actor: str, progress: Progress, *, node: str) -> Rotated:
    """Exchange the key in use for the newest of the file, or for one that is made now; or finish what was begun.

    `node` is this machine's name among those that serve. Raises ConfigError when the key file cannot be changed,
    StoreError for trouble of the database, InputError when other nodes serve and no key was prepared for them.
    """
    begun = _is_begun(store)
    if not begun:
        if not _waiting(store):
            _refuse_to_surprise(store, node)
        _exchange(store, prepare(store), actor)
    bodies = _wrap_all(store, progress)
    # Copies of the old wrapped keys in the database's log and freed pages go before the key does.
    scrub(store.engine)
    return Rotated(store.sealer.key_id, begun, bodies, _drop_retired(store))


def _is_begun(store: Store) -> bool:
    """Whether bodies wait to be wrapped anew, or retired keys to leave this machine's file."""
    store.sealer.read_again()
    with store.reading() as session:
        connection = session.connection()
        in_use = connection.execute(select(_HEAD.c.key_id)).scalar_one()
        store.sealer.follow(in_use)
        return bool(old_keys(connection, in_use)) or not set(retired_ids(connection)).isdisjoint(store.sealer.key_ids)


def _waiting(store: Store) -> list[str]:
    """Keys of the file that were prepared and never used, the newest first."""
    with store.reading() as session:
        connection = session.connection()
        used = {connection.execute(select(_HEAD.c.key_id)).scalar_one(), *retired_ids(connection)}
    return [key_id for key_id in store.sealer.key_ids if key_id not in used]


def _refuse_to_surprise(store: Store, node: str) -> None:
    others = [other.name for other in list_nodes(store) if other.is_alive and other.name != node]
    if others:
        raise InputError(
            f"{', '.join(others)} serve on this store too: run `mailguard keys rotate --prepare`, copy the key file to "
            "their machines, then run this again"
        )


def _exchange(store: Store, fresh: str, actor: str) -> None:
    """Make a key of the file the one in use. A run on another machine that came first has done it: then nothing."""
    ring, was = store.sealer, store.sealer.key_id
    with store.writing() as session:
        connection = session.connection()
        if store.key_in_use(connection) != was:
            return
        now = store.clock()
        store.audit.rotate(connection, fresh, actor=actor, at=now)
        retire(connection, ring.key(was), ring.key(fresh), now)
    ring.follow(fresh)


def _wrap_all(store: Store, progress: Progress) -> int:
    """Wrap all data keys by the key in use. Gives their number."""
    done = 0
    with store.reading() as session:
        in_use = session.connection().execute(select(_HEAD.c.key_id)).scalar_one()
        total = count_old(session.connection(), in_use)
    while True:
        with store.writing() as session:
            connection = session.connection()
            old = old_keys(connection, in_use)
            if not old:
                # Who seals something locks the head of the chain before the commit. Once we have had it, all that was
                # wrapped by the old key is there to be seen, and all that comes later is wrapped by the new.
                store.key_in_use(connection)
                old = old_keys(connection, in_use)
            if not old:
                return done
            done += wrap_some(store, connection, old[0], in_use)
        progress(done, max(total, done))
        time.sleep(_BREATH)


def _drop_retired(store: Store) -> tuple[str, ...]:
    ring = store.sealer
    with alone_with(ring.file):
        with store.reading() as session:
            retired = frozenset(retired_ids(session.connection()))
        keys = {Sealer(master).key_id: master for master in load_keys(ring.file)}
        dropped = tuple(key_id for key_id in keys if key_id in retired)
        if dropped:
            replace_keys(ring.file, [master for key_id, master in keys.items() if key_id not in retired])
    ring.read_again()
    return dropped
