"""PowerPoint 97 to 2003 (MS-PPT): the text atoms of slides, notes and masters, in their order, and the documents that
stand in slides."""

import struct
import zlib
from collections.abc import Iterator

import olefile

from mailguard.message.blob import Blob, Descend
from mailguard.message.gathering import Gathering

_TEXT_CHARACTERS, _TEXT_BYTES, _STRING = 0x0FA0, 0x0FA8, 0x0FBA
_ENCRYPTION = 0x2F14
_OBJECT = 0x1011
_COMPOUND = b"\xd0\xcf\x11\xe0"
_CONTAINER = 0x0F
_ENCRYPTED_USER = 0xF3D1C4DF


def read_slides(ole: olefile.OleFileIO, blob: Blob, into: Gathering, descend: Descend) -> None:
    """Add the text of the presentation, and read the documents within. Raises BudgetSpent."""
    if ole.exists("Current User"):
        with ole.openstream("Current User") as stream:
            if stream.read(16)[12:16] == struct.pack("<I", _ENCRYPTED_USER):
                into.trouble("encrypted", blob.path, "the attachment is a password-protected presentation")
                return
    with ole.openstream("PowerPoint Document") as stream:
        data = stream.read()
    texts = []
    objects = []
    for kind, content in _records(data):
        if kind == _ENCRYPTION:
            into.trouble("encrypted", blob.path, "the attachment is a password-protected presentation")
            return
        if kind == _TEXT_BYTES:
            texts.append(content.decode("latin-1"))
        elif kind in (_TEXT_CHARACTERS, _STRING):
            texts.append(content.decode("utf-16-le", "replace"))
        elif kind == _OBJECT:
            objects.append(content)
    text = "\n".join(texts).replace("\r", "\n").replace("\x0b", "\n")
    into.add(blob.path, blob.role, text, blob.media_type, blob.file_name)
    for content in objects:
        document = _unpack(content, into.meter.left_to_expand)
        into.meter.expand(len(document))
        descend(blob.inside(into.within(blob.path), document))


def _unpack(content: bytes, room: int) -> bytes:
    """An object of a slide, as it is or packed (MS-PPT, section 2.10.34 and 2.10.35). Raises zlib.error."""
    if content.startswith(_COMPOUND):
        return content
    return zlib.decompressobj().decompress(content[4:], room + 1)


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
