"""File names as lines of text: `salasana_Kesaranta77.txt` says `salasana Kesaranta77`."""

import re

from mailguard.core.part import Part, PartRole

_NAME = re.compile(r"[^\n/\\]+")
_EXTENSION = re.compile(r"(?:\.tar)?\.(?:[A-Za-z][A-Za-z0-9]{1,4}|7z)[ \t\r]*$")
_DATE = re.compile(r"(?<!\d)(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])(?!\d)")
_JOINTS = str.maketrans("_-", "  ")


def holds_names(part: Part) -> bool:
    """Whether a part is made of file names: those of attachments, or the list of an archive."""
    return part.path.endswith("#names") or (part.role is PartRole.HEADER and part.path.endswith(".filename"))


def read_names(text: str) -> str:
    """The names without extension and day, of the same length; in a name without spaces its joints become spaces."""
    return _NAME.sub(_read_name, text)


def _read_name(found: re.Match[str]) -> str:
    name = found.group()
    extension = _EXTENSION.search(name)
    if extension:
        name = name[: extension.start()] + " " * len(extension.group())
    name = _DATE.sub(" " * 8, name)
    return name if " " in name.strip() else name.translate(_JOINTS)
