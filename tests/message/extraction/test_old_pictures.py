"""What stands within Word, Excel and PowerPoint documents of 1997 to 2003: pictures, and documents of their own."""

import struct
import zlib
from collections.abc import Callable
from io import BytesIO

import olefile
import pytest
from PIL import Image

from mailguard.core.part import Letter
from mailguard.message.budget import Budget
from mailguard.message.extraction.storage import as_file
from mailguard.message.pictures import write_png
from tests.message.extraction.test_old_office import _excel, _slides, _word
from tests.message.test_drawings import DRAWINGS
from tests.message.writing import LINE, all_text
from tests.support.compound_file import write_compound_file

Read = Callable[..., Letter]
KEPT = "the picture was not read"
NO_READER = "the picture is of a format whose words cannot be read"


def saved(kind: str) -> bytes:
    """A picture of a format."""
    stream = BytesIO()
    Image.new("RGB", (300, 100), "white").save(stream, kind)
    return stream.getvalue()


def blip(kind: int, instance: int, content: bytes, digests: int = 1) -> bytes:
    """A record of MS-ODRAW around a picture, whose first octets tell its digest."""
    digest = zlib.crc32(content).to_bytes(4, "big") * 4
    body = digest * digests + content
    return struct.pack("<HHI", (instance + digests - 1) << 4, kind, len(body)) + body


def metafile(width: int, height: int) -> bytes:
    """The head of a drawing of a size in pixels, and some octets of it."""
    return struct.pack("<I16xiiIBB", 9, width * 9525, height * 9525, 9, 0xFE, 0xFE) + bytes(9)


PNG = write_png(300, 100, bytes(30_000))
BLIPS = {
    "PNG": (blip(0xF01E, 0x6E0, b"\xff" + PNG), KEPT),
    "PNG of two digests": (blip(0xF01E, 0x6E0, b"\xff" + PNG, 2), KEPT),
    "JPEG": (blip(0xF01D, 0x46A, b"\xff" + saved("JPEG")), KEPT),
    "TIFF": (blip(0xF029, 0x6E4, b"\xff" + saved("TIFF")), KEPT),
    "DIB": (blip(0xF01F, 0x7A8, b"\xff" + saved("BMP")[14:]), KEPT),
    "EMF": (blip(0xF01A, 0x3D4, metafile(300, 200)), NO_READER),
    "WMF": (blip(0xF01B, 0x216, metafile(300, 200)), NO_READER),
    "PICT": (blip(0xF01C, 0x542, metafile(300, 200)), NO_READER),
    "a small EMF": (blip(0xF01A, 0x3D4, metafile(60, 60)), None),
    "a small PNG": (blip(0xF01E, 0x6E0, b"\xff" + write_png(20, 20, bytes(400))), None),
}


def in_word(record: bytes) -> bytes:
    """A document with a picture in its stream of data, and twice."""
    with olefile.OleFileIO(BytesIO(_word("Hei"))) as ole:
        streams = {name: ole.openstream(name).read() for name in ("WordDocument", "1Table")}
    return write_compound_file(streams | {"Data": b"\1\2\3" + record + bytes(9) + record})


def in_excel(record: bytes) -> bytes:
    """A workbook whose drawings go on in a second record."""
    half = len(record) // 2
    return _excel((0x00EB, b"\x0f\0\0\xf0" + record[:half]), (0x003C, record[half:]))


def in_powerpoint(record: bytes) -> bytes:
    """A presentation with a stream of pictures."""
    with olefile.OleFileIO(BytesIO(_slides(0x0FA8, b"Hei"))) as ole:
        slides = ole.openstream("PowerPoint Document").read()
    return write_compound_file({"PowerPoint Document": slides, "Pictures": record})


PROGRAMS = {"a.doc": in_word, "a.xls": in_excel, "a.ppt": in_powerpoint}


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("name", BLIPS)
def test_pictures_are_found(read: Read, program: str, name: str) -> None:
    """One of each, or a trouble where nobody reads its format; unread and no trouble where nobody reads pictures."""
    record, expected = BLIPS[name]
    document = PROGRAMS[program](record)
    texts = [trouble.text for trouble in read(program, document, Budget(pictures=9)).troubles]
    assert texts == ([expected] if expected else [])
    off = read(program, document)
    assert (off.troubles, off.unread) == ((), ())


def test_the_background_of_a_sheet_is_found(read: Read) -> None:
    """A bitmap without records around it."""
    rows = struct.pack("<IHHHH", 12, 300, 100, 1, 24) + bytes(300 * 100 * 3)
    octets = struct.pack("<HHI", 9, 1, len(rows)) + rows
    pieces = [(0x003C if start else 0x00E9, octets[start : start + 8000]) for start in range(0, len(octets), 8000)]
    assert [trouble.text for trouble in read("a.xls", _excel(*pieces), Budget(pictures=9)).troubles] == [KEPT]


def test_octets_that_only_begin_like_a_picture_are_none(read: Read) -> None:
    """Such records say how long they are."""
    document = in_word(struct.pack("<HHI", 0x6E00, 0xF01E, 1 << 30))
    assert read("a.doc", document, Budget(pictures=9)).troubles == ()


def test_documents_within_are_read(read: Read) -> None:
    """A table of Excel in a letter of Word and a letter in a table, each as a storage; either in a slide, as a file."""
    for inner, name in ((_excel(), "Workbook"), (_word(LINE), "WordDocument")):
        with olefile.OleFileIO(BytesIO(inner)) as ole:
            streams = {f"ObjectPool/_1/{path[0]}": ole.openstream(path).read() for path in ole.listdir()}
        assert any(path.endswith(name) for path in streams)
        main = struct.pack("<HH6xH", 0xA5EC, 0x00C1, 0) + bytes(0x300)
        letter = read("a.doc", write_compound_file({"WordDocument": main} | streams))
        assert LINE in all_text(letter)
        assert letter.troubles == ()
        for packed in (inner, struct.pack("<I", len(inner)) + zlib.compress(inner)):
            assert LINE in all_text(read("a.ppt", _slides(0x1011, packed)))


def test_a_storage_becomes_a_file() -> None:
    """Every stream of it, long and short, and nothing of what is beside it."""
    long = bytes(range(256)) * 300
    outer = write_compound_file({"a/one": b"1", "a/longer name": long, "a/b/deep": b"2", "two": b"3"})
    with olefile.OleFileIO(BytesIO(outer)) as ole, olefile.OleFileIO(BytesIO(as_file(ole, ["a"]))) as copy:
        assert sorted(copy.listdir()) == [["longer name"], ["one"]]
        assert copy.openstream("longer name").read() == long
        assert copy.openstream("one").read().rstrip(b"\0") == b"1"


@pytest.mark.parametrize("program", PROGRAMS)
def test_texts_of_drawings_are_read(read: Read, program: str) -> None:
    """Whether or not anybody reads pictures, packed or not."""
    for kind, instance, drawing in ((0xF01A, 0x3D4, DRAWINGS["EMF"]), (0xF01B, 0x216, DRAWINGS["WMF"][22:])):
        for packed in (0, 0xFE):
            head = struct.pack("<I16xiiIBB", 9, 300 * 9525, 200 * 9525, 9, packed, 0xFE)
            record = blip(kind, instance, head + (drawing if packed else zlib.compress(drawing)))
            for pictures in (0, 9):
                letter = read(program, PROGRAMS[program](record), Budget(pictures=pictures))
                assert LINE in all_text(letter)
                assert letter.troubles == ()
