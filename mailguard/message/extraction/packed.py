"""Archives besides ZIP: 7z, tar, and the single streams bzip2, xz and zstd."""

import bz2
import io
import lzma
import sys
import tarfile
from typing import Protocol

import py7zr
from py7zr.exceptions import PasswordRequired
from py7zr.io import Py7zIO, WriterFactory

from mailguard.message.blob import Blob, Descend
from mailguard.message.budget import BudgetSpent
from mailguard.message.gathering import Gathering

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_MOST_MEMBERS = 1000
_XZ_MEMORY = 256 * 1024 * 1024


class _Unpacker(Protocol):
    eof: bool
    unused_data: bytes

    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


def read_bzip2(blob: Blob, into: Gathering, descend: Descend) -> None:
    """A bzip2 stream or several after each other. Raises BudgetSpent."""
    _read_stream(blob, into, descend, bz2.BZ2Decompressor, ".bz2")


def read_xz(blob: Blob, into: Gathering, descend: Descend) -> None:
    """An xz stream or several after each other. Raises BudgetSpent."""
    _read_stream(blob, into, descend, lambda: lzma.LZMADecompressor(memlimit=_XZ_MEMORY), ".xz")


def read_zstd(blob: Blob, into: Gathering, descend: Descend) -> None:
    """A Zstandard frame or several after each other. Raises BudgetSpent."""
    _read_stream(blob, into, descend, zstd.ZstdDecompressor, ".zst")


def _read_stream(blob: Blob, into: Gathering, descend: Descend, make: object, ending: str) -> None:
    rest, pieces = blob.data, bytearray()
    room = into.meter.left_to_expand
    while rest.strip(b"\0") and len(pieces) <= room:
        unpacker: _Unpacker = make()  # type: ignore[operator]
        pieces += unpacker.decompress(rest, room + 1 - len(pieces))
        if not unpacker.eof and len(pieces) <= room:
            raise ValueError("cut off")
        rest = unpacker.unused_data
    into.meter.expand(len(pieces))
    name = (blob.file_name or "").removesuffix(ending) or None
    descend(blob.inside(into.within(blob.path), bytes(pieces), name))


def read_tar(blob: Blob, into: Gathering, descend: Descend) -> None:
    """The names of all members, and each file. Raises BudgetSpent."""
    with tarfile.open(fileobj=io.BytesIO(blob.data), mode="r:") as archive:
        members = []
        for member in archive:
            members.append(member)
            if len(members) > _MOST_MEMBERS:
                into.unreadable(blob.path, f"the archive has more than {_MOST_MEMBERS} members")
                break
        # tarfile ends without a word at a header that makes no sense, and other programs read on behind it.
        if len(members) <= _MOST_MEMBERS and blob.data[archive.offset :].strip(b"\0"):
            into.unreadable(blob.path, "the attachment is a broken tar archive")
        names = "\n".join(f"{member.name} {member.linkname}".rstrip() for member in members)
        into.add(f"{blob.path}#names", blob.role, names, "text/plain", blob.file_name)
        for member in members[:_MOST_MEMBERS]:
            stream = archive.extractfile(member) if member.isreg() else None
            if stream is not None:
                data = stream.read(into.meter.left_to_expand + 1)
                into.meter.expand(len(data))
                descend(blob.inside(into.within(blob.path), data, member.name.rpartition("/")[2]))


def read_7z(blob: Blob, into: Gathering, descend: Descend) -> None:
    """The names of all members, and each file. Raises BudgetSpent."""
    members = _Members(into.meter.left_to_expand)
    try:
        with py7zr.SevenZipFile(io.BytesIO(blob.data)) as archive:
            names = archive.getnames()
            into.add(f"{blob.path}#names", blob.role, "\n".join(names), "text/plain", blob.file_name)
            if len(names) > _MOST_MEMBERS:
                into.unreadable(blob.path, f"the archive has more than {_MOST_MEMBERS} members")
                return
            if archive.needs_password():
                raise PasswordRequired("", "")
            # Into memory, by the factory: no name of a member is ever a path of this machine.
            archive.extractall(factory=members)  # noqa: S202
    except PasswordRequired:
        into.trouble("encrypted", blob.path, "the attachment is a password-protected archive")
        return
    except BudgetSpent:
        raise
    except Exception:
        if members.is_full:
            raise BudgetSpent("the message expands to more than can be read") from None
        raise
    for name, member in members.written.items():
        data = member.octets.getvalue()
        into.meter.expand(len(data))
        descend(blob.inside(into.within(blob.path), data, name.rpartition("/")[2]))


class _Members(WriterFactory):
    """Members in memory, together no larger than the room there is."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.written: dict[str, _Member] = {}

    @property
    def is_full(self) -> bool:
        return self.room < 0

    def create(self, filename: str) -> "_Member":
        self.written[filename] = member = _Member(self)
        return member


class _Member(Py7zIO):
    def __init__(self, members: _Members) -> None:
        self._members = members
        self.octets = io.BytesIO()

    def write(self, data: bytes | bytearray) -> int:
        self._members.room -= len(data)
        if self._members.is_full:
            raise ValueError("full")
        return self.octets.write(data)

    def read(self, size: int | None = None) -> bytes:
        return self.octets.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self.octets.seek(offset, whence)

    def flush(self) -> None:
        pass

    def size(self) -> int:
        return self.octets.getbuffer().nbytes
