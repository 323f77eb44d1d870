"""Archives of every kind, and winmail.dat: what is in them is read, what is closed or boundless is held."""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
from collections.abc import Callable

import py7zr
import pytest

from mailguard.core.part import Letter
from mailguard.message.budget import Budget
from mailguard.message.extraction.compressed_rtf import decompress_rtf
from tests.message.writing import LINE, all_text, kinds, text_of, zipped
from tests.support.pdf import lines, write_pdf

Read = Callable[..., Letter]


def _seven(members: dict[str, bytes], password: str | None = None, closed_names: bool = False) -> bytes:
    stream = io.BytesIO()
    with py7zr.SevenZipFile(stream, "w", password=password, header_encryption=closed_names) as archive:
        for name, data in members.items():
            archive.writestr(data, name)
    return stream.getvalue()


def _tar(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return stream.getvalue()


PACKED = {
    "a.7z": _seven({"kansio/a.txt": LINE.encode()}),
    "a.tar": _tar({"kansio/a.txt": LINE.encode()}),
    "a.tar.gz": gzip.compress(_tar({"kansio/a.txt": LINE.encode()})),
    "a.tar.xz": lzma.compress(_tar({"kansio/a.txt": LINE.encode()})),
    "a.txt.bz2": bz2.compress(LINE[:9].encode()) + bz2.compress(LINE[9:].encode()),
    "a.zip": zipped({"b.7z": _seven({"a.txt": LINE.encode()})}),
    "b.zip": zipped({"a.pdf": write_pdf([lines(LINE)])}),
}


@pytest.mark.parametrize("name", PACKED)
def test_archives_are_read(read: Read, name: str) -> None:
    """A text within an archive of any kind, also of one within another, is read."""
    letter = read(name, PACKED[name])
    assert LINE in all_text(letter)
    assert letter.troubles == ()


def test_a_zstandard_stream_is_read(read: Read) -> None:
    """A frame without compression, written by hand (RFC 8878, section 3.1.1)."""
    frame = b"(\xb5/\xfd\x20" + bytes([len(LINE)]) + (len(LINE) << 3 | 1).to_bytes(3, "little") + LINE.encode()
    assert LINE in all_text(read("a.txt.zst", frame))


@pytest.mark.parametrize("closed_names", [False, True])
def test_a_7z_with_a_password_is_encrypted(read: Read, closed_names: bool) -> None:
    """Whether or not the names can be listed."""
    assert kinds(read("a.7z", _seven({"a.txt": b"x"}, password="y", closed_names=closed_names))) == {"encrypted"}


@pytest.mark.parametrize("name", ["a.7z", "a.tar.xz", "a.txt.bz2"])
def test_archives_stop_at_the_budget(read: Read, name: str) -> None:
    """Ten megabytes in a few kilobytes are unpacked no further than the budget allows."""
    packers: dict[str, Callable[[bytes], bytes]] = {
        "a.7z": lambda data: _seven({"a.txt": data}),
        "a.tar.xz": lambda data: lzma.compress(_tar({"a.txt": data})),
        "a.txt.bz2": bz2.compress,
    }
    bomb = packers[name](b" " * 10_000_000)
    letter = read(name, bomb, Budget(expanded=1_000_000))
    assert kinds(letter) == {"unreadable"}
    assert len(all_text(letter)) < 1_100_000


@pytest.mark.parametrize("name", PACKED)
def test_broken_archives_are_held(read: Read, name: str) -> None:
    """Cut in the middle, an archive is trouble."""
    data = PACKED[name].rstrip(b"\0")
    assert kinds(read(name, data[: len(data) // 2])) == {"unreadable"}


def test_too_many_members_are_trouble(read: Read) -> None:
    """A tar of more files than are opened."""
    assert kinds(read("a.tar", _tar({f"{number}": b"" for number in range(1001)}))) == {"unreadable"}


def _attribute(level: int, number: int, data: bytes) -> bytes:
    return struct.pack("<BII", level, number, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def test_winmail_dat_is_read(read: Read) -> None:
    """Subject, body and the attachment of a TNEF container."""
    tnef = struct.pack("<IH", 0x223E9F78, 1)
    tnef += _attribute(1, 0x00089006, struct.pack("<I", 0x10000))
    tnef += _attribute(1, 0x00069007, struct.pack("<II", 1252, 0))
    tnef += _attribute(1, 0x00018004, b"Tilausvahvistus\0")
    tnef += _attribute(1, 0x0002800C, b"Hei\0")
    tnef += _attribute(2, 0x00069002, bytes(14))
    tnef += _attribute(2, 0x00018010, b"sopimus.pdf\0")
    tnef += _attribute(2, 0x0006800F, write_pdf([lines(LINE)]))
    letter = read("winmail.dat", tnef)
    assert text_of(letter, "attachment.2/1") == LINE
    assert "Tilausvahvistus" in all_text(letter)
    assert letter.troubles == ()


def test_a_broken_winmail_dat_is_held(read: Read) -> None:
    """A container that ends within an attribute, or says nothing, is trouble."""
    head = struct.pack("<IH", 0x223E9F78, 1)
    for rest in (b"", bytes(50), _attribute(2, 0x0006800F, LINE.encode())[:-9], b"\xff" * 100):
        assert kinds(read("winmail.dat", head + rest)) == {"unreadable"}


def test_compressed_rtf() -> None:
    """The two examples of MS-OXRTFCP, section 3: a plain one, and one whose reference crosses its own end."""
    packed = "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
    assert decompress_rtf(bytes.fromhex(packed), 1000) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    crossing = "1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0"
    assert decompress_rtf(bytes.fromhex(crossing), 1000) == b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"
