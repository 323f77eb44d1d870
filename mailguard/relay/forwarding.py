"""Tell the next hop who the client was: Postfix's XFORWARD, so that its log names the client and not the guard.

The attributes and their form are those of Postfix's XFORWARD_README: values in xtext (RFC 3461, section 4), each line
short, `[UNAVAILABLE]` for what is not known. They hold for one mail transaction.
"""

import re
from collections.abc import Iterator

from mailguard.core.envelope import Client

_PLAIN = re.compile(r"[^\x21-\x2a\x2c-\x3c\x3e-\x7e]")
_HALF = re.compile(r"\+[0-9A-F]?\Z")
"""What cutting leaves of an octet; `+` stands for nothing else."""
_LONGEST_VALUE = 255
_LONGEST_LINE = 510
"""Octets without CRLF (RFC 5321, section 4.5.3.1.4)."""


def forwarding(client: Client, offered: str) -> Iterator[bytes]:
    """The XFORWARD lines for a client, with those attributes that the next hop has offered; none, none."""
    wanted = offered.upper().split()
    if not wanted:
        return
    known = dict(client.forwarded) or _introduce(client)
    line = b""
    for name in wanted:
        pair = f" {name}={known[name]}".encode("ascii") if name in known else b""
        if line and len(line) + len(pair) > _LONGEST_LINE:
            yield line
            line = b""
        if pair and len(pair) < _LONGEST_LINE - len(b"XFORWARD"):
            line = (line or b"XFORWARD") + pair
    if line:
        yield line


def _introduce(client: Client) -> dict[str, str]:
    return {
        "ADDR": _xtext(f"IPV6:{client.address}" if ":" in client.address else client.address) or "[UNAVAILABLE]",
        "HELO": _xtext(client.helo) or "[UNAVAILABLE]",
        "SOURCE": "REMOTE",
    }


def _xtext(text: str) -> str:
    octets = _PLAIN.sub(lambda found: "".join(f"+{octet:02X}" for octet in found[0].encode()), text)
    return _HALF.sub("", octets[:_LONGEST_VALUE])
