"""winmail.dat (TNEF, MS-OXTNEF): what Outlook packs a message into for its like: bodies, properties, attachments."""

from typing import Any

import tnefparse

from mailguard.message.blob import Blob, Descend
from mailguard.message.charsets import decode
from mailguard.message.extraction.compressed_rtf import decompress_rtf
from mailguard.message.gathering import Gathering

_MOST_DEEP = 5
_HEADER = 6


def read_tnef(blob: Blob, into: Gathering, descend: Descend) -> None:
    """Bodies in all their formats, text properties and attachments. Raises BudgetSpent."""
    tnef = tnefparse.TNEF(blob.data)
    end = _HEADER + sum(item.length for item in tnef.objects)
    # The library goes on without a word where an attribute is cut off or makes no sense.
    sane = tnef.objects and all(item.level in (1, 2) for item in tnef.objects)
    if not sane or end > len(blob.data) or blob.data[end:].strip(b"\0"):
        into.unreadable(blob.path, "the attachment is a broken winmail.dat container")
    _read(tnef, blob, into, descend, 0)


def _read(tnef: Any, blob: Blob, into: Gathering, descend: Descend, deep: int) -> None:
    words = [_text(item.data) for item in (*tnef.msgprops, *tnef.mapiprops)]
    into.add(f"{blob.path}#headers", blob.role, "\n".join(word for word in words if word), file_name=blob.file_name)
    into.add(blob.path, blob.role, _text(tnef.body), file_name=blob.file_name)
    if tnef.htmlbody:
        html = tnef.htmlbody if isinstance(tnef.htmlbody, bytes) else _text(tnef.htmlbody).encode()
        into.meter.expand(len(html))
        descend(blob.inside(f"{blob.path}/body.html", html, "body.html", "text/html"))
    if isinstance(packed := tnef._rtfbody, bytes) and packed:
        rtf = decompress_rtf(packed, into.meter.left_to_expand)
        into.meter.expand(len(rtf))
        descend(blob.inside(f"{blob.path}/body.rtf", rtf, "body.rtf"))
    for attachment in tnef.attachments:
        into.meter.enter_part()
        name = _text(attachment.long_filename()).strip("\0")
        into.add(f"{blob.path}#names", blob.role, name)
        inner = blob.inside(into.within(blob.path), b"", name or None)
        embedded = getattr(attachment, "embed", None)
        if embedded is not None and deep < _MOST_DEEP:
            _read(embedded, inner, into, descend, deep + 1)
        elif embedded is not None:
            into.unreadable(inner.path, "messages are packed into each other too many times")
        else:
            data = bytes(attachment.data)
            into.meter.expand(len(data))
            descend(blob.inside(inner.path, data, name or None))


def _text(value: Any) -> str:
    """A property as text: strings as they are, octets where they read as such, lists of them; no numbers or dates."""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        text = decode(value).rstrip("\0")
        return text if text.isprintable() or "\n" in text else ""
    if isinstance(value, list | tuple):
        return "\n".join(text for item in value if (text := _text(getattr(item, "data", item))))
    return ""
