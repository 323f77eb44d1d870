"""A decoded body part or archive member on its way to a reader."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from mailguard.core.part import Attached, PartRole, Unread
from mailguard.message.gathering import Gathering


@dataclass(frozen=True, slots=True)
class Blob:
    """Octets, and what is said about them."""

    path: str
    role: PartRole
    data: bytes
    media_type: str = "application/octet-stream"
    file_name: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    """Parameters of the Content-Type: charset, format, delsp, smime-type."""
    depth: int = 0
    """Multiparts and messages around it."""
    archive_depth: int = 0
    """Archives and other wrappings around it."""

    def inside(self, path: str, data: bytes, file_name: str | None = None, media_type: str = "") -> "Blob":
        """What was found within this one, a wrapping deeper."""
        media_type = media_type or "application/octet-stream"
        return Blob(path, self.role, data, media_type, file_name, {}, self.depth, self.archive_depth + 1)

    def as_unread(self, kind: str) -> Unread:
        """Its entry in the list of what passes unread."""
        return Unread(self.path, kind, self.media_type, self.file_name, len(self.data))

    def as_attached(self, kind: str) -> Attached:
        """Its entry in the list of files."""
        return Attached(self.path, kind, self.media_type, self.file_name, len(self.data))

    @property
    def extension(self) -> str:
        """Lower-case extension of the file name without its dot; empty when there is none."""
        name = self.file_name or ""
        return name.rpartition(".")[2].lower() if "." in name else ""


Descend = Callable[[Blob], None]
"""Reads a blob that was found within another."""
Reader = Callable[[Blob, Gathering, Descend], None]
"""Adds what a blob says to the gathering. May raise BudgetSpent; anything else it raises makes the blob unreadable."""
