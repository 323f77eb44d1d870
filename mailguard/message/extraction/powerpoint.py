"""PowerPoint 97 to 2003 (MS-PPT): the text atoms of slides, notes and masters, in their order."""

import struct
from collections.abc import Iterator

import olefile

from mailguard.message.blob import Blob
from mailguard.message.gathering import Gathering

_TEXT_CHARACTERS, _TEXT_BYTES, _STRING = 0x0FA0, 0x0FA8, 0x0FBA
_ENCRYPTION = 0x2F14
_CONTAINER = 0x0F
_ENCRYPTED_USER = 0xF3D1C4DF


def read_slides(ole: olefile.OleFileIO, blob: Blob, into: Gathering) -> None:
    """Add the text of the presentation."""
    if ole.exists("Current User"):
        with ole.openstream("Current User") as stream:
            if stream.read(16)[12:16] == struct.pack("<I", _ENCRYPTED_USER):
                into.trouble("encrypted", blob.path, "the attachment is a password-protected presentation")
                return
    with ole.openstream("PowerPoint Document") as stream:
        data = stream.read()
    texts = []
    for kind, content in _records(data):
        if kind == _ENCRYPTION:
            into.trouble("encrypted", blob.path, "the attachment is a password-protected presentation")
            return
        if kind == _TEXT_BYTES:
            texts.append(content.decode("latin-1"))
        elif kind in (_TEXT_CHARACTERS, _STRING):
            texts.append(content.decode("utf-16-le", "replace"))
    text = "\n".join(texts).replace("\r", "\n").replace("\x0b", "\n")
    into.add(blob.path, blob.role, text, blob.media_type, blob.file_name)


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Atoms in their order; containers are walked through by stepping over their header only."""
    place = 0
    while place + 8 <= len(data):
        options, kind, size = struct.unpack_from("<HHI", data, place)
        place += 8
        if options & 0x0F == _CONTAINER:
            if kind == _ENCRYPTION:
                yield kind, b""
            continue
        yield kind, data[place : place + size]
        place += size
