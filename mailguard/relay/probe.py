"""Ask the next hop what it offers, and try live whether it takes a malformed end of data for an end.

SMTP smuggling needs a server behind us that ends a message where we do not. We never send a bare LF or CR, but other
ways to that server may; and an answer of `250` here means that two programs in the path read messages differently.
"""

import asyncio
import ssl
from contextlib import suppress
from dataclasses import dataclass

from mailguard.core.errors import NextHopError
from mailguard.core.settings import NextHopSettings
from mailguard.relay.next_hop import NextHop

_ENDINGS = {
    "LF . LF": b"\n.\n",
    "LF . CR LF": b"\n.\r\n",
    "CR LF . LF": b"\r\n.\n",
    "CR . CR": b"\r.\r",
    "CR LF . CR": b"\r\n.\r",
    "CR . CR LF": b"\r.\r\n",
}
"""Malformed ends of data that real servers have honoured (CVE-2023-51764, CVE-2023-51765, CVE-2023-51766)."""
_SILENCE = 10.0
"""Seconds without an answer that mean: the server waits for the real end of data. One that takes a letter has to sync
it to its disk first, and on a busy one that takes seconds: told too soon, a server that is deceived would seem well."""
_MEND = "Postfix: smtpd_forbid_bare_newline = reject and smtpd_forbid_bare_newline_exclusions = (nothing), both of them"
_EXTENSIONS = ("STARTTLS", "8BITMIME", "SMTPUTF8", "DSN", "PIPELINING", "SIZE")


@dataclass(frozen=True, slots=True)
class ProbeLine:
    """One thing that was found out."""

    well: bool
    text: str


async def probe_next_hop(settings: NextHopSettings, hostname: str, probe_to: str) -> list[ProbeLine]:
    """What the next hop says of itself, and how it reads ends of data.

    A probe letter reaches `probe_to` only through a hop that breaks the rule; one that keeps it never sees an end of
    data. Raises NextHopError when it does not answer.
    """
    next_hop = NextHop(settings, hostname)
    try:
        named = await next_hop.offered()
    finally:
        await next_hop.close()
    offered = [extension for extension in _EXTENSIONS if extension.lower() in named]
    lines = [ProbeLine(True, f"{settings.host}:{settings.port} answers and offers {', '.join(offered) or 'nothing'}")]
    if settings.tls != "required":
        context = None
    else:
        context = ssl.create_default_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_2
    # At once, for a hop that keeps the rule answers each with ten seconds of silence.
    return lines + await asyncio.gather(
        *(_try_ending(settings, context, probe_to, name, ending) for name, ending in _ENDINGS.items())
    )


async def _try_ending(
    settings: NextHopSettings, context: ssl.SSLContext | None, probe_to: str, name: str, ending: bytes
) -> ProbeLine:
    """`context` secures the connection first, as a next hop that demands TLS wants it."""
    try:
        async with asyncio.timeout(settings.timeout):
            reader, writer = await asyncio.open_connection(settings.host, settings.port)
    except (OSError, TimeoutError) as error:
        raise NextHopError(f"{settings.host}:{settings.port}: {type(error).__name__}") from None
    try:
        async with asyncio.timeout(settings.timeout):
            await _reply(reader)
            secure = ("EHLO localhost", "STARTTLS") if context else ()
            for command in (*secure, "EHLO localhost", "MAIL FROM:<>", f"RCPT TO:<{probe_to}>", "DATA"):
                writer.write(f"{command}\r\n".encode())
                code = await _reply(reader)
                if code >= 400:
                    return ProbeLine(True, f"{name}: not tried, {command.split(':')[0]} was answered {code}")
                if context and command == "STARTTLS":
                    await writer.start_tls(context, server_hostname=settings.host)
        writer.write(b"From: <>\r\nSubject: mailguard line-ending probe\r\n\r\nEnds with " + name.encode() + ending)
        await writer.drain()
        code = 0
        with suppress(TimeoutError):
            async with asyncio.timeout(_SILENCE):
                code = await _reply(reader)
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        return ProbeLine(True, f"{name}: the next hop hung up")
    finally:
        writer.close()
    if code == 0:
        return ProbeLine(True, f"{name}: is no end of data there")
    if code >= 400:
        return ProbeLine(True, f"{name}: is refused with {code}")
    return ProbeLine(False, f"{name}: is taken for the end of data ({code}). {_MEND}; see deploy/postfix/README.md")


async def _reply(reader: asyncio.StreamReader) -> int:
    while True:
        line = await reader.readuntil(b"\n")
        if line[3:4] != b"-":
            return int(line[:3]) if line[:3].isdigit() else 0
