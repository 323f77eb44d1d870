"""The trace that each relay leaves on top of a message (RFC 5321, section 4.4), and the loops it shows."""

import ipaddress
import re
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache

from mailguard.core.envelope import Client
from mailguard.core.errors import RefusedMessage

MOST_HOPS = 30
"""`Received:` lines that a message may bring along; RFC 5321, section 6.3 asks for a large limit, real mail has ten."""
MOST_RECEIVED_OCTETS = 4096
"""Octets that `received_line` can never exceed: its longest pieces are two host names of 255."""
_FIELD = re.compile(rb"^Received:", re.IGNORECASE | re.MULTILINE)
_HOST = re.compile(r"[A-Za-z0-9._:\[\]-]{1,255}")


_HEADER_LINE = re.compile(rb"[!-9;-~]++[ \t]*+:|[ \t]")
"""Begins a field (RFC 5322, section 2.2), or goes on with one."""


class HeaderTooBig(RefusedMessage):
    """More lines of header than any letter has."""

    smtp_code = 552
    enhanced_code = "5.3.4"
    smtp_text = "header section too big"


class MailLoop(RefusedMessage):
    """The message has gone round in circles."""

    smtp_code = 554
    enhanced_code = "5.4.6"
    smtp_text = "too many hops, this message is looping"


def check_hops(raw: bytes) -> None:
    """Raises MailLoop when the header section has more than MOST_HOPS `Received:` fields."""
    # A message that begins with an empty line has no header section at all.
    end = 0 if raw.startswith(b"\r\n") else raw.find(b"\r\n\r\n")
    if len(_FIELD.findall(raw[:end] if end >= 0 else raw)) > MOST_HOPS:
        raise MailLoop


def check_header(raw: bytes, limit: int) -> None:
    """Raises HeaderTooBig when the header section has more than `limit` octets.

    It ends at the first line that is no part of a field, an empty one or not: what follows is text.
    """
    if 0 <= raw.find(b"\r\n\r\n") <= limit:
        return
    at = 0
    while at <= limit:
        end = raw.find(b"\n", at) + 1
        if not end or not _HEADER_LINE.match(raw, at, min(end, limit + 1)):
            return
        at = end
    raise HeaderTooBig


def received_line(
    client: Client, hostname: str, message_id: str, at: datetime, *, esmtp: bool, tls: bool, smtputf8: bool
) -> bytes:
    """The `Received:` field, folded, with its line end.

    The HELO name is the client's own claim: anything but letters of a host name is left out of it, so that it cannot
    write header fields. No recipient and no login is named: the line travels to every recipient.
    """
    helo = client.helo if _HOST.fullmatch(client.helo) else "unknown"
    protocol = "SMTP"
    if esmtp:
        # RFC 3848 and RFC 6531, section 4.3.
        protocol = ("UTF8SMTP" if smtputf8 else "ESMTP") + "S" * tls + "A" * (client.login is not None)
    return (
        f"Received: from {helo} ({_literal(client.address)})\r\n"
        f"\tby {hostname} (mailguard) with {protocol} id {message_id};\r\n"
        f"\t{_date(at.replace(microsecond=0))}\r\n"
    ).encode("ascii", "replace")


# Written once a second, not once a message: 9 us.
_date = lru_cache(maxsize=4)(format_datetime)


@lru_cache(maxsize=4096)
def _literal(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    return f"[{address}]" if parsed.version == 4 else f"[IPv6:{address}]"
