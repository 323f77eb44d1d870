"""What a server in front of us says of its own client, if we trust it: XFORWARD (Postfix's XFORWARD_README)."""

import ipaddress
import re

from mailguard.core.envelope import Client
from mailguard.core.one_line import one_line
from mailguard.smtp.commands import BadSyntax

FORWARDED = ("NAME", "ADDR", "PORT", "PROTO", "HELO", "IDENT", "SOURCE")
_PAIR = re.compile(r"([A-Za-z]{1,10})=((?:[\x21-\x2a\x2c-\x3c\x3e-\x7e]|\+[0-9A-Fa-f]{2}){0,255})")
_HEX = re.compile(r"\+([0-9A-Fa-f]{2})")
_UNKNOWN = ("[UNAVAILABLE]", "[TEMPUNAVAIL]")


def parse_forwarded(argument: str | None) -> dict[str, str]:
    """Attributes and values, these in xtext as they came. Raises BadSyntax."""
    found: dict[str, str] = {}
    for word in (argument or "").split():
        pair = _PAIR.fullmatch(word)
        if pair is None or pair[1].upper() not in FORWARDED:
            raise BadSyntax
        found[pair[1].upper()] = pair[2]
    if not found:
        raise BadSyntax
    return found


def forwarded_client(forwarded: tuple[tuple[str, str], ...]) -> Client:
    """The client of the server in front of us; empty where it is not told."""
    known = {name: value for name, value in forwarded if value.upper() not in _UNKNOWN}
    return Client(_address(known.get("ADDR", "")), one_line(_plain(known.get("HELO", "")), 255))


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
    return _HEX.sub(lambda found: chr(int(found[1], 16)), xtext)
