"""Messages out of files: .eml, folders, mbox, Maildir, standard input."""

import mailbox
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mailguard.core.errors import InputError

STANDARD_INPUT = "-"


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message and where it was found: `inbox.mbox#3` is the third message of an mbox."""

    path: str
    raw: bytes


def read_messages(path: str) -> Iterator[StoredMessage]:
    """Every message at a path, one after the other. Raises InputError for what cannot be read or is no message."""
    if path == STANDARD_INPUT:
        yield _message(STANDARD_INPUT, sys.stdin.buffer.read())
        return
    place = Path(path)
    try:
        if place.is_dir():
            yield from _read_folder(place)
        else:
            yield from _read_file(place)
    except OSError as error:
        raise InputError(f"{error.filename or place}: cannot be read: {error.strerror}") from None


def _read_folder(folder: Path) -> Iterator[StoredMessage]:
    if (folder / "cur").is_dir() and (folder / "new").is_dir():
        for file in sorted((*folder.glob("new/*"), *folder.glob("cur/*"))):
            yield _message(str(file), file.read_bytes())
        return
    for file in sorted(folder.rglob("*.eml")):
        yield _message(str(file), file.read_bytes())


def _read_file(file: Path) -> Iterator[StoredMessage]:
    with file.open("rb") as opened:
        start = opened.read(5)
    if start != b"From ":
        yield _message(str(file), file.read_bytes())
        return
    box = mailbox.mbox(file, create=False)
    try:
        for number, key in enumerate(box.keys(), start=1):
            yield _message(f"{file}#{number}", box.get_bytes(key))
    finally:
        box.close()


def _message(path: str, raw: bytes) -> StoredMessage:
    if not raw.strip():
        raise InputError(f"{path}: is empty, not a message")
    if b":" not in raw.split(b"\n\n", 1)[0].split(b"\r\n\r\n", 1)[0]:
        raise InputError(f"{path}: has no header field, so it is not a message (RFC 5322)")
    # As at the front door: what is judged has CRLF line endings.
    return StoredMessage(path, raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
