"""A document that stands in another as a storage (MS-CFB), written as a file of its own, for readers of files."""

import struct
from collections.abc import Sequence

import olefile

_SECTOR, _LONGEST_SHORT = 512, 4096
_FREE, _END, _TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_STREAM, _ROOT = 2, 5
_LISTED = 109
"""Sectors of the allocation table that the header names: 7 MB, larger than what people put into a document."""


def as_file(ole: olefile.OleFileIO, at: Sequence[str]) -> bytes:
    """A compound file of the streams of a storage. Raises ValueError where they are too large."""
    streams = []
    for path in ole.listdir(streams=True, storages=False):
        if path[:-1] == list(at):
            with ole.openstream(path) as stream:
                # Shorter ones would have to stand in a stream of their own; none of their readers minds noughts.
                streams.append((path[-1], stream.read().ljust(_LONGEST_SHORT, b"\0")))
    return _write(sorted(streams, key=lambda one: (len(one[0]), one[0].upper())))


def _write(streams: list[tuple[str, bytes]]) -> bytes:
    """Header, directory, streams, allocation table; the directory is a chain to the right in its prescribed order."""
    table: list[int] = []
    sectors = bytearray()

    def store(data: bytes) -> int:
        start, count = len(table), -(-len(data) // _SECTOR)
        table.extend([*range(start + 1, start + count), _END])
        sectors.extend(data.ljust(count * _SECTOR, b"\0"))
        return start

    entries = [_entry("Root Entry", _ROOT, _FREE, 1 if streams else _FREE, _END, 0)]
    for number, (name, data) in enumerate(streams, 1):
        right = number + 1 if number < len(streams) else _FREE
        entries.append(_entry(name, _STREAM, right, _FREE, store(data), len(data)))
    directory = store(b"".join(entries).ljust(-(-len(entries) // 4) * _SECTOR, b"\0"))
    count = 1
    while len(table) + count > count * _SECTOR // 4:
        count += 1
    if count > _LISTED:
        raise ValueError("too large")
    places = range(len(table), len(table) + count)
    table += [_TABLE] * count
    listed = struct.pack(f"<{len(table)}I", *table).ljust(count * _SECTOR, b"\xff")
    head = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<IIIIIIIII", 0, count, directory, 0, _LONGEST_SHORT, _END, 0, _END, 0)
    return head + struct.pack(f"<{count}I", *places).ljust(4 * _LISTED, b"\xff") + bytes(sectors) + listed


def _entry(name: str, kind: int, right: int, child: int, start: int, size: int) -> bytes:
    written = name.encode("utf-16-le")[:62] + b"\0\0"
    fields = struct.pack("<HBBIII36xIQ", len(written), kind, 1, _FREE, right, child, start, size)
    return written.ljust(64, b"\0") + fields
