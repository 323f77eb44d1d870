"""Messages out of files: .eml, folders, mbox, Maildir, standard input."""

import mailbox
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path

from mailguard.core.errors import InputError

STANDARD_INPUT = "-"
_MBOX = b"From "


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message that was found, not yet read. `inbox.mbox#3` is the third message of an mbox."""

    path: str
    fetch: Callable[[], bytes]

    def read(self) -> bytes:
        """Its bytes, with CRLF line ends as at the front door. Raises InputError for what is no message."""
        try:
            raw = self.fetch()
        except OSError as error:
            raise InputError(f"{self.path}: cannot be read: {error.strerror}") from None
        if not raw.strip():
            raise InputError(f"{self.path}: is empty, not a message")
        if b":" not in raw.split(b"\n\n", 1)[0].split(b"\r\n\r\n", 1)[0]:
            raise InputError(f"{self.path}: has no header field, so it is not a message (RFC 5322)")
        return raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def find_messages(path: str) -> Iterator[StoredMessage]:
    """Every message at a path, one after the other. Raises InputError when there is none, or nothing can be read."""
    place = Path(path)
    try:
        if path == STANDARD_INPUT:
            found = _in_stream(sys.stdin.buffer.read())
        else:
            found = _in_folder(place) if place.is_dir() else _in_file(place)
        number = 0
        for message in found:
            number += 1
            yield message
    except OSError as error:
        raise InputError(f"{error.filename or place}: cannot be read: {error.strerror}") from None
    if not number:
        raise InputError(f"{path}: there is no message in it (.eml files, Maildir, mbox)")


def _in_folder(folder: Path) -> Iterator[StoredMessage]:
    if (folder / "cur").is_dir() and (folder / "new").is_dir():
        files = sorted((*folder.glob("new/*"), *folder.glob("cur/*")))
    else:
        files = sorted(folder.rglob("*.eml"))
    return (StoredMessage(str(file), file.read_bytes) for file in files)


def _in_file(file: Path) -> Iterator[StoredMessage]:
    with file.open("rb") as opened:
        start = opened.read(len(_MBOX))
    if start != _MBOX:
        return iter((StoredMessage(str(file), file.read_bytes),))
    return _in_mbox(file)


def _in_stream(raw: bytes) -> Iterator[StoredMessage]:
    if raw.startswith(_MBOX):
        # Python reads an mbox from a file only, and a copy in a temporary folder would be letters in the open.
        raise InputError("-: is an mbox; give it as a file")
    return iter((StoredMessage(STANDARD_INPUT, BytesIO(raw).read),))


def _in_mbox(file: Path) -> Iterator[StoredMessage]:
    box = mailbox.mbox(file, create=False)
    try:
        for number, key in enumerate(box.keys(), start=1):
            yield StoredMessage(f"{file}#{number}", partial(box.get_bytes, key))
    finally:
        box.close()
