"""The SMTP envelope: who a message is really going to, whatever its headers say (RFC 5321, section 2.3.1)."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Client:
    """The SMTP client that hands the message in."""

    address: str = ""
    """IP address, or empty for a message read from a file."""
    helo: str = ""
    login: str | None = None
    """User name, when the client has authenticated (RFC 4954)."""
    forwarded: tuple[tuple[str, str], ...] = ()
    """What a trusted client said of the client before it, by XFORWARD: attribute and value as they came (xtext)."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """Reverse-path and recipients exactly as they came over the wire; they are never re-parsed on the way out."""

    reverse_path: str
    """Address from `MAIL FROM` without angle brackets; empty for the null reverse-path of bounces."""
    recipients: tuple[str, ...]
    client: Client = field(default_factory=Client)
    smtputf8: bool = False
    """The client asked for RFC 6531."""
    body_8bit: bool = False
    """The client declared `BODY=8BITMIME` (RFC 6152)."""
    dsn: str = ""
    """`RET` and `ENVID` as they came, for delivery status notifications (RFC 3461, sections 4.3 and 4.4)."""
    recipient_dsn: tuple[tuple[str, str], ...] = ()
    """`NOTIFY` and `ORCPT` as they came, for the recipients that have them (RFC 3461, sections 4.1 and 4.2)."""
    message_id: str = ""
    """Our id of the message while it is at the front door, the one in its `Received:` line; else empty."""

    def only_to(self, recipients: Collection[str]) -> "Envelope":
        """The same for some of its recipients."""
        return replace(
            self,
            recipients=tuple(address for address in self.recipients if address in recipients),
            recipient_dsn=tuple(wish for wish in self.recipient_dsn if wish[0] in recipients),
        )
