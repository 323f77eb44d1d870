"""Pictures that are several: pages of a TIFF file, and moving pictures. Found without unpacking anything."""

import struct

MOST_PAGES = 1000
_MOST_OCTETS = 64 * 1024 * 1024
"""Of the pages of one TIFF file together, each of which is the whole file with another first page."""
_GIF_IMAGE, _GIF_EXTENSION = 0x2C, 0x21
_WEBP_ANIMATION = 0x02
"""RFC 9649, section 2.7.1."""


class TooManyPages(Exception):
    """There are more pages than are looked at, or their chain leads astray."""


def is_moving(data: bytes) -> bool:
    """Whether a GIF, PNG or WebP picture has more frames than one, or may have."""
    if data.startswith(b"GIF8"):
        return _has_two_images(data)
    if data.startswith(b"\x89PNG"):
        return _is_animation(data)
    return data[8:16] == b"WEBPVP8X" and bool(data[20:21] and data[20] & _WEBP_ANIMATION)


def pages_of(data: bytes) -> list[bytes]:
    """The pages of a TIFF file (TIFF 6.0, section 2), each as a file of one page; other octets as they are.

    Raises TooManyPages.
    """
    if not data.startswith((b"II*\0", b"MM\0*")):
        return [data]
    order = "<" if data.startswith(b"II") else ">"
    ends = _ends_of_pages(data, order)
    if len(ends) < 2:
        return [data]
    if len(ends) * len(data) > _MOST_OCTETS:
        raise TooManyPages
    pages = []
    for start, end in ends:
        page = bytearray(data)
        struct.pack_into(f"{order}I", page, 4, start)
        struct.pack_into(f"{order}I", page, end, 0)
        pages.append(bytes(page))
    return pages


def _ends_of_pages(data: bytes, order: str) -> list[tuple[int, int]]:
    """Where the directory of each page begins, and where it names the next one. Raises TooManyPages."""
    found: dict[int, int] = {}
    try:
        (start,) = struct.unpack_from(f"{order}I", data, 4)
        while start and start not in found:
            (count,) = struct.unpack_from(f"{order}H", data, start)
            found[start] = start + 2 + 12 * count
            (start,) = struct.unpack_from(f"{order}I", data, found[start])
            if len(found) > MOST_PAGES:
                raise TooManyPages
    except struct.error:
        if found:
            raise TooManyPages from None
    return list(found.items())


def _has_two_images(data: bytes) -> bool:
    """GIF89a, section 17 to 26: blocks after each other, their data in pieces of up to 255 octets."""
    images, place = 0, 13 + _colours(data[10:11])
    while place < len(data):
        kind = data[place]
        if kind == _GIF_IMAGE:
            images += 1
            place += 11 + _colours(data[place + 9 : place + 10])
        elif kind == _GIF_EXTENSION:
            place += 2
        else:
            return images > 1
        if images > 1:
            return True
        while size := (data[place] if place < len(data) else 0):
            place += 1 + size
        place += 1
    return images > 1


def _is_animation(data: bytes) -> bool:
    """PNG, third edition, section 11.3.2.1: a chunk before the first one of data tells the number of frames."""
    place = 8
    while place + 12 <= len(data) and (kind := data[place + 4 : place + 8]) != b"IDAT":
        if kind == b"acTL":
            return int.from_bytes(data[place + 8 : place + 12], "big") > 1
        place += 12 + int.from_bytes(data[place : place + 4], "big")
    return False


def _colours(flags: bytes) -> int:
    """Octets of the table of colours that such flags announce."""
    return 3 << (flags[0] & 7) + 1 if flags and flags[0] & 0x80 else 0
