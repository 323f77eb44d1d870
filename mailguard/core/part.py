"""What can be read of a message: its parts as plain text."""

from dataclasses import dataclass
from enum import StrEnum


class PartRole(StrEnum):
    """Where in the message a text stood."""

    HEADER = "header"
    SUBJECT = "subject"
    BODY = "body"
    ATTACHMENT = "attachment"


@dataclass(frozen=True, slots=True)
class Part:
    """One readable piece of a message, already decoded to text."""

    path: str
    """Stable name inside the message: `subject`, `header.from`, `body.1`, `body.1.2.html`, `attachment.2#table`,
    `attachment.2/1` for what was found within that. Never a word of the letter's, such as the name of a file."""
    role: PartRole
    text: str
    """Normalised text: what a reader sees, and what findings' offsets count in."""
    media_type: str = "text/plain"
    file_name: str | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something about a message that could not be read; each is a ground to hold it."""

    kind: str
    """`unreadable`, `encrypted` or `recording`: the reason code that the policy gives it."""
    part: str
    text: str
    """One clause for a supervisor: 'the attachment is a password-protected ZIP file'. Never content of the letter."""
    awaited: bool = False
    """It is being read, or about to be, and no trouble any more once it was (`message.ocr = "later"`)."""


@dataclass(frozen=True, slots=True)
class Unread:
    """An attachment of a type that no reader is registered for. It is no trouble: a picture is ordinary mail."""

    part: str
    kind: str
    """Type by its first octets, such as `pdf`, `image`, `ole`."""
    media_type: str
    file_name: str | None
    size: int
    """Octets."""


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that hangs on the message, whatever could be read of it."""

    part: str
    """Path of what was read of it, as in `Part.path`."""
    kind: str
    """Type by its first octets, such as `text`, `pdf`, `zip`."""
    media_type: str
    """Type that the message gives it."""
    file_name: str | None
    size: int
    """Octets, decoded."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as the judges see it."""

    subject: str
    message_id: str
    """The `Message-ID` field as written, with its angle brackets; empty when there is none."""
    headers: tuple[tuple[str, str], ...]
    """Decoded header fields in their order; names as written."""
    parts: tuple[Part, ...]
    troubles: tuple[Trouble, ...] = ()
    unread: tuple[Unread, ...] = ()
    attached: tuple[Attached, ...] = ()
    """Files in their order, each once; members of an archive only where this process opened it."""

    def header(self, name: str) -> str | None:
        """The first header field of that name, or None."""
        wanted = name.lower()
        return next((value for field, value in self.headers if field.lower() == wanted), None)

    def header_all(self, name: str) -> tuple[str, ...]:
        """Every header field of that name, in order."""
        wanted = name.lower()
        return tuple(value for field, value in self.headers if field.lower() == wanted)
