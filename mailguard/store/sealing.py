"""Sealed bodies: AES-256-GCM (NIST SP 800-38D), one data key a message, wrapped by the key of the key file."""

import os
import stat
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from mailguard.core.errors import ConfigError, StoreError

_KEY_BYTES = 32
_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class Sealed:
    """What is stored of a message."""

    key_id: str
    wrapped_key: bytes
    sealed: bytes


class Sealer:
    """Seals and opens bodies, and derives the other keys from the one in the key file."""

    def __init__(self, master: bytes) -> None:
        self._master = master
        self._wrapping = AESGCM(self.derive("wrap data keys"))
        self.key_id = sha256(b"mailguard key id" + master).hexdigest()[:16]

    def derive(self, purpose: str) -> bytes:
        """A key for one purpose only (HKDF, RFC 5869)."""
        return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=f"mailguard: {purpose}".encode()).derive(
            self._master
        )

    def seal(self, body: bytes, *, case_id: str, digest: str) -> Sealed:
        """Encrypt a body so that it opens only for this case and this SHA-256 digest."""
        bound = _bind(case_id, digest)
        data_key = AESGCM.generate_key(256)
        nonce, wrap_nonce = os.urandom(_NONCE_BYTES), os.urandom(_NONCE_BYTES)
        sealed = nonce + AESGCM(data_key).encrypt(nonce, body, bound)
        wrapped = wrap_nonce + self._wrapping.encrypt(wrap_nonce, data_key, bound)
        return Sealed(self.key_id, wrapped, sealed)

    def open(self, sealed: Sealed, *, case_id: str, digest: str) -> bytes:
        """Decrypt. Raises StoreError when key, case, digest or a single bit is not the one that was sealed."""
        if sealed.key_id != self.key_id:
            raise StoreError(f"case {case_id} is sealed with key {sealed.key_id}; the key file holds {self.key_id}")
        bound = _bind(case_id, digest)
        try:
            data_key = self._wrapping.decrypt(
                sealed.wrapped_key[:_NONCE_BYTES], sealed.wrapped_key[_NONCE_BYTES:], bound
            )
            return AESGCM(data_key).decrypt(sealed.sealed[:_NONCE_BYTES], sealed.sealed[_NONCE_BYTES:], bound)
        except InvalidTag:
            raise StoreError(f"the sealed body of case {case_id} has been changed") from None


def load_key(file: Path) -> Sealer:
    """The sealer of a key file, made with mode 0600 where it is missing.

    Raises ConfigError when the file is readable by others, has the wrong size or cannot be read.
    """
    try:
        _make_key(file)
        mode = stat.S_IMODE(file.stat().st_mode)
        if mode & 0o077:
            raise ConfigError(file, "store.key_file", f"has mode {mode:04o}: others can read it; run chmod 600 {file}")
        master = file.read_bytes()
    except OSError as error:
        raise ConfigError(file, "store.key_file", f"cannot be read or made: {error.strerror}") from None
    if len(master) != _KEY_BYTES:
        raise ConfigError(file, "store.key_file", f"holds {len(master)} bytes, not {_KEY_BYTES}: it is no key file")
    return Sealer(master)


def _make_key(file: Path) -> None:
    if file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Written beside and linked into place: a crash or a second process starting never leaves or sees half a key.
    draft = file.with_name(f"{file.name}.{os.getpid()}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, os.urandom(_KEY_BYTES))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    try:
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _bind(case_id: str, digest: str) -> bytes:
    return f"{case_id}\0{digest}".encode()
