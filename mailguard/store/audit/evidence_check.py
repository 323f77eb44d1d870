"""Check evidence: with the public key alone, and where the store is at hand, against that."""

import json
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from sqlmodel import Session, select

from mailguard.core.errors import InputError
from mailguard.store.audit.chain import Audit
from mailguard.store.audit.digest import chained, same
from mailguard.store.audit.evidence import FORMAT, fingerprint, statement
from mailguard.store.audit.slice import Choice
from mailguard.store.tables.audit import AuditRow

_LONGEST_LINE = 16 * 1024 * 1024

Look = Callable[[dict[str, Any]], str | None]
"""What the store has against an entry; None: nothing."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a file of evidence says of itself, and what is wrong with it."""

    header: dict[str, Any]
    """Its first line; empty when the signature does not fit."""
    entries: int
    problems: tuple[str, ...]
    """None: it is what was exported, whole and in its order."""


def load_public_key(file: Path) -> Ed25519PublicKey:
    """The public key that `audit public-key` printed into a file. Raises InputError for anything else."""
    try:
        key = load_pem_public_key(file.read_bytes())
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}") from None
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise InputError(f"{file} is no Ed25519 public key in PEM: `mailguard audit public-key` prints the guard's")
    return key


def check_evidence(file: Path, key: Ed25519PublicKey, look: Look | None = None) -> Checked:
    """Read a file of evidence to its end, and ask `look` about each entry and about the head.

    Nothing is believed before the signature fits: when it does not, that is the only problem that is told. Raises
    InputError when the file is none of this kind, or cannot be read.
    """
    try:
        with file.open("rb") as opened:
            if (problem := _signature_problem(opened, key)) is not None:
                return Checked({}, 0, (problem,))
            opened.seek(0)
            return _read(opened, look)
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise InputError(f"{file} is no evidence that this version can read") from None


def against_store(audit: Audit, session: Session) -> Look:
    """A look that compares entries with the store: their keyed digests, and what is on record under their numbers."""
    keys = audit.keys.to_check(session.connection())

    def look(entry: dict[str, Any]) -> str | None:
        if entry["key"] not in keys:
            return f"was written with key {entry['key']}, which this store does not know"
        fields = {name: value for name, value in entry.items() if name not in ("digest", "key")}
        if not same(entry["digest"], chained(keys[entry["key"]], **fields)):
            return "was not written by this store: its keyed digest does not fit"
        return _on_record(session, entry["seq"], entry["digest"])

    return look


def head_problem(session: Session, header: dict[str, Any]) -> str | None:
    """Whether the chain on record still leads through what was its end at the export."""
    if not header or not header["head"]["seq"]:
        return None
    return _on_record(session, header["head"]["seq"], header["head"]["digest"])


def _on_record(session: Session, seq: int, digest: str) -> str | None:
    found = session.exec(select(AuditRow.digest).where(AuditRow.seq == seq)).first()
    if found is None:
        return "is no longer on record"
    return None if same(found, digest) else "is another one on record"


def _lines(opened: IO[bytes]) -> Iterator[bytes]:
    while line := opened.readline(_LONGEST_LINE):
        yield line


def _signature_problem(opened: IO[bytes], key: Ed25519PublicKey) -> str | None:
    digest, header, last = sha256(), b"", b""
    for number, line in enumerate(_lines(opened)):
        digest.update(last)
        header, last = (line if number == 0 else header), line
    said = json.loads(header)
    if said["mailguard_evidence"] != FORMAT:
        raise ValueError("another format")
    try:
        key.verify(b64decode(json.loads(last)["signature"]), statement(digest.hexdigest()))
    except (InvalidSignature, ValueError, KeyError, TypeError):
        ours, theirs = fingerprint(key), said["public_key"]
        if ours != theirs:
            return f"it was signed with the public key {str(theirs)[:16]!r}, and the given one is {ours!r}"
        return "the signature does not fit: the file was changed or cut after it was exported"
    return None


def _read(opened: IO[bytes], look: Look | None) -> Checked:
    lines = _lines(opened)
    header: dict[str, Any] = json.loads(next(lines))
    choice, head = Choice.of(header["chosen_by"]), header["head"]
    problems, count, last, end = [], 0, None, {}
    for content in map(json.loads, lines):
        if "signature" in content:
            end = content
            continue
        count += 1
        problem = _order_problem(content, last, head) or (None if choice.fits(content) else "was not chosen")
        problem = problem or (look(content) if look else None)
        if problem is not None:
            problems.append(f"entry {content['seq']} {problem}")
        last = content
    if end.get("entries") != count:
        problems.append(f"it says that it has {end.get('entries')} entries, and has {count}")
    if not header["chain"]["whole"]:
        problems.append(f"the chain was broken when this was exported: {header['chain']['problem']}")
    return Checked(header, count, tuple(problems))


def _order_problem(entry: dict[str, Any], before: dict[str, Any] | None, head: dict[str, Any]) -> str | None:
    if before is not None and entry["seq"] <= before["seq"]:
        return f"stands behind entry {before['seq']}"
    if before is not None and entry["seq"] == before["seq"] + 1 and entry["previous"] != before["digest"]:
        return "does not follow from the entry before it"
    if entry["seq"] > head["seq"] or (entry["seq"] == head["seq"] and entry["digest"] != head["digest"]):
        return "does not lead to the head of the chain"
    return None
