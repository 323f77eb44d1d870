"""Words in drawings of Windows ([MS-EMF], [MS-EMFPLUS], [MS-WMF]): a table that was pasted into a letter as a picture
is often one, and its texts stand in it as texts."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from mailguard.message.charsets import decode

_EMF_SIGN, _WMF_SIGN = b" EMF", b"\xd7\xcd\xc6\x9a"
_MOST_RECORDS = 200_000
"""They take 60 ms; a drawing of a page has some thousands."""
_TEXT_A, _TEXT_W, _SMALL_TEXT, _TEXTS_A, _TEXTS_W, _COMMENT, _END = 83, 84, 108, 96, 97, 70, 14
_READ = frozenset({_TEXT_A, _TEXT_W, _TEXTS_A, _TEXTS_W, _SMALL_TEXT, _COMMENT})
_BITMAPS = frozenset({76, 77, 78, 79, 80, 81, 114, 116})
_LEAST_BITMAP = 120
"""Octets of a record that only fills an area, as those of bitmaps may do."""
_GLYPHS, _NO_BOUNDS, _NARROW = 0x10, 0x100, 0x200
_PLUS, _PLUS_TEXT, _PLUS_GLYPHS, _PLUS_OBJECT, _PLUS_IMAGE = b"EMF+", 0x401C, 0x4036, 0x4008, 5
_WMF_TEXT, _WMF_EXTENDED = 0x0521, 0x0A32
_WMF_BITMAPS = frozenset({0x0922, 0x0940, 0x0B23, 0x0B41, 0x0D33, 0x0F43})
_CLIPPED = 0x06


@dataclass(slots=True)
class Drawing:
    """What a drawing says."""

    words: str = ""
    """Line by line, what stands apart by TAB."""
    is_whole: bool = False
    """Nothing else in it can hold words: no bitmap, no text by the numbers of its glyphs."""


@dataclass(slots=True)
class _Run:
    text: str
    row: int
    left: int | None
    right: int
    height: int


def words_of(data: bytes) -> Drawing | None:
    """The words of a drawing; None of what is none."""
    if data[40:44] == _EMF_SIGN:
        read = _read_emf
    elif data.startswith(_WMF_SIGN):
        read = _read_wmf
    else:
        return None
    runs: list[_Run] = []
    try:
        is_whole = read(data, runs)
    except struct.error:
        is_whole = False
    words = _join(runs)
    return Drawing(words, is_whole and bool(words.strip()))


def placed(data: bytes) -> bytes:
    """A metafile as [MS-WMF] has it, with the header before it by which files are known."""
    return data if data.startswith(_WMF_SIGN) else _WMF_SIGN + bytes(18) + data


def _read_emf(data: bytes, runs: list[_Run]) -> bool:
    is_whole, place = True, 0
    for _ in range(_MOST_RECORDS):
        if place + 8 > len(data):
            return False
        kind, size = struct.unpack_from("<II", data, place)
        if size < 8:
            return False
        record = data[place : place + size] if kind in _READ else b""
        if kind in (_TEXT_A, _TEXT_W):
            is_whole &= _take_text(record, 36, kind == _TEXT_W, runs)
        elif kind in (_TEXTS_A, _TEXTS_W):
            (count,) = struct.unpack_from("<I", record, 36)
            for index in range(min(count, size // 40)):
                is_whole &= _take_text(record, 40 + 40 * index, kind == _TEXTS_W, runs)
        elif kind == _SMALL_TEXT:
            is_whole &= _take_small_text(record, runs)
        elif kind == _COMMENT and record[12:16] == _PLUS:
            is_whole &= _read_plus(record[16:], runs)
        elif kind in _BITMAPS and size > _LEAST_BITMAP:
            is_whole = False
        elif kind == _END:
            return is_whole
        place += size
    return False


def _take_text(record: bytes, at: int, wide: bool, runs: list[_Run]) -> bool:
    """An EmrText object (section 2.2.5); False where it names glyphs and not letters."""
    _, row, count, start, options = struct.unpack_from("<iiIII", record, at)
    if options & _GLYPHS:
        return False
    octets = record[start : start + count * (2 if wide else 1)]
    left, top, right, bottom = struct.unpack_from("<iiii", record, 8)
    text = octets.decode("utf-16-le", "replace") if wide else decode(octets)
    runs.append(_Run(text, row, left if right >= left else None, right, max(1, bottom - top)))
    return True


def _take_small_text(record: bytes, runs: list[_Run]) -> bool:
    _, row, count, options = struct.unpack_from("<iiII", record, 8)
    if options & _GLYPHS:
        return False
    start = 36 if options & _NO_BOUNDS else 52
    octets = record[start : start + count * (1 if options & _NARROW else 2)]
    runs.append(_Run(decode(octets) if options & _NARROW else octets.decode("utf-16-le", "replace"), row, None, 0, 1))
    return True


def _read_plus(octets: bytes, runs: list[_Run]) -> bool:
    """Records of EMF+ in a comment of EMF, mostly beside the same in EMF."""
    is_whole, place = True, 0
    while place + 12 <= len(octets):
        kind, flags, size, _ = struct.unpack_from("<HHII", octets, place)
        if size < 12:
            return False
        if kind == _PLUS_TEXT:
            (count,) = struct.unpack_from("<I", octets, place + 20)
            text = octets[place + 40 : min(place + size, place + 40 + 2 * count)].decode("utf-16-le", "replace")
            runs.append(_Run(text, -1 - len(runs), None, 0, 1))
        elif kind == _PLUS_GLYPHS or (kind == _PLUS_OBJECT and flags >> 8 & 0x7F == _PLUS_IMAGE):
            is_whole = False
        place += size
    return is_whole


def _read_wmf(data: bytes, runs: list[_Run]) -> bool:
    is_whole, place = True, 40
    for _ in range(_MOST_RECORDS):
        size, kind = struct.unpack_from("<IH", data, place)
        if size < 3:
            return False
        if kind == 0:
            return is_whole
        if kind == _WMF_TEXT:
            (count,) = struct.unpack_from("<H", data, place + 6)
            start = place + 8
            (row,) = struct.unpack_from("<h", data, start + count + count % 2)
            runs.append(_Run(decode(data[start : start + count]), row, None, 0, 1))
        elif kind == _WMF_EXTENDED:
            row, _, count, options = struct.unpack_from("<hhHH", data, place + 6)
            start = place + (22 if options & _CLIPPED else 14)
            runs.append(_Run(decode(data[start : start + count]), row, None, 0, 1))
            is_whole &= not options & _GLYPHS
        elif kind in _WMF_BITMAPS and size * 2 > _LEAST_BITMAP:
            is_whole = False
        place += 2 * size
    return False


def _join(runs: list[_Run]) -> str:
    """Runs of one height are a line, in the order of drawing. A wide gap parts cells, none at all joins a word."""
    return "".join(_pieces(runs))


def _pieces(runs: list[_Run]) -> Iterator[str]:
    before: _Run | None = None
    for run in runs:
        if before is not None:
            if run.row != before.row:
                yield "\n"
            else:
                yield _between(before, run)
        yield run.text
        before = run


def _between(one: _Run, other: _Run) -> str:
    """What parts two runs of one line; without places a TAB, as tables are what is drawn so."""
    if one.left is None or other.left is None or other.left < one.left:
        return "\t"
    gap = other.left - one.right
    if gap > one.height:
        return "\t"
    return " " if 4 * gap > one.height else ""
