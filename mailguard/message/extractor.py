"""The joint to the worker processes that read attachments: what they are given and what comes back."""

from dataclasses import dataclass
from typing import Protocol

from mailguard.core.part import Part, Trouble, Unread
from mailguard.message.blob import Blob
from mailguard.message.budget import Budget
from mailguard.message.gathering import Picture

EXTRACTED_KINDS = frozenset({"pdf", "ole", "zip", "gzip", "7z", "tar", "bzip2", "xz", "zstd", "tnef", "rtf"})
"""Kinds of attachment whose parsers run in a worker process: they are large, old or native code, and may hang, grow
without end or die. Text, HTML and S/MIME have linear readers of this package's own."""


@dataclass(frozen=True, slots=True)
class Extract:
    """What an attachment says, with everything that is packed into it."""

    parts: tuple[Part, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    unread: tuple[Unread, ...] = ()
    pictures: tuple[Picture, ...] = ()
    """To be read by a program that a worker process may not start."""
    entered: int = 0
    """Archive members and nested parts that were counted against the budget."""
    expanded: int = 0
    """Octets and characters that were counted against the budget."""
    seconds: float = 0.0
    """Time of work, without the waiting for a free worker."""


class ExtractionFailed(Exception):
    """The worker gave no answer; `text` is one clause for a supervisor, `seconds` the time that was spent."""

    def __init__(self, text: str, seconds: float = 0.0) -> None:
        self.text, self.seconds = text, seconds
        super().__init__(text)


class Extractor(Protocol):
    """Reads one attachment somewhere else."""

    def extract(self, blob: Blob, kind: str, budget: Budget) -> Extract:
        """What the blob says, within what is left of the message's budget. Raises ExtractionFailed. Blocks."""
