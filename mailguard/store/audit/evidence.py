"""A part of the audit chain as evidence: a file of JSON lines that is signed with Ed25519 (RFC 8032).

First line: what the file is, what was chosen, where the chain ended. Then an entry a line. Last line: the SHA-256 of
all lines before it, and the signature over that. The digests of entries are keyed, and whoever could check them could
forge them; the signature is what a stranger checks, with the public key and nothing else.
"""

import json
from base64 import b64encode
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlmodel import Session

from mailguard import __version__
from mailguard.store.audit.anchor import Anchor, read_anchor
from mailguard.store.audit.digest import moment_text
from mailguard.store.audit.slice import Choice, slice_of
from mailguard.store.audit.walk import Progress, Walked
from mailguard.store.keys.sealing import Purpose
from mailguard.store.store import Store

FORMAT = 1


def signing_key(store: Store) -> Ed25519PrivateKey:
    """The key of this store's evidence, derived from the key in use: an exchange of keys changes it too."""
    return Ed25519PrivateKey.from_private_bytes(store.sealer.derive(Purpose.EVIDENCE))


def public_pem(key: Ed25519PublicKey) -> str:
    """The public key as others read it: PEM of SubjectPublicKeyInfo (RFC 8410)."""
    form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(*form).decode()


def fingerprint(key: Ed25519PublicKey) -> str:
    """16 digits by which people tell public keys apart."""
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return sha256(raw).hexdigest()[:16]


def statement(digest: str) -> bytes:
    """What is signed, for the SHA-256 (hexadecimal) of the lines: nothing else that this key signs looks like it."""
    return f"mailguard evidence {FORMAT} sha256 {digest}\n".encode()


def evidence_lines(store: Store, session: Session, choice: Choice, by: str, progress: Progress) -> Iterator[str]:
    """The file, line by line, after a walk over the whole chain, whose end is told in the first line.

    A chain that is not whole is exported too, and the first line says so. Raises StoreError for a chosen entry that
    is not even readable.
    """
    walked = store.audit.walk(session, progress)
    anchor = _end_of(walked, session, store.clock())
    key = signing_key(store)
    digest = sha256()
    count = 0

    def line(content: dict[str, Any]) -> str:
        # ASCII only: a name cannot turn the text round that stands beside it on somebody's screen.
        text = json.dumps(content, ensure_ascii=True) + "\n"
        digest.update(text.encode())
        return text

    yield line(
        {
            "mailguard_evidence": FORMAT,
            "version": __version__,
            "chosen_by": choice.described(),
            "exported_at": moment_text(anchor.at),
            "exported_by": by,
            "head": {"seq": anchor.seq, "digest": anchor.digest, "key": anchor.key, "anchor": str(anchor)},
            "chain": {
                "whole": walked.bad is None,
                "problem": f"entry {walked.bad.seq} {walked.bad.problem}" if walked.bad else None,
            },
            "public_key": fingerprint(key.public_key()),
        }
    )
    for entry in slice_of(session, choice, anchor.seq):
        count += 1
        yield line(entry | {"key": _key_of(walked, entry["seq"])})
    before = digest.hexdigest()
    yield line({"entries": count, "sha256": before, "signature": b64encode(key.sign(statement(before))).decode()})


def _end_of(walked: Walked, session: Session, at: datetime) -> Anchor:
    # Of a whole chain what was walked over: others may have appended since.
    if walked.bad is not None or not walked.spans:
        return read_anchor(session, at)
    return Anchor(walked.entries, walked.digest, at, walked.spans[-1].key_id)


def _key_of(walked: Walked, seq: int) -> str | None:
    """Which key an entry was written with; None beyond what fits of a broken chain."""
    return next((span.key_id for span in reversed(walked.spans) if span.first <= seq <= walked.entries), None)
