"""The keys of the key file, and which of them is in use: the database says so (`audit_head.key_id`), to every node.

Keys are exchanged while guards serve (`rotation`), so a process may meet the id of a key that it has not read yet, in
the head of the audit chain or on a body that another node has sealed. Then it reads its key file again.
"""

from pathlib import Path
from threading import Lock

from mailguard.core.errors import ConfigError, StoreError
from mailguard.store.keys.file import load_keys, stamp_of
from mailguard.store.keys.sealing import Sealed, Sealer


class KeyRing:
    """Seals with the key in use, and opens what any key of the file has sealed. For all threads."""

    def __init__(self, file: Path) -> None:
        """Reads the file. Raises ConfigError."""
        self.file = file
        self._lock = Lock()
        self._stamp: tuple[int, ...] | None = None
        self._keys: dict[str, Sealer] = {}
        self._in_use = ""
        self.read_again()

    @property
    def key_id(self) -> str:
        """The key in use, as this process last heard."""
        return self._in_use

    @property
    def key_ids(self) -> tuple[str, ...]:
        """Every key of the file, the newest first, as last read."""
        return tuple(self._keys)

    def read_again(self) -> None:
        """Read the file, changed or not. Raises ConfigError."""
        with self._lock:
            self._read()

    def follow(self, key_id: str) -> Sealer:
        """The key that the database names; from now on it is the one in use. Raises StoreError as `key` does."""
        found = self.key(key_id)
        self._in_use = key_id
        return found

    def key(self, key_id: str) -> Sealer:
        """A key by its id. Raises StoreError when the key file, read again if it has changed, does not hold it."""
        found = self._keys.get(key_id)
        if found is None:
            with self._lock:
                self._read_if_changed()
                found = self._keys.get(key_id)
        if found is None:
            raise StoreError(
                f"key {key_id} is not in {self.file}: copy the key file from the node where keys were rotated",
                reason="a key is missing",
            )
        return found

    def seal(self, body: bytes, *, case_id: str, digest: str) -> Sealed:
        """Encrypt a body so that it opens only for this case and this SHA-256 digest."""
        return self._keys[self._in_use].seal(body, case_id=case_id, digest=digest)

    def fit(self, sealed: Sealed, key_id: str, *, case_id: str, digest: str) -> Sealed:
        """The same with its data key wrapped by the key `key_id`, if it is not. Raises StoreError.

        A body is sealed before the transaction that keeps it, and keys may be rotated between the two. A rotation
        looks for bodies under the old key, with the head of the audit chain locked, and then forgets that key. So
        whoever writes a body locks the head first (`Store.key_in_use`) and wraps by what stands there: the body is
        either committed before the rotation looks, or wrapped by the new key. To take bodies under any key of the ring
        instead would lose the one that is committed by a slow process just after the old key was forgotten.
        """
        if sealed.key_id == key_id:
            return sealed
        data_key = self.key(sealed.key_id).open_key(sealed, case_id=case_id, digest=digest)
        return self.follow(key_id).wrap(sealed, data_key, case_id=case_id, digest=digest)

    def open(self, sealed: Sealed, *, case_id: str, digest: str) -> bytes:
        """Decrypt. Raises StoreError when key, case, digest or a single bit is not the one that was sealed."""
        return self.key(sealed.key_id).open(sealed, case_id=case_id, digest=digest)

    def derive(self, purpose: str) -> bytes:
        """A key for one purpose only, from the key in use (`Purpose`)."""
        return self._keys[self._in_use].derive(purpose)

    def _read_if_changed(self) -> None:
        if stamp_of(self.file) == self._stamp:
            return
        try:
            self._read()
        except ConfigError as error:
            raise StoreError(str(error), reason="the key file cannot be used") from None

    def _read(self) -> None:
        stamp = stamp_of(self.file)  # before the content: a change between the two is read once more, not missed
        keys = {sealer.key_id: sealer for sealer in map(Sealer, load_keys(self.file))}
        # A key that is in use here stays known though its file has lost it: what is at hand still opens.
        if self._in_use in self._keys:
            keys.setdefault(self._in_use, self._keys[self._in_use])
        self._keys, self._stamp = keys, stamp
