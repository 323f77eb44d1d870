"""AUTH PLAIN and AUTH LOGIN (RFC 4954, RFC 4616): from the command's argument to name and password."""

import binascii
from base64 import b64decode
from collections.abc import Awaitable, Callable

from mailguard.core.errors import RefusedMessage

MECHANISMS = ("PLAIN", "LOGIN")

Challenge = Callable[[bytes], Awaitable[bytes]]
"""Sends `334` with the text (already base64) and gives the client's next line without its line end."""


class AuthSyntax(RefusedMessage):
    """The exchange cannot be read."""

    smtp_code = 501
    enhanced_code = "5.5.2"
    smtp_text = "cannot decode the credentials"


class AuthCancelled(RefusedMessage):
    """The client sent `*` (RFC 4954, section 4)."""

    smtp_code = 501
    enhanced_code = "5.7.0"
    smtp_text = "authentication cancelled"


class UnknownMechanism(RefusedMessage):
    """A mechanism that EHLO did not offer."""

    smtp_code = 504
    enhanced_code = "5.5.4"
    smtp_text = "authentication mechanism not recognized"


async def read_credentials(argument: str | None, challenge: Challenge) -> tuple[str, str]:
    """Name and password. Raises AuthSyntax, AuthCancelled or UnknownMechanism."""
    mechanism, _, initial = (argument or "").partition(" ")
    match mechanism.upper():
        case "PLAIN":
            response = _decode(initial.encode() if initial else await challenge(b""))
            # An authorisation identity of its own is not supported: who logs in is who sends.
            authorise, separator, rest = response.partition("\0")
            name, second, password = rest.partition("\0")
            if not (separator and second) or (authorise and authorise != name):
                raise AuthSyntax
        case "LOGIN":
            name = _decode(initial.encode() if initial else await challenge(b"VXNlcm5hbWU6"))
            password = _decode(await challenge(b"UGFzc3dvcmQ6"))
        case _:
            raise UnknownMechanism
    if not name or "\0" in name + password:
        raise AuthSyntax
    return name, password


def _decode(line: bytes) -> str:
    if line == b"*":
        raise AuthCancelled
    try:
        # `=` alone stands for an empty initial response (RFC 4954, section 4).
        return b64decode(b"" if line == b"=" else line, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        raise AuthSyntax from None
