"""Keys of reports: derived from the key file's, and kept when that is exchanged, since letters and words outlive it."""

from sqlmodel import Session

from mailguard.store.keys.retired import retired_keys
from mailguard.store.keys.sealing import Purpose
from mailguard.store.store import Store


def report_key(store: Store) -> bytes:
    """What links and codes are made with, and words sealed, from now on."""
    return store.sealer.derive(Purpose.REPORT)


def report_keys(store: Store, session: Session) -> tuple[bytes, ...]:
    """That one and all before it: a letter may wait in the outbox, and words are read, while keys are rotated."""
    ring = store.sealer
    of_file = (ring.key(key_id).derive(Purpose.REPORT) for key_id in ring.key_ids)
    return (report_key(store), *of_file, *retired_keys(session.connection(), ring, Purpose.REPORT).values())
