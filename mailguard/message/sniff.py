"""What an attachment is, by its first octets.

The declared type and the file name are only asked where these are silent.
"""

import re
from collections.abc import Callable, Mapping

from mailguard.message.charsets import looks_wide
from mailguard.message.signs import LONGEST_KEPT, Sign, signs_of

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "pdf"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"\x1f\x8b", "gzip"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "rar"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"(\xb5/\xfd", "zstd"),
    (b"MSCF", "cab"),
    (b"\x78\x9f\x3e\x22", "tnef"),
    (b"{\\rtf", "rtf"),
    (b"\x89PNG\r", "image"),
    (b"\x89PNG\n", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"BM", "image"),
    (b"II*\x00", "image"),
    (b"MM\x00*", "image"),
    (b"\x00\x00\x01\x00", "image"),
    (b"8BPS", "image"),
    (b"\xd7\xcd\xc6\x9a", "image"),
    (b"\x01\x00\x00\x00", "image"),
    (b"ID3", "audio"),
    (b"OggS", "audio"),
    (b"fLaC", "audio"),
    (b"#!AMR", "audio"),
    (b".snd", "audio"),
    (b"MThd", "audio"),
    (b"\x1aE\xdf\xa3", "video"),
    (b"FLV\x01", "video"),
    (b"\x30\x26\xb2\x75", "video"),
    (b"wOFF", "font"),
    (b"wOF2", "font"),
    (b"OTTO", "font"),
    (b"\x00\x01\x00\x00\x00", "font"),
    (b"MZ", "program"),
    (b"\x7fELF", "program"),
    (b"\xca\xfe\xba\xbe", "program"),
    (b"SQLite format 3\x00", "database"),
)
_BY_FIRST_OCTET = {
    octet: tuple((magic, kind) for magic, kind in _MAGIC if magic[0] == octet) for octet in {m[0] for m, _ in _MAGIC}
}
_AUDIO_NAMES = re.compile(
    r"\.(?:wav|mp3|m4a|aac|amr|ogg|oga|opus|flac|wma|gsm|au|aiff?|3gpp?|dss|ds2|spx|voc|vox)$", re.IGNORECASE
)
_PGP_NAMES = re.compile(r"\.(?:gpg|pgp)$", re.IGNORECASE)
_PIECE = 8 * 1024
CONTROLS = bytes(octet for octet in range(32) if octet not in b"\t\n\r\x0b\x0c\x1b\x1a")


_READABLE = frozenset(magic for magic, kind in _MAGIC if magic.strip().isalnum() or magic in (b".snd", b"#!AMR"))
"""Signs that a letter may begin with too: "BMW", "OTTO", "ID3". A file has octets behind them that no letter has."""
_BITMAP_HEADERS = tuple(size.to_bytes(4, "little") for size in (12, 40, 52, 56, 64, 108, 124))
_SHORTEST_PROGRAM = 64
_SHORT: Mapping[bytes, Callable[[bytes], bool]] = {
    b"BM": lambda data: data[6:10] == bytes(4) and data[14:18] in _BITMAP_HEADERS,
    b"\x01\x00\x00\x00": lambda data: data[40:44] == b" EMF",
    b"\x00\x00\x01\x00": lambda data: data[4:5] != b"\0" and data[5:6] == b"\0" and data[9:10] in (b"\0", b"\xff"),
    b"\x00\x01\x00\x00\x00": lambda data: data[12:16].decode("latin-1").isprintable(),
    b"MZ": lambda data: len(data) >= _SHORTEST_PROGRAM,
}
"""Signs that other files may begin with by chance, and what stands behind them in files of the kind.

[MS-WMF] 2.2.2.9 and 2.3.4.2.1; an icon has images whose entries keep an octet free; the first table of a font has a
name of four characters; the header of a program has 64 octets.
"""
_HEAD = 200
_LONGEST_SIGNATURE = 2000
_SIGNATURE_VERSIONS = b"\x03\x04\x05\x06"


def sniff(data: bytes, media_type: str, file_name: str | None) -> str:
    """The kind of some octets: a key of the readers' registry, `text`, `audio`, `encrypted`, `image`, ..., or
    `unknown`."""
    kind = _by_magic(data)
    name = file_name or ""
    if kind in ("video", "unknown", "text") and (media_type.startswith("audio/") or _AUDIO_NAMES.search(name)):
        return "audio"
    if kind == "unknown" and (_PGP_NAMES.search(name) or media_type == "application/pgp-encrypted"):
        return "encrypted"
    return kind


def _by_magic(data: bytes) -> str:
    for magic, kind in _BY_FIRST_OCTET.get(data[0], ()) if data else ():
        if not data.startswith(magic) or (magic in _READABLE and not _has_controls(data[:_HEAD])):
            continue
        if magic not in _SHORT or _SHORT[magic](data):
            return kind
    if data[4:8] == b"ftyp":
        brand = data[8:12]
        if brand in (b"M4A ", b"M4B ", b"3gp4", b"3gp5", b"3ga "):
            return "audio"
        return "image" if brand in (b"heic", b"heix", b"mif1", b"avif", b"heim", b"msf1") else "video"
    if data.startswith(b"RIFF") and _has_controls(data[:_HEAD]):
        return {b"WAVE": "audio", b"WEBP": "image", b"AVI ": "video"}.get(data[8:12], "unknown")
    if data[257:262] == b"ustar":
        return "tar"
    # Texts are asked for all of their signs later, which takes no longer than to look for controls alone.
    if (len(data) <= LONGEST_KEPT and Sign.CONTROL not in signs_of(data)) or looks_like_text(data):
        return "text"
    if _is_signature(data):
        return "signature"
    if len(data) > 1 and data[0] == 0xFF and data[1] & 0xE6 in (0xE2, 0xE0, 0xE4) and not data.startswith(b"\xff\xfe"):
        return "audio"
    if data[:1] == b"\x30" and len(data) > 8 and (data[1] & 0x80):
        return "der"
    return "pdf" if b"%PDF-" in data[:1024] else "unknown"


def _is_signature(data: bytes) -> bool:
    """Whether octets are one OpenPGP signature and nothing else (RFC 9580, sections 4.2 and 5.2)."""
    if data[:1] not in (b"\x88", b"\x89", b"\xc2") or not 10 < len(data) < _LONGEST_SIGNATURE:
        return False
    if data[0] == 0xC2 and data[1] < 192:
        start, length = 2, data[1]
    elif data[0] == 0xC2:
        start, length = 3, (data[1] - 192) * 256 + data[2] + 192
    else:
        start, length = data[0] - 0x86, int.from_bytes(data[1 : data[0] - 0x86], "big")
    return start + length == len(data) and data[start] in _SIGNATURE_VERSIONS


def _has_controls(head: bytes) -> bool:
    return len(head.translate(None, CONTROLS)) < len(head)


def looks_like_text(data: bytes) -> bool:
    """Whether octets are text in some ASCII-based or 16-bit character set: next to no control characters anywhere."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or looks_wide(data):
        return True
    sample = data if len(data) <= 200_000 else data[:100_000] + data[-100_000:]
    controls = 0
    for start in range(0, len(sample), _PIECE):  # piece by piece: other files have a tenth of controls from early on
        piece = sample[start : start + _PIECE]
        controls += len(piece) - len(piece.translate(None, CONTROLS))
        if controls * 200 > len(sample):  # compressed or encrypted octets have a hundred in a thousand
            return False
    return True
