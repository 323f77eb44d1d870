"""A minimal writer of OLE compound files (MS-CFB, version 3): streams by path, storages as they are needed."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

_SECTOR, _SMALL, _CUTOFF = 512, 64, 4096
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


@dataclass
class _Entry:
    name: str
    kind: int
    """1 a storage, 2 a stream, 5 the root."""
    data: bytes = b""
    children: list[int] = field(default_factory=list)
    right: int = _FREE
    start: int = _END


def write_compound_file(streams: Mapping[str, bytes]) -> bytes:
    """A file of streams such as `{"WordDocument": ..., "__attach_1/__substg_1": ...}`."""
    entries = [_Entry("Root Entry", 5)]
    storages: dict[tuple[str, ...], int] = {(): 0}
    for path, data in streams.items():
        *folders, name = path.split("/")
        for depth in range(1, len(folders) + 1):
            key = tuple(folders[:depth])
            if key not in storages:
                storages[key] = _append(entries, storages[key[:-1]], _Entry(key[-1], 1))
        _append(entries, storages[tuple(folders)], _Entry(name, 2, data))
    for entry in entries:  # siblings as a chain to the right, in the order that the format wants
        entry.children.sort(key=lambda index: (len(entries[index].name), entries[index].name.upper()))
        for one, next_one in zip(entry.children, entry.children[1:], strict=False):
            entries[one].right = next_one
    return _lay_out(entries)


def _append(entries: list[_Entry], parent: int, entry: _Entry) -> int:
    entries.append(entry)
    entries[parent].children.append(len(entries) - 1)
    return len(entries) - 1


def _lay_out(entries: list[_Entry]) -> bytes:
    small, small_chain = bytearray(), list[int]()
    sectors, chain = bytearray(), list[int]()
    for entry in entries:
        if entry.kind == 2 and 0 < len(entry.data) < _CUTOFF:
            entry.start = _store(entry.data, small, small_chain, _SMALL)
    entries[0].data = bytes(small)
    for entry in entries:
        if entry.data and (entry.kind == 5 or len(entry.data) >= _CUTOFF):
            entry.start = _store(entry.data, sectors, chain, _SECTOR)
    directory = _store(b"".join(map(_directory_entry, entries)), sectors, chain, _SECTOR)
    small_fat = _store(struct.pack(f"<{len(small_chain)}I", *small_chain), sectors, chain, _SECTOR) if small else _END
    fat_sectors = 1
    while (len(chain) + fat_sectors) * 4 > fat_sectors * _SECTOR:
        fat_sectors += 1
    places = list(range(len(chain), len(chain) + fat_sectors))
    chain += [_FAT] * fat_sectors
    sectors += struct.pack(f"<{len(chain)}I", *chain).ljust(fat_sectors * _SECTOR, b"\xff")
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    count = -(-4 * len(small_chain) // _SECTOR)
    header += struct.pack("<IIIIIIIII", 0, fat_sectors, directory, 0, _CUTOFF, small_fat, count, _END, 0)
    return header + struct.pack(f"<{fat_sectors}I", *places).ljust(436, b"\xff") + bytes(sectors)


def _store(data: bytes, into: bytearray, chain: list[int], size: int) -> int:
    start, count = len(chain), max(1, -(-len(data) // size))
    chain += [*range(start + 1, start + count), _END]
    into += data.ljust(count * size, b"\0")
    return start


def _directory_entry(entry: _Entry) -> bytes:
    name = (entry.name + "\0").encode("utf-16-le")
    child = entry.children[0] if entry.children else _FREE
    return (
        name.ljust(64, b"\0")
        + struct.pack("<HBBIII", len(name), entry.kind, 1, _FREE, entry.right, child)
        + bytes(36)
        + struct.pack("<IQ", entry.start, len(entry.data))
    )
