"""The registries of attachment readers, keyed by the type that the first octets show.

`READERS` work in this process, by linear code of this package's own. A worker process has those of
`extraction/readers.py` besides. What stands in `PASSED_UNREAD` is listed in `Letter.unread` and is no trouble.
"""

import zlib
from collections.abc import Mapping

from mailguard.message.archives import read_zip
from mailguard.message.blob import Blob, Descend, Reader
from mailguard.message.cms import read_der
from mailguard.message.gathering import Gathering
from mailguard.message.ole import read_ole
from mailguard.message.pdf import read_pdf
from mailguard.message.pictures import read_picture
from mailguard.message.rich_text import read_rich_text
from mailguard.message.texts import read_text

PASSED_UNREAD: Mapping[str, str] = {
    "image": "signatures and product pages carry pictures in half of all mail; `message.ocr` has them read",
    "font": "letter shapes, no words",
    "video": "moving pictures; a sound track alone is a recording, and is held",
    "program": "code, no words for people; other guards look for harm in it",
    "signature": "numbers about another file; S/MIME's pass likewise",
}
"""Types without text for people, and why a message with one is not held for it."""


def _read_gzip(blob: Blob, into: Gathering, descend: Descend) -> None:
    """All members of the file (RFC 1952, section 2.2), which programs join."""
    rest, data = blob.data, bytearray()
    room = into.meter.left_to_expand
    while rest.strip(b"\0") and len(data) <= room:
        unpacker = zlib.decompressobj(wbits=31)
        data += unpacker.decompress(rest, room + 1 - len(data))
        if not unpacker.eof and len(data) <= room:
            raise ValueError("cut off")
        rest = unpacker.unused_data
    into.meter.expand(len(data))
    name = (blob.file_name or "").removesuffix(".gz")
    descend(blob.inside(into.within(blob.path), bytes(data), name or None))


def _is_recording(blob: Blob, into: Gathering, descend: Descend) -> None:
    into.trouble("recording", blob.path, "the attachment is a sound recording")


def _is_encrypted(blob: Blob, into: Gathering, descend: Descend) -> None:
    into.trouble("encrypted", blob.path, "the attachment is encrypted")


def _is_packed(blob: Blob, into: Gathering, descend: Descend) -> None:
    if b"\x06\xf1\x07\x01" in blob.data[-100_000:]:  # 7z's method id of AES-256, in the header at the end of the file
        into.trouble("encrypted", blob.path, "the attachment is a password-protected archive")
    else:
        into.unreadable(blob.path, "the attachment is an archive of a type that is not opened")


def _is_tnef(blob: Blob, into: Gathering, descend: Descend) -> None:
    into.unreadable(blob.path, "the attachment is a winmail.dat container that is not opened")


def _is_database(blob: Blob, into: Gathering, descend: Descend) -> None:
    into.unreadable(blob.path, "the attachment is a database file, which is not opened")


def _is_unknown(blob: Blob, into: Gathering, descend: Descend) -> None:
    into.unread.append(blob.as_unread("unknown"))
    into.unreadable(blob.path, "the attachment is of an unknown binary type")


def _passes_unread(kind: str) -> Reader:
    def read(blob: Blob, into: Gathering, descend: Descend) -> None:
        into.unread.append(blob.as_unread(kind))

    return read


READERS: Mapping[str, Reader] = {
    "text": read_text,
    "zip": read_zip,
    "gzip": _read_gzip,
    "der": read_der,
    "rtf": read_rich_text,
    "ole": read_ole,
    "pdf": read_pdf,
    "audio": _is_recording,
    "encrypted": _is_encrypted,
    "tnef": _is_tnef,
    "database": _is_database,
    "unknown": _is_unknown,
    **dict.fromkeys(("7z", "rar", "bzip2", "xz", "zstd", "cab", "tar"), _is_packed),
    **{kind: _passes_unread(kind) for kind in PASSED_UNREAD},
    "image": read_picture,
}
