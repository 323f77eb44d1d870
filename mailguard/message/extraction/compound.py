"""OLE compound files (MS-CFB): old Word, Excel and PowerPoint, Outlook messages, and whatever else has this shape."""

import io
import struct
from collections.abc import Iterator
from contextlib import closing

import olefile

from mailguard.message.blob import Blob, Descend
from mailguard.message.extraction import excel, outlook, powerpoint, word
from mailguard.message.extraction.blips import read_blips
from mailguard.message.extraction.storage import as_file
from mailguard.message.extraction.text_runs import find_runs
from mailguard.message.gathering import Gathering

_ENCRYPTED = ("EncryptedPackage", "EncryptedSummary", "EncryptionInfo", "\tDRMContent")
_MOST_STREAMS = 2000
_SECTOR_COUNTS = (44, 64, 72)
"""Where the header tells how many sectors each table has (MS-CFB, section 2.2)."""
_NATIVE = "\x01Ole10Native"
_DOCUMENTS = frozenset({"WordDocument", "Workbook", "Book", "PowerPoint Document"})
"""Streams by which a storage within is known as a document of its own."""
_PROGRAM = frozenset({"VBA", "PROJECT"})
_FILE_STARTS = (b"PK\x03\x04", b"%PDF-", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"{\\rtf")


def read_compound(blob: Blob, into: Gathering, descend: Descend) -> None:
    """The words of the document, its properties, and the files that are embedded in it. Raises BudgetSpent."""
    if len(blob.data) < olefile.MINIMAL_OLEFILE_SIZE:
        raise ValueError("cut off")
    if any(512 * struct.unpack_from("<I", blob.data, place)[0] > len(blob.data) for place in _SECTOR_COUNTS):
        raise ValueError("tables larger than their file")
    with closing(olefile.OleFileIO(io.BytesIO(blob.data))) as ole:
        if any(entry and entry.size > len(blob.data) for entry in ole.direntries):
            raise ValueError("a stream larger than its file")  # olefile goes round for as long as it says
        paths = ole.listdir(streams=True, storages=False)
        top = {path[0] for path in ole.listdir(streams=True, storages=True)}
        if len(paths) > _MOST_STREAMS:
            into.unreadable(blob.path, f"the attachment has more than {_MOST_STREAMS} streams")
        if top & set(_ENCRYPTED):
            into.trouble("encrypted", blob.path, "the attachment is a password-protected Office document")
            return
        if outlook.PROPERTIES in top:
            outlook.read_message(ole, (), blob, into, descend)
            return
        if "WordDocument" in top:
            word.read_document(ole, blob, into)
        elif top & {"Workbook", "Book"}:
            excel.read_workbook(ole, blob, into, descend)
        elif "PowerPoint Document" in top:
            powerpoint.read_slides(ole, blob, into, descend)
        elif not top >= _PROGRAM:  # macros of a presentation: code, no words for people
            _read_anything(ole, paths[:_MOST_STREAMS], blob, into)
        into.add(f"{blob.path}#properties", blob.role, "\n".join(_properties(ole)), blob.media_type, blob.file_name)
        read_blips(ole, blob, into, descend)
        for path in paths[:_MOST_STREAMS]:
            _read_embedded(ole, path, blob, into, descend)


def _properties(ole: olefile.OleFileIO) -> Iterator[str]:
    """Title, author, comments (MS-OLEPS); text only."""
    metadata = ole.get_metadata()
    for name in ("title", "subject", "author", "keywords", "comments", "last_saved_by", "category", "company"):
        value = getattr(metadata, name, None)
        if isinstance(value, bytes):
            value = value.decode("utf-8" if metadata.codepage == 65001 else "cp1252", "replace")
        if value:
            yield str(value)


def _read_anything(ole: olefile.OleFileIO, paths: list[list[str]], blob: Blob, into: Gathering) -> None:
    """Text runs of every stream: Publisher, Visio, Works and others write their text as plain characters."""
    texts = []
    for path in paths:
        with ole.openstream(path) as stream:
            texts += find_runs(stream.read())
    into.add(blob.path, blob.role, "\n".join(texts), blob.media_type, blob.file_name)
    into.unread.append(blob.as_unread("ole"))


def _read_embedded(ole: olefile.OleFileIO, path: list[str], blob: Blob, into: Gathering, descend: Descend) -> None:
    """A file within: as it is, or wrapped up as a package (MS-OLEDS, section 2.3.6), or a document as a storage."""
    if len(path) < 2:
        return
    if path[-1] in _DOCUMENTS:
        data = as_file(ole, path[:-1])
        into.meter.expand(len(data))
        descend(blob.inside(into.within(blob.path), data))
        return
    with ole.openstream(path) as stream:
        head = stream.read(8)
        if path[-1] != _NATIVE and not head.startswith(_FILE_STARTS):
            return
        data = head + stream.read()
    name = None
    if path[-1] == _NATIVE:
        name, data = _unwrap(data)
    into.meter.expand(len(data))
    descend(blob.inside(into.within(blob.path), data, name))


def _unwrap(data: bytes) -> tuple[str | None, bytes]:
    """File name and octets of an Ole10Native stream; the whole stream where it is none."""
    try:
        label_end = data.index(b"\0", 6)
        file_end = data.index(b"\0", label_end + 1)
        place = file_end + 1 + 4
        temporary = int.from_bytes(data[place : place + 4], "little")
        place += 4 + temporary
        size = int.from_bytes(data[place : place + 4], "little")
    except ValueError:
        return None, data
    if not 0 < size <= len(data) - place - 4:
        return None, data
    return data[6:label_end].decode("cp1252", "replace"), data[place + 4 : place + 4 + size]
