"""Pictures in Word, Excel and PowerPoint documents of 1997 to 2003 (MS-ODRAW, section 2.2.23): each is a record that
is found by its header, wherever in a stream it stands."""

import struct
import zlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

import olefile
import re2

from mailguard.message.blob import Blob, Descend
from mailguard.message.drawings import placed
from mailguard.message.gathering import Gathering
from mailguard.message.picture_size import Size
from mailguard.message.pictures import note_drawing, read_words

_STREAMS = ("Data", "Pictures", "WordDocument")
"""Of Word and PowerPoint; in Excel they stand in records of the workbook."""
_EMF, _WMF, _PICT, _JPEG, _PNG, _DIB, _TIFF, _JPEG_CMYK = 0xF01A, 0xF01B, 0xF01C, 0xF01D, 0xF01E, 0xF01F, 0xF029, 0xF02A
_INSTANCES = {
    _EMF: (0x3D4,), _WMF: (0x216,), _PICT: (0x542,), _JPEG: (0x46A, 0x6E2), _PNG: (0x6E0,), _DIB: (0x7A8,),
    _TIFF: (0x6E4,), _JPEG_CMYK: (0x46A, 0x6E2),
}  # fmt: skip
"""An instance with one more has a second digest."""
_DRAWINGS = frozenset({_EMF, _WMF, _PICT})
_HEADERS = {
    struct.pack("<HH", instance + more << 4, kind): (kind, 16 + 16 * more)
    for kind, instances in _INSTANCES.items()
    for instance in instances
    for more in (0, 1)
}
"""The first octets of a record: its type, and the octets of its digests."""
_OCTETS = re2.Options()
_OCTETS.encoding = re2.Options.Encoding.LATIN1
_HEADER = re2.compile("|".join("".join(f"\\x{octet:02x}" for octet in header) for header in _HEADERS).encode(), _OCTETS)
_DRAWN = struct.Struct("<20xii4xBx")
"""Head of a metafile: its size in EMU, of which a pixel at 96 dots an inch has 9,525, and whether it is packed
(section 2.2.31)."""
_PACKED = 0
_EMU_PER_PIXEL = 9525
_MOST = 1000
_GROUP, _BACKGROUND, _CONTINUE = 0x00EB, 0x00E9, 0x003C


def read_blips(ole: olefile.OleFileIO, blob: Blob, into: Gathering, descend: Descend) -> None:
    """Read the pictures of a document or presentation as what they are; only their drawings where nobody reads
    pictures. Raises BudgetSpent."""
    for name in _STREAMS:
        if ole.exists(name):
            with ole.openstream(name) as stream:
                _read_records(stream.read(), blob, into, descend)


def read_workbook_blips(records: Iterable[tuple[int, bytes]], blob: Blob, into: Gathering, descend: Descend) -> None:
    """The same of a workbook (MS-XLS, sections 2.4.19 and 2.4.171), where they go on from record to record."""
    group = bytearray()
    backgrounds: list[bytearray] = []
    taking: bytearray | None = None
    for kind, content in records:
        if kind == _GROUP:
            taking = group
        elif kind == _BACKGROUND:
            taking = bytearray()
            backgrounds.append(taking)
        elif kind != _CONTINUE:
            taking = None
        if taking is not None:
            taking += content
    _read_records(bytes(group), blob, into, descend)
    for each in backgrounds[: _MOST if into.wants_pictures else 0]:
        descend(blob.inside(into.within(blob.path), as_bitmap(bytes(each[8:]))))


def as_bitmap(dib: bytes) -> bytes:
    """A device-independent bitmap (MS-WMF, section 2.2.2.9) as a file. Raises struct.error."""
    (size,) = struct.unpack_from("<I", dib)
    if size == 12:
        (bits,) = struct.unpack_from("<H", dib, 10)
        colours, entry, masks = 0, 3, 0
    else:
        bits, compression, colours = struct.unpack_from("<HI12xI", dib, 14)
        entry, masks = 4, 12 if compression == 3 and size == 40 else 0
    palette = entry * (colours or (1 << bits if bits <= 8 else 0))
    return b"BM" + struct.pack("<IHHI", 14 + len(dib), 0, 0, 14 + size + masks + palette) + dib


def _read_records(data: bytes, blob: Blob, into: Gathering, descend: Descend) -> None:
    place = 0
    known: set[bytes] = set()
    while (found := _HEADER.search(data, place)) and len(known) < _MOST:
        kind, digests = _HEADERS[found.group()]
        start = found.end() + 4
        length = int.from_bytes(data[found.end() : start], "little")
        if not digests < length <= len(data) - start:
            place = found.end()
            continue
        place = start + length
        digest = data[start : start + 16]
        if digest not in known and (into.wants_pictures or kind in _DRAWINGS):
            known.add(digest)
            _read_blip(kind, data[start + digests : place], blob, into, descend)


def _read_blip(kind: int, content: bytes, blob: Blob, into: Gathering, descend: Descend) -> None:
    path = into.within(blob.path)
    if kind in _DRAWINGS:
        _read_drawing(kind, content, blob.inside(path, b""), into)
        return
    data = as_bitmap(content[1:]) if kind == _DIB else content[1:]  # an octet that says nothing stands before it
    into.meter.expand(len(data))
    descend(blob.inside(path, data))


def _read_drawing(kind: int, content: bytes, blob: Blob, into: Gathering) -> None:
    """The texts of a metafile; a trouble where it may show more, and pictures are read."""
    width, height, packed = _DRAWN.unpack_from(content.ljust(_DRAWN.size, b"\0"))
    size = Size(abs(width) // _EMU_PER_PIXEL, abs(height) // _EMU_PER_PIXEL)
    data = content[_DRAWN.size :]
    if packed == _PACKED:
        with suppress(zlib.error):
            data = zlib.decompressobj().decompress(data, into.meter.left_to_expand + 1)
    into.meter.expand(len(data))
    is_whole = read_words(replace(blob, data=placed(data) if kind == _WMF else data), into)
    if into.wants_pictures and not is_whole:
        note_drawing(blob.path, size, into)
