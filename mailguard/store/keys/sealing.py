"""Sealed bodies: AES-256-GCM (NIST SP 800-38D), one data key a message, wrapped by a key of the key file."""

import os
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from mailguard.core.errors import StoreError

KEY_BYTES = 32
_NONCE_BYTES = 12


class Purpose(StrEnum):
    """What keys are derived for. Those in `KEPT` outlive their key file's key (see `retired_keys`)."""

    WRAP = "wrap data keys"
    RETIRED = "wrap retired keys"
    AUDIT = "audit chain"
    EVIDENCE = "evidence signature"
    CONFIRMATION = "confirmation letters"
    REPORT = "reader reports"
    SEEDING = "moments of made-up cases"
    TICKET = "tickets of a login"
    FINDING = "tags of findings"


KEPT = (Purpose.AUDIT, Purpose.CONFIRMATION, Purpose.REPORT)


@dataclass(frozen=True, slots=True)
class Sealed:
    """What is stored of a message."""

    key_id: str
    wrapped_key: bytes
    sealed: bytes


class Sealer:
    """One key of the key file: seals and opens bodies, and derives the keys for everything else."""

    def __init__(self, master: bytes) -> None:
        self._master = master
        self._derived: dict[str, bytes] = {}
        self._wrapping = AESGCM(self.derive(Purpose.WRAP))
        self.key_id = sha256(b"mailguard key id" + master).hexdigest()[:16]

    def derive(self, purpose: str) -> bytes:
        """A key for one purpose only (HKDF, RFC 5869)."""
        if purpose not in self._derived:
            derivation = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"mailguard: {purpose}".encode())
            self._derived[purpose] = derivation.derive(self._master)
        return self._derived[purpose]

    def seal(self, body: bytes, *, case_id: str, digest: str) -> Sealed:
        """Encrypt a body so that it opens only for this case and this SHA-256 digest."""
        data_key = AESGCM.generate_key(256)
        bound = _bind(case_id, digest)
        return Sealed(self.key_id, _encrypt(self._wrapping, data_key, bound), _encrypt(AESGCM(data_key), body, bound))

    def open(self, sealed: Sealed, *, case_id: str, digest: str) -> bytes:
        """Decrypt. Raises StoreError when key, case, digest or a single bit is not the one that was sealed."""
        data_key = self.open_key(sealed, case_id=case_id, digest=digest)
        try:
            return _decrypt(AESGCM(data_key), sealed.sealed, _bind(case_id, digest))
        except InvalidTag:
            raise _changed(case_id) from None

    def open_key(self, sealed: Sealed, *, case_id: str, digest: str) -> bytes:
        """The data key alone, to be wrapped by another key. Raises as `open` does."""
        if sealed.key_id != self.key_id:
            raise StoreError(f"case {case_id} is sealed with key {sealed.key_id}, not with {self.key_id}")
        try:
            return _decrypt(self._wrapping, sealed.wrapped_key, _bind(case_id, digest))
        except InvalidTag:
            raise _changed(case_id) from None

    def wrap(self, sealed: Sealed, data_key: bytes, *, case_id: str, digest: str) -> Sealed:
        """The same sealed body with its data key wrapped by this key."""
        wrapped = _encrypt(self._wrapping, data_key, _bind(case_id, digest))
        return replace(sealed, key_id=self.key_id, wrapped_key=wrapped)

    def seal_retired(self, secret: bytes, key_id: str) -> bytes:
        """What is kept of a retired key, bound to its id."""
        return _encrypt(AESGCM(self.derive(Purpose.RETIRED)), secret, key_id.encode())

    def open_retired(self, wrapped: bytes, key_id: str) -> bytes:
        """The other way round. Raises StoreError when a bit or the id was changed."""
        try:
            return _decrypt(AESGCM(self.derive(Purpose.RETIRED)), wrapped, key_id.encode())
        except InvalidTag:
            raise StoreError(f"what is kept of the retired key {key_id} has been changed") from None


def _encrypt(cipher: AESGCM, secret: bytes, bound: bytes) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, secret, bound)


def _decrypt(cipher: AESGCM, sealed: bytes, bound: bytes) -> bytes:
    try:
        return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound)
    except ValueError:  # shorter than a nonce and a tag
        raise InvalidTag from None


def _bind(case_id: str, digest: str) -> bytes:
    return f"{case_id}\0{digest}".encode()


def _changed(case_id: str) -> StoreError:
    return StoreError(f"the sealed body of case {case_id} has been changed")
