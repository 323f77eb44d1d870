"""What an attachment is, by its first octets.

The declared type and the file name are only asked where these are silent.
"""

import re

from mailguard.message.charsets import looks_wide

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
    (b"SQLite format 3\x00", "database"),
)
_BY_FIRST_OCTET = {
    octet: tuple((magic, kind) for magic, kind in _MAGIC if magic[0] == octet) for octet in {m[0] for m, _ in _MAGIC}
}
_AUDIO_NAMES = re.compile(
    r"\.(?:wav|mp3|m4a|aac|amr|ogg|oga|opus|flac|wma|gsm|au|aiff?|3gpp?|dss|ds2|spx|voc|vox)$", re.IGNORECASE
)
_PGP_NAMES = re.compile(r"\.(?:gpg|pgp)$", re.IGNORECASE)
_CONTROLS = bytes(octet for octet in range(32) if octet not in b"\t\n\r\x0b\x0c\x1b\x1a")


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
        if data.startswith(magic):
            return kind
    if data[4:8] == b"ftyp":
        brand = data[8:12]
        if brand in (b"M4A ", b"M4B ", b"3gp4", b"3gp5", b"3ga "):
            return "audio"
        return "image" if brand in (b"heic", b"heix", b"mif1", b"avif", b"heim", b"msf1") else "video"
    if data.startswith(b"RIFF"):
        return {b"WAVE": "audio", b"WEBP": "image", b"AVI ": "video"}.get(data[8:12], "unknown")
    if data[257:262] == b"ustar":
        return "tar"
    if looks_like_text(data):
        return "text"
    if len(data) > 1 and data[0] == 0xFF and data[1] & 0xE6 in (0xE2, 0xE0, 0xE4) and not data.startswith(b"\xff\xfe"):
        return "audio"
    if data[:1] == b"\x30" and len(data) > 8 and (data[1] & 0x80):
        return "der"
    return "pdf" if b"%PDF-" in data[:1024] else "unknown"


def looks_like_text(data: bytes) -> bool:
    """Whether octets are text in some ASCII-based or 16-bit character set: next to no control characters anywhere."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or looks_wide(data):
        return True
    sample = data if len(data) <= 200_000 else data[:100_000] + data[-100_000:]
    controls = len(sample) - len(sample.translate(None, _CONTROLS))
    return controls * 200 <= len(sample)  # compressed or encrypted octets have a hundred in a thousand
