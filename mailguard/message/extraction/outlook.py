"""Outlook messages (MS-OXMSG): subject, people, bodies in every format, and attachments, messages within included."""

import olefile

from mailguard.message.blob import Blob, Descend
from mailguard.message.charsets import decode
from mailguard.message.extraction.compressed_rtf import decompress_rtf
from mailguard.message.gathering import Gathering

PROPERTIES = "__properties_version1.0"
_SUBSTORAGE, _ATTACHMENT, _RECIPIENT = "__substg1.0_", "__attach_version1.0_", "__recip_version1.0_"
_WIDE, _NARROW, _BINARY, _OBJECT = "001F", "001E", "0102", "000D"
_BODY, _HTML, _RTF = "1000", "1013", "1009"
_DATA, _LONG_NAME, _SHORT_NAME = "3701", "3707", "3704"
_MOST_DEEP = 5

Path = tuple[str, ...]


def read_message(ole: olefile.OleFileIO, at: Path, blob: Blob, into: Gathering, descend: Descend) -> None:
    """Read the message whose storage is `at`. Every text property is read: what it is called matters to nobody."""
    streams: dict[str, Path] = {}
    attachments: dict[str, None] = {}
    people: list[Path] = []
    for found in ole.listdir(streams=True, storages=True):
        path = tuple(found)
        if path[: len(at)] != at:
            continue
        inner = path[len(at) :]
        if len(inner) == 1 and inner[0].startswith(_SUBSTORAGE):
            streams[inner[0].removeprefix(_SUBSTORAGE).upper()] = path
        elif inner and inner[0].startswith(_ATTACHMENT):
            attachments[inner[0]] = None
        elif len(inner) == 2 and inner[0].startswith(_RECIPIENT) and inner[1].endswith((_WIDE, _NARROW)):
            people.append(path)
    texts = [_text(ole, path) for name, path in streams.items() if name[4:] in (_WIDE, _NARROW) and name[:4] != _BODY]
    texts += [_text(ole, path) for path in people]
    into.add(f"{blob.path}#headers", blob.role, "\n".join(texts), blob.media_type, blob.file_name)
    for ending in (_WIDE, _NARROW):
        if body := streams.get(_BODY + ending):
            into.add(blob.path, blob.role, _text(ole, body), blob.media_type, blob.file_name)
    if source := streams.get(_HTML + _BINARY) or streams.get(_HTML + _WIDE):
        html = _octets(ole, source)
        html = html.decode("utf-16-le", "replace").encode() if source[-1].endswith(_WIDE) else html
        into.meter.expand(len(html))
        descend(blob.inside(f"{blob.path}/body.html", html, "body.html", "text/html"))
    if packed := streams.get(_RTF + _BINARY):
        rtf = decompress_rtf(_octets(ole, packed), into.meter.left_to_expand)
        into.meter.expand(len(rtf))
        descend(blob.inside(f"{blob.path}/body.rtf", rtf, "body.rtf"))
    for name in attachments:
        _read_attachment(ole, (*at, name), blob, into, descend)


def _read_attachment(ole: olefile.OleFileIO, at: Path, blob: Blob, into: Gathering, descend: Descend) -> None:
    into.meter.enter_part()
    name = ""
    for number in (_LONG_NAME, _SHORT_NAME):
        for ending in (_WIDE, _NARROW):
            path = (*at, f"{_SUBSTORAGE}{number}{ending}")
            if not name and ole.exists("/".join(path)):
                name = _text(ole, path)
    into.add(f"{blob.path}#names", blob.role, name, blob.media_type, blob.file_name)
    inner = blob.inside(into.within(blob.path), b"", name or None)
    message, data = (*at, f"{_SUBSTORAGE}{_DATA}{_OBJECT}"), (*at, f"{_SUBSTORAGE}{_DATA}{_BINARY}")
    if ole.exists("/".join((*message, PROPERTIES))):
        if len(at) > _MOST_DEEP:
            into.unreadable(blob.path, "messages are packed into each other too many times")
        else:
            read_message(ole, message, inner, into, descend)
    elif ole.exists("/".join(data)):
        octets = _octets(ole, data)
        into.meter.expand(len(octets))
        descend(blob.inside(inner.path, octets, name or None))
    elif ole.exists("/".join(message)):
        into.unreadable(inner.path, "an object in the Outlook message is not opened")


def _octets(ole: olefile.OleFileIO, path: Path) -> bytes:
    with ole.openstream(list(path)) as stream:
        data: bytes = stream.read()
    return data


def _text(ole: olefile.OleFileIO, path: Path) -> str:
    data = _octets(ole, path)
    return data.decode("utf-16-le", "replace") if path[-1].endswith(_WIDE) else decode(data)
