"""The keys of the audit chain: those of the key file, and what is kept of the ones that were exchanged."""

from collections.abc import Collection, Mapping
from typing import Protocol

from sqlalchemy.engine import Connection

from mailguard.store.keys.retired import retired_keys
from mailguard.store.keys.ring import KeyRing
from mailguard.store.keys.sealing import Purpose


class AuditKeys(Protocol):
    """Where the chain's keys come from. A key has the id of the key file's key that it was derived from."""

    def to_write(self, key_id: str) -> bytes:
        """The key that the head of the chain names. Raises StoreError when it is not in the key file."""

    def to_check(self, connection: Connection) -> Mapping[str, bytes]:
        """All keys that a part of the chain may be written with. Raises StoreError."""

    def in_file(self) -> Collection[str]:
        """Ids of the key file's keys: the chain can only end under one of these."""


class RingKeys:
    """The chain's keys out of the key file and the table of retired keys."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring

    def to_write(self, key_id: str) -> bytes:
        """As AuditKeys has it; a key that another node has begun to use is read from the file."""
        return self._ring.follow(key_id).derive(Purpose.AUDIT)

    def to_check(self, connection: Connection) -> Mapping[str, bytes]:
        """As AuditKeys has it."""
        of_file = {key_id: self._ring.key(key_id).derive(Purpose.AUDIT) for key_id in self._ring.key_ids}
        return {**retired_keys(connection, self._ring, Purpose.AUDIT), **of_file}

    def in_file(self) -> Collection[str]:
        """As AuditKeys has it."""
        return self._ring.key_ids
