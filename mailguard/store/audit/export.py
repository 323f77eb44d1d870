"""Write evidence to a file; that it was written is an entry in the chain, before the file has its name."""

import json
import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from mailguard.core.errors import InputError
from mailguard.store.audit.evidence import evidence_lines
from mailguard.store.audit.slice import Choice
from mailguard.store.audit.walk import Progress
from mailguard.store.store import Store


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    entries: int
    sha256: str
    """Of the file, in hexadecimal; it stands in the chain."""
    broken: str | None
    """What is wrong with the chain, as the file says too; None: it is whole."""


def export_evidence(store: Store, choice: Choice, file: Path, by: str, progress: Progress) -> Exported:
    """Write the chosen entries to a new file with mode 0600. `by` is who exports, for file and chain.

    Raises InputError when nothing fits the choice, the file exists or cannot be written; StoreError as
    `evidence_lines`.
    """
    draft = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            exported = _write(descriptor, store, choice, by, progress)
            if not exported.entries:
                raise InputError("no audit entry fits: nothing was exported")
            _note(store, choice, by, exported)
            os.link(draft, file)  # unlike a rename it does not put the new file in an old one's place
        finally:
            draft.unlink()
    except FileExistsError as error:
        raise InputError(f"{error.filename2 or error.filename} exists: evidence is not written over") from None
    except OSError as error:
        raise InputError(f"{file} cannot be written: {error.strerror}") from None
    return exported


def _write(descriptor: int, store: Store, choice: Choice, by: str, progress: Progress) -> Exported:
    digest = sha256()
    first: dict[str, Any] = {}
    line = ""
    with os.fdopen(descriptor, "wb") as opened, store.reading() as session:
        for line in evidence_lines(store, session, choice, by, progress):
            first = first or json.loads(line)
            digest.update(line.encode())
            opened.write(line.encode())
        opened.flush()
        os.fsync(opened.fileno())
    return Exported(json.loads(line)["entries"], digest.hexdigest(), first["chain"]["problem"])


def _note(store: Store, choice: Choice, by: str, exported: Exported) -> None:
    details = {"by": by, **choice.described(), "entries": exported.entries, "sha256": exported.sha256}
    with store.writing() as session:
        store.audit.append(
            session,
            "evidence exported",
            actor="command line",
            at=store.clock(),
            case_id=choice.cases[0] if len(choice.cases) == 1 else None,
            details=details,
        )
