"""Words in drawings of Windows: read as texts whether or not anybody reads pictures."""

import struct

import pytest

from mailguard.message.budget import Budget
from mailguard.message.drawings import words_of
from mailguard.message.read import read_letter
from tests.message.test_pictures import NO_READER, office, rtf
from tests.message.writing import LINE, SECRET, all_text, attachment, letter, mixed

Box = tuple[int, int, int, int]


def emf(*records: bytes, end: bool = True) -> bytes:
    """An enhanced metafile of 15 by 9 cm."""
    head = struct.pack("<II16xiiii", 1, 108, 0, 0, 15_000, 9000) + b" EMF" + bytes(64)
    return head + b"".join(records) + (struct.pack("<II", 14, 20) + bytes(12) if end else b"")


def record(kind: int, body: bytes) -> bytes:
    """A record of EMF, filled up to four octets."""
    body += bytes(-len(body) % 4)
    return struct.pack("<II", kind, 8 + len(body)) + body


def words(text: str, box: Box, wide: bool = True, options: int = 0) -> bytes:
    """A text at a place, as most programs draw it."""
    octets = text.encode("utf-16-le" if wide else "latin-1")
    shown = struct.pack("<iiIII", box[0], box[1], len(text), 76, options) + bytes(20)
    return record(84 if wide else 83, struct.pack("<iiii", *box) + bytes(12) + shown + octets)


def small(text: str, options: int) -> bytes:
    """The short form of it."""
    octets = text.encode("latin-1" if options & 0x200 else "utf-16-le")
    return record(108, struct.pack("<iiIIIff", 0, 0, len(text), options, 1, 1, 1) + octets)


def plus(text: str) -> bytes:
    """A text of EMF+ in a comment."""
    body = struct.pack("<III16x", 0, 0, len(text)) + text.encode("utf-16-le")
    body += bytes(-len(body) % 4)
    octets = struct.pack("<HHII", 0x401C, 0, 12 + len(body), len(body)) + body
    return record(70, struct.pack("<I", 4 + len(octets)) + b"EMF+" + octets)


def wmf(*records: tuple[int, bytes]) -> bytes:
    """A metafile with a place on the page."""
    head = b"\xd7\xcd\xc6\x9a\0\0" + struct.pack("<hhhhH", 0, 0, 600, 400, 96) + bytes(6) + bytes(18)
    return head + b"".join(struct.pack("<IH", 3 + len(body) // 2, kind) + body for kind, body in (*records, (0, b"")))


def _shown(text: str, row: int) -> tuple[int, bytes]:
    octets = text.encode() + bytes(len(text) % 2)
    return 0x0A32, struct.pack("<hhHH", row, 0, len(text), 0) + octets


LEFT, RIGHT, BELOW = (0, 0, 70, 12), (150, 0, 220, 12), (0, 20, 70, 32)
TABLE = emf(words("Salasana", LEFT), words(SECRET, RIGHT), words("Kiitos", BELOW))
BITMAP = record(81, bytes(400))
DRAWINGS = {
    "EMF": TABLE,
    "EMF of 8 bit": emf(words("Salasana", LEFT, wide=False), words(SECRET, RIGHT, wide=False)),
    "EMF, the short form": emf(small(LINE, 0x100)),
    "EMF, the short form of 8 bit": emf(small(LINE, 0x300)),
    "EMF+": emf(plus(LINE)),
    "WMF": wmf(_shown("Salasana", 9), _shown(SECRET, 9)),
    "WMF, the old form": wmf((0x0521, struct.pack("<H", len(LINE)) + LINE.encode() + bytes(4 + len(LINE) % 2))),
}


@pytest.mark.parametrize("name", DRAWINGS)
@pytest.mark.parametrize("pictures", [0, 5])
def test_texts_are_read(name: str, pictures: int) -> None:
    """Attached, in a document, and in rich text where pictures are read; and nothing is left that nobody reads."""
    data = DRAWINGS[name]
    extension = "wmf" if name.startswith("WMF") else "emf"
    letters = [letter(mixed(attachment("a", data))), office(data, f"word/media/image1.{extension}")]
    letters += [rtf(r"{\pict\emfblip ", data.hex(), "}")] if pictures and extension == "emf" else []
    for raw in letters:
        read = read_letter(raw, Budget(pictures=pictures))
        assert LINE in all_text(read)
        assert read.troubles == ()


@pytest.mark.parametrize(
    "data",
    [
        emf(words("Hei", LEFT), BITMAP),
        emf(words("Hei", LEFT), words("\1\2", RIGHT, options=0x10)),
        emf(words("Hei", LEFT), end=False),
        emf(),
        TABLE[:150],
        wmf(_shown("Hei", 9), (0x0F43, bytes(200))),
        wmf(),
    ],
    ids=["bitmap", "glyphs", "no end", "no words", "cut off", "WMF with a bitmap", "WMF without words"],
)
def test_what_may_show_more_is_trouble(data: bytes) -> None:
    """Where pictures are read; elsewhere it passes as all of them do."""
    raw = letter(mixed(attachment("a", data)))
    assert [trouble.text for trouble in read_letter(raw, Budget(pictures=5)).troubles] == [NO_READER]
    assert read_letter(raw).troubles == ()


def test_runs_are_put_together() -> None:
    """Without a gap they are one word, with a small one two, with a wide one two cells; each height is a line."""
    near, beside = (71, 0, 90, 12), (95, 0, 120, 12)
    drawing = words_of(emf(*(words(*run) for run in (("Sala", LEFT), ("sana", near), ("on", beside), ("K", BELOW)))))
    assert drawing is not None
    assert (drawing.words, drawing.is_whole) == ("Salasana on\nK", True)


def test_octets_that_make_no_sense_come_to_an_end() -> None:
    """No record may lead back, nor be longer than it is."""
    for data in (emf(struct.pack("<II", 84, 0)), emf(struct.pack("<II", 84, 8)), emf(struct.pack("<II", 96, 1 << 31))):
        drawing = words_of(data)
        assert drawing is not None
        assert not drawing.is_whole
