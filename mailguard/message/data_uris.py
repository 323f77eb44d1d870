"""What a page carries in the addresses of its links and pictures: `data:` URIs (RFC 2397)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from mailguard.message.transfer import undo_base64

_BEGIN = re.compile(r"""(?:^|(?<=[\s,("']))data:([^,]{0,200}),""", re.IGNORECASE)
_BASE64 = re.compile(r"[A-Za-z0-9+/=%_\s-]*")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class DataUri:
    """Octets and their type as written: `image/png`, `text/plain;charset=utf-8`."""

    media_type: str
    data: bytes


def data_uris(value: str) -> Iterator[DataUri]:
    """Those in the value of an attribute or in a style sheet. Linear.

    One that is not base64 is taken to go on to the end of the value: it may be a drawing with brackets, quotes and
    further addresses in it.
    """
    at = 0
    while (begin := _BEGIN.search(value, at)) is not None:
        label = _SPACE.sub("", begin.group(1))
        coded = _BASE64.match(value, begin.end()) if label.lower().endswith(";base64") else None
        if coded is None:
            yield DataUri(label, unquote_to_bytes(value[begin.end() :].rstrip("\"') ;")))
            return
        packed = unquote_to_bytes(_SPACE.sub("", coded.group())).replace(b"-", b"+").replace(b"_", b"/")
        yield DataUri(label[: -len(";base64")], undo_base64(packed).ways[0])
        at = coded.end()
