"""A trace as evidence: one ZIP file that somebody else can check without us.

In it: the trace as JSON and CSV, the audit trail of its cases (itself signed evidence), and a manifest with the SHA-256
of each file. `manifest.sig` is the Ed25519 signature (RFC 8032) over the manifest; the public key is given by another
way (`mailguard audit public-key`).
"""

import csv
import io
import json
import os
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from mailguard import __version__
from mailguard.core.errors import InputError
from mailguard.core.one_line import one_line
from mailguard.incidents.tracing.describe import CSV_HEADER, csv_rows, describe_trace
from mailguard.incidents.tracing.trace import Trace
from mailguard.store.audit.evidence import evidence_lines, fingerprint, signing_key
from mailguard.store.audit.slice import Choice
from mailguard.store.store import Store

_FORMAT = 1
_MANIFEST, _SIGNATURE = "manifest.json", "manifest.sig"
_LARGEST = 512 * 1024 * 1024
"""Octets that a bundle may unpack to when it is checked: a stranger may have made it."""
_README = """\
This is what the journal of a mail guard has about one address, customer or message.

  trace.json, trace.csv   the messages, newest first, and those that wait until their pictures are read; no content
  audit.jsonl             what was done about those that were held or wait (signed by itself; `mailguard audit check`)
  manifest.json           SHA-256 of each file
  manifest.sig            Ed25519 signature over "mailguard bundle 1 sha256 <SHA-256 of manifest.json>" and a line end

Check it with `mailguard audit check FILE --public-key PEM`; PEM is the guard's public key, from whom you trust.
"""


@dataclass(frozen=True, slots=True)
class CheckedBundle:
    """What a bundle says of itself, and what is wrong with it (nothing: it is what was exported)."""

    manifest: Mapping[str, Any]
    problems: tuple[str, ...]


def pack_bundle(store: Store, trace: Trace, by: str) -> bytes:
    """A trace as a bundle. That it was made is an entry in the audit trail, with its digest. Raises StoreError."""
    packed = _pack(store, trace, by)
    details = {
        "wanted": one_line(trace.wanted.value, 254),
        "messages": len(trace.messages),
        "sha256": sha256(packed).hexdigest(),
    }
    with store.writing() as session:
        store.audit.append(session, "trace exported", actor=by, at=store.clock(), details=details)
    return packed


def write_bundle(store: Store, trace: Trace, file: Path, by: str) -> None:
    """Write it into a new file with mode 0600. Raises InputError when the file exists or cannot be written."""
    try:
        with open(file, "xb", opener=_private) as opened:
            opened.write(pack_bundle(store, trace, by))
    except FileExistsError:
        raise InputError(f"{file} exists: evidence is not written over") from None
    except OSError as error:
        raise InputError(f"{file} cannot be written: {error.strerror}") from None


def check_bundle(file: Path, key: Ed25519PublicKey) -> CheckedBundle:
    """Check signature and digests. Raises InputError for what is no bundle."""
    try:
        with ZipFile(file) as bundle:
            if sum(info.file_size for info in bundle.infolist()) > _LARGEST:
                raise InputError(f"{file} unpacks to more than a bundle ever does")
            files = {info.filename: bundle.read(info) for info in bundle.infolist()}
        manifest = json.loads(files.pop(_MANIFEST))
        raw, signature = _canonical(manifest), b64decode(files.pop(_SIGNATURE))
        named = dict(manifest["files"])
    except (BadZipFile, KeyError, ValueError, TypeError, EOFError, NotImplementedError):
        raise InputError(f"{file} is no bundle that this version can read") from None
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}") from None
    try:
        key.verify(signature, _statement(raw))
    except InvalidSignature:
        return CheckedBundle({}, ("the signature does not fit the manifest and the given public key",))
    wrong = [name for name, digest in named.items() if sha256(files.get(name, b"")).hexdigest() != digest]
    more = sorted(files.keys() - named.keys())
    problems = [f"{name} is not what was exported" for name in wrong] + [f"{name} was put in" for name in more]
    return CheckedBundle(manifest, tuple(problems))


def _pack(store: Store, trace: Trace, by: str) -> bytes:
    key, now = signing_key(store), store.clock()
    files = {
        "README.txt": _README.encode(),
        "trace.json": json.dumps(describe_trace(trace), indent=1).encode(),
        "trace.csv": _csv(trace).encode(),
    }
    held = {message.case_id for message in trace.messages if message.case_id}
    cases = tuple(sorted(held | {one.case_id for one in trace.unread}))
    if cases:
        with store.reading() as session:
            lines = evidence_lines(store, session, Choice(cases=cases), by, lambda done, total: None)
            files["audit.jsonl"] = "".join(lines).encode()
    manifest = {
        "mailguard_bundle": _FORMAT,
        "version": __version__,
        "wanted": trace.wanted.value,
        "subject": trace.wanted.subject.value,
        "messages": len(trace.messages),
        "total": trace.total,
        "unread": trace.unread_total,
        "exported_at": now.isoformat(),
        "exported_by": by,
        "public_key": fingerprint(key.public_key()),
        "files": {name: sha256(content).hexdigest() for name, content in files.items()},
    }
    raw = _canonical(manifest)
    files |= {_MANIFEST: raw, _SIGNATURE: b64encode(key.sign(_statement(raw))) + b"\n"}
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as bundle:
        for name, content in files.items():
            bundle.writestr(ZipInfo(name, now.timetuple()[:6]), content)
    return packed.getvalue()


def _csv(trace: Trace) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(CSV_HEADER)
    writer.writerows(csv_rows(trace))
    return text.getvalue()


def _canonical(manifest: Mapping[str, Any]) -> bytes:
    return json.dumps(manifest, sort_keys=True, indent=1, ensure_ascii=True).encode()


def _statement(manifest: bytes) -> bytes:
    # Nothing else that this key signs looks like it.
    return f"mailguard bundle {_FORMAT} sha256 {sha256(manifest).hexdigest()}\n".encode()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)
