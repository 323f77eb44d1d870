"""Pictures that are several: pages of a TIFF file and frames of moving pictures, each of which somebody sees."""

import io
import struct
import zlib
from collections.abc import Callable

import pytest
from PIL import Image, ImageDraw

from mailguard.core.part import Letter
from mailguard.message.budget import Budget
from mailguard.message.extraction.pool import ExtractionPool
from mailguard.message.read import read_letter
from tests.message.extraction.test_tesseract import TEXT, open_tesseract, words_in
from tests.message.writing import attachment, letter, mixed, zipped
from tests.support.pictures import render

Read = Callable[..., Letter]
KEPT = "the picture was not read"


def frame(text: str = "") -> Image.Image:
    """A picture of a text, or white paper."""
    width, height, grey = render(text or TEXT)
    return Image.frombytes("L", (width, height), grey if text else b"\xff" * len(grey))


def boxes(count: int, tall: int = 40) -> list[Image.Image]:
    """Frames, each with a black box at another place."""
    frames = []
    for number in range(count):
        image = Image.new("L", (300, 100), "white")
        ImageDraw.Draw(image).rectangle((10 * number, 10, 10 * number + 60, 10 + tall - 1), fill="black")
        frames.append(image)
    return frames


def saved(kind: str, *frames: Image.Image) -> bytes:
    """One file of them all, in the way that programs write such files: only what changes is in the later ones."""
    stream = io.BytesIO()
    first, *rest = frames
    first.save(stream, kind, save_all=True, append_images=rest, **({"lossless": True} if kind == "WEBP" else {}))
    return stream.getvalue()


MOVING = ("GIF", "PNG", "WEBP")


@pytest.mark.parametrize("kind", [*MOVING, "TIFF"])
def test_words_of_a_later_frame_are_read(kind: str) -> None:
    """White paper first, the words after it."""
    raw = letter(mixed("\nHei\n", attachment("a.bin", saved(kind, frame(), frame(TEXT)))))
    with ExtractionPool() as pool:
        read = read_letter(raw, Budget(pictures=5), pool, open_tesseract())
    assert "Kesaranta77" in words_in(read)
    assert read.troubles == ()


@pytest.mark.parametrize("kind", [*MOVING, "TIFF"])
def test_each_frame_is_a_picture(read: Read, kind: str) -> None:
    """Attached or packed; one more than may be read holds the message."""
    data = saved(kind, *boxes(3))
    for name, file in (("a.bin", data), ("a.zip", zipped({"b.bin": data}))):
        assert [trouble.text for trouble in read(name, file, Budget(pictures=5)).troubles] == [KEPT] * 3
        assert (read(name, file).troubles, len(read(name, file).unread)) == ((), 1)
    texts = {trouble.text for trouble in read("a.bin", data, Budget(pictures=2)).troubles}
    assert texts == {KEPT, "the message has more than 2 pictures to be read"}


def test_frames_that_look_the_same_are_read_once(read: Read) -> None:
    """A picture that blinks has two, and a line that runs through it none of its own."""
    one, other = boxes(2)
    assert len(read("a.gif", saved("GIF", one, other, one, other, one), Budget(pictures=9)).troubles) == 2
    assert len(read("a.gif", saved("GIF", *boxes(6, tall=5)), Budget(pictures=9)).troubles) == 1


@pytest.mark.parametrize("kind", MOVING)
def test_without_a_worker_a_moving_picture_is_trouble(kind: str) -> None:
    """The first frame alone is not the picture."""
    raw = letter(mixed(attachment("a.bin", saved(kind, *boxes(3)))))
    assert [trouble.text for trouble in read_letter(raw, Budget(pictures=5)).troubles] == [
        "the frames of the moving picture were not read"
    ]
    assert read_letter(raw).troubles == ()


@pytest.mark.parametrize("kind", MOVING)
def test_a_broken_moving_picture_is_trouble(read: Read, kind: str) -> None:
    """Cut off within its frames: the others may hold the words."""
    data = saved(kind, *[box.resize((900, 300)) for box in boxes(5)])
    assert "the attachment is a broken image file" in [
        trouble.text for trouble in read("a.bin", data[: len(data) // 2], Budget(pictures=9)).troubles
    ]


def test_an_animation_that_makes_no_sense_is_trouble(read: Read) -> None:
    """Pillow would show the picture for programs that know no animation, which may be another one."""
    data = bytearray(saved("PNG", *boxes(3)))
    place = data.index(b"acTL")
    data[place + 4 : place + 8] = b"\xff" * 4
    data[place + 12 : place + 16] = zlib.crc32(data[place : place + 12]).to_bytes(4, "big")
    assert [trouble.text for trouble in read("a.png", bytes(data), Budget(pictures=9)).troubles] == [
        "the attachment is a broken image file"
    ]


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_chain_of_pages_that_leads_astray_is_trouble(read: Read, order: str) -> None:
    """In a circle each page is read once; to a place outside of the file none is."""
    start = struct.pack(f"{order}2s2xI", b"II" if order == "<" else b"MM", 8)
    start = start[:2] + struct.pack(f"{order}H", 42) + start[4:]
    ring = start + struct.pack(f"{order}HI", 0, 14) + struct.pack(f"{order}HI", 0, 8)
    assert len(read("a.tif", ring, Budget(pictures=9)).troubles) == 2
    astray = start + struct.pack(f"{order}HI", 0, 9999)
    assert [trouble.text for trouble in read("a.tif", astray, Budget(pictures=9)).troubles] == [
        "the picture is too large to be read"
    ]
