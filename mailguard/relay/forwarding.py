"""Tell the next hop who the client was, as Postfix's XFORWARD_README and XCLIENT_README have it.

By XFORWARD its log names the client and not the guard, for one mail transaction. By XCLIENT (`next_hop.xclient`) the
client takes the guard's place there, rights and all, until the connection ends. Values are in
xtext (RFC 3461, section 4), each line is short, `[UNAVAILABLE]` stands for what is not known.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from mailguard.core.envelope import Client

_PLAIN = re.compile(r"[^\x21-\x2a\x2c-\x3c\x3e-\x7e]")
_HALF = re.compile(r"\+[0-9A-F]?\Z")
"""What cutting leaves of an octet; `+` stands for nothing else."""
_UNKNOWN = "[UNAVAILABLE]"
_LONGEST_VALUE = 255
_LONGEST_LINE = 510
"""Octets without CRLF (RFC 5321, section 4.5.3.1.4)."""


@lru_cache(maxsize=1024)
def forwarding(client: Client, offered: str) -> tuple[bytes, ...]:
    """The XFORWARD lines for a client, with those attributes that the next hop has offered; none, none."""
    return tuple(_lines(client, offered))


def _lines(client: Client, offered: str) -> Iterator[bytes]:
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


def overriding(client: Client, offered: str) -> bytes:
    """The XCLIENT line for a client, with those attributes that the next hop has offered; empty: it knows none.

    All of them, unknown ones too: what is not said stays ours. One line, since each XCLIENT begins the session anew.
    """
    told = {name: value for name, value in client.forwarded if name in ("NAME", "PORT", "PROTO")}
    login = _xtext(client.login or "")
    known = {
        "ADDR": _introduce(client)["ADDR"],
        # Cut off it would be another person's.
        "LOGIN": login if 0 < len(login) < _LONGEST_VALUE else _UNKNOWN,
        "PROTO": told.get("PROTO", "ESMTP"),
        "PORT": told.get("PORT") or _UNKNOWN,
        "HELO": _introduce(client)["HELO"],
        "NAME": told.get("NAME") or _UNKNOWN,
    }
    pairs = {name: f" {name}={value}" for name, value in known.items() if name in offered.upper().split()}
    for name in ("HELO", "NAME"):
        if name in pairs and sum(map(len, pairs.values())) > _LONGEST_LINE - len("XCLIENT"):
            pairs[name] = f" {name}={_UNKNOWN}"
    return ("XCLIENT" + "".join(pairs.values())).encode("ascii") if pairs else b""


def _introduce(client: Client) -> dict[str, str]:
    return {
        "ADDR": _xtext(f"IPV6:{client.address}" if ":" in client.address else client.address) or _UNKNOWN,
        "HELO": _xtext(client.helo) or _UNKNOWN,
        "SOURCE": "REMOTE",
    }


def _xtext(text: str) -> str:
    octets = _PLAIN.sub(lambda found: "".join(f"+{octet:02X}" for octet in found[0].encode()), text)
    return _HALF.sub("", octets[:_LONGEST_VALUE])
