"""Pictures that may have words in them: which are read, and which cannot hold any."""

import struct
import zlib
from collections.abc import Callable, Iterable

from mailguard.core.part import PartRole
from mailguard.message.blob import Blob, Descend
from mailguard.message.drawings import words_of
from mailguard.message.frames import TooManyPages, is_moving, pages_of
from mailguard.message.gathering import Gathering, Picture
from mailguard.message.picture_size import Size, size_of
from mailguard.message.tabbed import add_words

MOST_PIXELS = 40_000_000
"""A page of A3 scanned at 400 dpi has 31 million; beyond, a few kB unpack to gigabytes."""
MOST_OCTETS = 32 * 1024 * 1024
LEAST_WIDTH, LEAST_HEIGHT = 40, 10
"""Smaller ones hold no line of text: dots that count readers, rulers, icons."""
_ICON = 64
"""Pixels of a square that holds a sign and no words, where these could not be read anyway."""
_READ = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")
_WEBP = b"WEBP"


Frames = Callable[[bytes], Iterable[bytes]]
"""The frames of a moving picture, each as a picture."""


def read_picture(blob: Blob, into: Gathering, descend: Descend, frames: Frames | None = None) -> None:
    """Keep a picture for whoever reads words off it, a page or frame at a time; where nobody does, and when it is too
    small for any, it passes unread. One of a format that nobody can read words off is a trouble then.

    The texts in a drawing are read always. Raises BudgetSpent.
    """
    into.unread.append(blob.as_unread("image"))
    if read_words(blob, into) or not into.wants_pictures:
        return
    size = size_of(blob.data)
    if size is not None and _is_too_small(size):
        return
    if not _is_of_known_format(blob.data):
        note_drawing(blob.path, size, into)
    elif len(blob.data) > MOST_OCTETS or (size is not None and size.width * size.height > MOST_PIXELS):
        into.unreadable(blob.path, "the picture is too large to be read")
    else:
        _keep(blob, into, frames)


def read_words(blob: Blob, into: Gathering) -> bool:
    """Add the texts of a drawing; whether they are all the words that it can show. Raises BudgetSpent."""
    drawing = words_of(blob.data)
    if drawing is None:
        return False
    add_words(blob.path, drawing.words, blob, into)
    return drawing.is_whole


def note_drawing(path: str, size: Size | None, into: Gathering) -> None:
    """A picture of a format that nobody reads words off, unless it is too small for any."""
    if size is None or not (_is_too_small(size) or (0 < size.width <= _ICON and 0 < size.height <= _ICON)):
        into.unreadable(path, "the picture is of a format whose words cannot be read")


def _keep(blob: Blob, into: Gathering, frames: Frames | None) -> None:
    pictures: Iterable[bytes]
    if not is_moving(blob.data):
        try:
            pictures = pages_of(blob.data)
        except TooManyPages:
            into.unreadable(blob.path, "the picture is too large to be read")
            return
    elif frames is None:
        into.unreadable(blob.path, "the frames of the moving picture were not read")
        return
    else:
        pictures = frames(blob.data)
    for number, data in enumerate(pictures, 1):
        if frames is not None:
            into.meter.expand(len(data))
        is_full = len(into.pictures) >= into.meter.budget.pictures
        path = blob.path if number == 1 else f"{blob.path}#page{number}"
        into.picture(Picture(path, blob.role, data, blob.media_type, blob.file_name))
        if is_full:
            break  # that one was the trouble


def _is_too_small(size: Size) -> bool:
    return 0 < size.width < LEAST_WIDTH or 0 < size.height < LEAST_HEIGHT


def write_png(width: int, height: int, grey: bytes) -> bytes:
    """A picture of 8 bit greys, row by row, as PNG (ISO/IEC 15948)."""
    rows = b"".join(b"\0" + grey[row * width : (row + 1) * width] for row in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )


def page_of(path: str, role: PartRole, png: bytes, file_name: str | None) -> Picture:
    """A page of a document as a picture."""
    return Picture(path, role, png, "image/png", file_name)


def _is_of_known_format(data: bytes) -> bool:
    return data.startswith(_READ) or data[8:12] == _WEBP
