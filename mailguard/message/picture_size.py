"""How large a picture is, by its header alone: of formats that are read and of those that are not."""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""JPEG's markers that begin a frame and tell its size (ITU-T T.81, table B.1)."""
_MOST_BOXES = 200
_DOTS_PER_INCH = 96
_MM_PER_INCH = 25.4


@dataclass(frozen=True, slots=True)
class Size:
    """In pixels; of drawings without any, at 96 dots an inch."""

    width: int
    height: int


def size_of(data: bytes) -> Size | None:
    """What the header of a picture says; None for other formats and broken headers."""
    for sign, read in _READERS.items():
        if data.startswith(sign):
            try:
                return read(data)
            except (struct.error, ValueError):
                return None
    return None


def _size_of_bitmap(data: bytes) -> Size:
    if data[14:18] == b"\x0c\0\0\0":
        return Size(*struct.unpack_from("<HH", data, 18))
    width, height = struct.unpack_from("<ii", data, 18)
    return Size(abs(width), abs(height))


def _size_of_jpeg(data: bytes) -> Size | None:
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        if data[at + 1] in _FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return Size(width, height)
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return None


def _size_of_webp(data: bytes) -> Size | None:
    """RFC 9649, sections 2.7.1, 3.4 and, for `VP8 `, RFC 6386, section 9.1."""
    kind = data[12:16]
    if kind == b"VP8X":
        return Size(int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1)
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return Size((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return Size(width & 0x3FFF, height & 0x3FFF)
    return None


def _size_of_icon(data: bytes) -> Size | None:
    """The largest of the sizes that it comes in; 0 stands for 256."""
    (count,) = struct.unpack_from("<H", data, 4)
    sizes = [struct.unpack_from("BB", data, 6 + 16 * index) for index in range(count)]
    return Size(*(max((size[side] or 256) for size in sizes) for side in (0, 1))) if sizes else None


def _size_of_drawing(data: bytes) -> Size:
    """An enhanced metafile: its frame, in hundredths of a millimetre ([MS-EMF], section 2.2.9)."""
    left, top, right, bottom = struct.unpack_from("<iiii", data, 24)
    return Size(*(round(abs(length) / 100 / _MM_PER_INCH * _DOTS_PER_INCH) for length in (right - left, bottom - top)))


def _size_of_placed_drawing(data: bytes) -> Size | None:
    """A metafile with a place on the page ([MS-WMF], section 2.3.2.3)."""
    left, top, right, bottom, per_inch = struct.unpack_from("<hhhhH", data, 6)
    if not per_inch:
        return None
    return Size(*(round(abs(length) / per_inch * _DOTS_PER_INCH) for length in (right - left, bottom - top)))


def _size_in_boxes(data: bytes) -> Size | None:
    """HEIC and AVIF: the largest image, as its property `ispe` says (ISO/IEC 23008-12, section 6.5.3)."""
    sizes: list[tuple[int, int]] = []
    at = data.find(b"ispe")
    while at >= 0 and len(sizes) < _MOST_BOXES:
        sizes.append(struct.unpack_from(">II", data, at + 8))
        at = data.find(b"ispe", at + 1)
    return Size(*(max(size[side] for size in sizes) for side in (0, 1))) if sizes else None


_READERS: Mapping[bytes, Callable[[bytes], Size | None]] = {
    b"\x89PNG": lambda data: Size(*struct.unpack_from(">II", data, 16)),
    b"GIF8": lambda data: Size(*struct.unpack_from("<HH", data, 6)),
    b"BM": _size_of_bitmap,
    b"\xff\xd8": _size_of_jpeg,
    b"RIFF": _size_of_webp,
    b"8BPS": lambda data: Size(*reversed(struct.unpack_from(">II", data, 14))),
    b"\x00\x00\x01\x00": _size_of_icon,
    b"\x01\x00\x00\x00": _size_of_drawing,
    b"\xd7\xcd\xc6\x9a": _size_of_placed_drawing,
    b"\x00\x00\x00": _size_in_boxes,
}
"""By the first octets, in this order."""
