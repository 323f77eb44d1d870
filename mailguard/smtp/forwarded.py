"""What a server in front of us says of its own client, if we trust it: XFORWARD and XCLIENT, as Postfix has them.

XFORWARD is for logs, and holds for one message; XCLIENT puts the client in the server's place, rights and all, until
the connection ends.
"""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass

from mailguard.core.envelope import Client
from mailguard.core.one_line import one_line
from mailguard.smtp.commands import BadSyntax

FORWARDED = ("NAME", "ADDR", "PORT", "PROTO", "HELO", "IDENT", "SOURCE")
OVERRIDDEN = ("NAME", "ADDR", "PORT", "PROTO", "HELO", "LOGIN")
_PAIR = re.compile(r"([A-Za-z]{1,10})=((?:[\x21-\x2a\x2c-\x3c\x3e-\x7e]|\+[0-9A-Fa-f]{2}){0,255})")
_OCTETS = re.compile(r"(?:\+[0-9A-Fa-f]{2})+")
_UNKNOWN = ("[UNAVAILABLE]", "[TEMPUNAVAIL]")


@dataclass(frozen=True, slots=True)
class OverriddenClient:
    """In whose place a server has put itself."""

    address: str
    """IP address; empty: unknown, and so nobody with any rights."""
    helo: str
    login: str | None
    """Who has logged in there."""


def parse_forwarded(argument: str | None, known: Sequence[str] = FORWARDED) -> dict[str, str]:
    """Attributes and values, these in xtext as they came. Raises BadSyntax."""
    found: dict[str, str] = {}
    for word in (argument or "").split():
        pair = _PAIR.fullmatch(word)
        if pair is None or pair[1].upper() not in known:
            raise BadSyntax
        found[pair[1].upper()] = pair[2]
    if not found:
        raise BadSyntax
    return found


_NOBODY = Client("", "")


def forwarded_client(forwarded: tuple[tuple[str, str], ...]) -> Client:
    """The client of the server in front of us; empty where it is not told."""
    if not forwarded:
        return _NOBODY
    known = {name: value for name, value in forwarded if value.upper() not in _UNKNOWN}
    return Client(_address(known.get("ADDR", "")), one_line(_plain(known.get("HELO", "")), 255))


def overridden_client(attributes: dict[str, str]) -> OverriddenClient:
    """Whom the attributes of XCLIENT name. Raises BadSyntax for an address that is none, and for an odd login.

    An attribute that is not told is unknown: the rights of the server that speaks are nobody else's.
    """
    known = {name: value for name, value in attributes.items() if value.upper() not in _UNKNOWN}
    address = _address(known.get("ADDR", ""))
    login = _plain(known.get("LOGIN", ""))
    if ("ADDR" in known and not address) or login != one_line(login, 255):
        raise BadSyntax
    return OverriddenClient(address, one_line(_plain(known.get("HELO", "")), 255), login or None)


def _address(value: str) -> str:
    text = _plain(value)
    text = text[5:] if text[:5].upper() == "IPV6:" else text
    if "%" in text:
        # A zone (RFC 4007, section 11): ipaddress takes anything at all for one, line ends too.
        return ""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return ""


def _plain(xtext: str) -> str:
    return _OCTETS.sub(lambda found: bytes.fromhex(found[0].replace("+", "")).decode("utf-8", "replace"), xtext)
