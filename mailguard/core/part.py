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
    """Stable name inside the message: `subject`, `header.from`, `body.1`, `body.1.2.html`, `attachment.2:list.csv`."""
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

    def header(self, name: str) -> str | None:
        """The first header field of that name, or None."""
        wanted = name.lower()
        return next((value for field, value in self.headers if field.lower() == wanted), None)

    def header_all(self, name: str) -> tuple[str, ...]:
        """Every header field of that name, in order."""
        wanted = name.lower()
        return tuple(value for field, value in self.headers if field.lower() == wanted)
