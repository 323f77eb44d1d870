"""Cryptographic Message Syntax (S/MIME, RFC 5652): tells signed from encrypted, and takes the content out of a
signed one."""

from mailguard.message.blob import Blob, Descend
from mailguard.message.gathering import Gathering

_SIGNED = bytes.fromhex("06092a864886f70d010702")
_CLOSED = {
    bytes.fromhex("06092a864886f70d010703"): "encrypted",  # envelopedData
    bytes.fromhex("06092a864886f70d010706"): "encrypted",  # encryptedData
    bytes.fromhex("060b2a864886f70d0109100117"): "encrypted",  # authEnvelopedData
}
_COMPRESSED = bytes.fromhex("060b2a864886f70d0109100109")
_DATA = bytes.fromhex("06092a864886f70d010701")


def read_der(blob: Blob, into: Gathering, descend: Descend) -> None:
    """Signed data is read like a part of its own; a detached signature, key or certificate says nothing to a reader."""
    head = blob.data[:40]
    for object_id, kind in _CLOSED.items():
        if object_id in head:
            into.trouble(kind, blob.path, "the message or attachment is encrypted with S/MIME")
            return
    if _COMPRESSED in head:
        into.unreadable(blob.path, "the message is S/MIME compressed data")
    elif _SIGNED in head:
        content = signed_content(blob.data)
        if content:
            descend(blob.inside(blob.path, content, None, "message/rfc822"))


def signed_content(der: bytes) -> bytes:
    """The octets that a SignedData carries inside; empty for a detached signature. Raises ValueError on broken BER."""
    place = der.find(_DATA)
    if place < 0:
        return b""
    position = place + len(_DATA)
    if der[position : position + 1] != b"\xa0":
        return b""
    _, start, _ = _element(der, position)
    tag, content, end = _element(der, start)
    if tag == 0x04:
        return der[content:end]
    pieces = []
    while tag == 0x24 and content < len(der) and der[content : content + 2] != b"\0\0" and (end < 0 or content < end):
        inner, first, last = _element(der, content)
        if inner != 0x04 or last < 0:
            raise ValueError("not an octet string")
        pieces.append(der[first:last])
        content = last
    return b"".join(pieces)


def _element(der: bytes, position: int) -> tuple[int, int, int]:
    """Tag, start of the content, end of the content (-1: indefinite length) of the BER element at a position."""
    if position + 2 > len(der):
        raise ValueError("cut off")
    tag, length = der[position], der[position + 1]
    start = position + 2
    if length == 0x80:
        return tag, start, -1
    if length & 0x80:
        octets = length & 0x7F
        if octets > 5:
            raise ValueError("absurd length")
        length = int.from_bytes(der[start : start + octets], "big")
        start += octets
    return tag, start, min(len(der), start + length)
