"""RTF to text: control words fall away, escaped characters come back."""

import re

from mailguard.message.blob import Blob, Descend
from mailguard.message.gathering import Gathering

_TOKEN = re.compile(
    r"\\'([0-9a-fA-F]{2})|\\u(-?\d{1,6}) ?(?:\\'[0-9a-fA-F]{2}|[^\\{}])?"
    r"|\\([a-z]{1,32})(-?\d{1,10})? ?|\\([^a-z])|[{}\r\n]"
)
_BREAKS = {"par": "\n", "line": "\n", "row": "\n", "sect": "\n", "page": "\n", "cell": "\t", "tab": "\t"}


def read_rich_text(blob: Blob, into: Gathering, descend: Descend) -> None:
    """The document's words. Font and style tables stay in the text as short words; they hide nothing."""
    source = blob.data.decode("latin-1")
    into.add(blob.path, blob.role, _TOKEN.sub(_shown, source), "application/rtf", blob.file_name)


def _shown(match: re.Match[str]) -> str:
    octet, point, word, _, symbol = match.groups()
    if octet:
        return bytes.fromhex(octet).decode("cp1252", "replace")
    if point:
        return chr(int(point) % 0x10000)
    if word:
        return _BREAKS.get(word, "")
    return {"~": " ", "_": "-", "\n": "\n", "\r": "\n", "\\": "\\", "{": "{", "}": "}"}.get(symbol or "", "")
