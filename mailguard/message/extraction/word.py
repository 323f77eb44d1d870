"""Word 97 to 2003 (MS-DOC): the text of the document by its piece table: body, footnotes, headers, comments, text
boxes and text that was deleted in a fast save."""

import re
import struct

import olefile

from mailguard.message.blob import Blob
from mailguard.message.extraction.text_runs import find_runs
from mailguard.message.gathering import Gathering
from mailguard.message.tabbed import add_words

_IDENT = 0xA5EC
_ENCRYPTED, _WHICH_TABLE = 0x0100, 0x0200
_PLACE_OF_CLX = 0x01A2
_PIECES, _PROPERTIES = 0x02, 0x01
_ROW_END = re.compile("\x07\x07")
_FIELD = re.compile("[\x13\x14\x15]")


def read_document(ole: olefile.OleFileIO, blob: Blob, into: Gathering) -> None:
    """Add the words, with table cells parted by TAB. Falls back to runs of characters for older or broken files."""
    with ole.openstream("WordDocument") as stream:
        main = stream.read()
    ident, version, flags = struct.unpack_from("<HH6xH", main)
    if flags & _ENCRYPTED:
        into.trouble("encrypted", blob.path, "the attachment is a password-protected Word document")
        return
    table = "1Table" if flags & _WHICH_TABLE else "0Table"
    text = ""
    if ident == _IDENT and version >= 0x00C1 and ole.exists(table):
        with ole.openstream(table) as stream:
            text = _join_pieces(main, stream.read())
    if not text.strip("\r\n\x00 "):
        text = "\n".join(find_runs(main))
    add_words(blob.path, _plain(text), blob, into)


def _join_pieces(main: bytes, table: bytes) -> str:
    """The text by the piece table (MS-DOC, section 2.4.1); empty when there is none."""
    start, size = struct.unpack_from("<II", main, _PLACE_OF_CLX)
    clx = table[start : start + size]
    place = 0
    while place + 3 <= len(clx) and clx[place] == _PROPERTIES:
        place += 3 + int.from_bytes(clx[place + 1 : place + 3], "little")
    if place + 5 > len(clx) or clx[place] != _PIECES:
        return ""
    (length,) = struct.unpack_from("<I", clx, place + 1)
    plc = clx[place + 5 : place + 5 + length]
    count = (len(plc) - 4) // 12
    ends = struct.unpack_from(f"<{count + 1}I", plc)
    pieces = []
    for index in range(count):
        (offset,) = struct.unpack_from("<I", plc, 4 * (count + 1) + 8 * index + 2)
        characters = ends[index + 1] - ends[index]
        if characters < 0 or characters > len(main):
            return ""
        if offset & 0x40000000:
            begin = (offset & 0x3FFFFFFF) // 2
            pieces.append(main[begin : begin + characters].decode("cp1252", "replace"))
        else:
            pieces.append(main[offset : offset + 2 * characters].decode("utf-16-le", "replace"))
    return "".join(pieces)


def _plain(text: str) -> str:
    """Marks to line ends and tabs: 7 ends a cell, 7 twice a row, 13 a paragraph, 11 a line, 19 to 21 part a field."""
    text = _ROW_END.sub("\n", text).replace("\x07", "\t")
    return _FIELD.sub(" ", text.replace("\r", "\n").replace("\x0b", "\n").replace("\x0c", "\n").replace("\x1e", "-"))
