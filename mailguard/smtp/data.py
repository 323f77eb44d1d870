"""Read the message after DATA: strict about where it ends and about line ends.

The attack that this file is about is **SMTP smuggling**: two servers that disagree on where a message ends. If the
first takes `LF.CRLF` for text and the second takes it for the end, what follows is read by the second as commands, and
an insider sends a message that nobody judged. So the end is CRLF.CRLF and nothing else (RFC 5321, section 4.1.1.4), and
nothing that another server could misread goes on: bare CR and NUL are refused, bare LF becomes CRLF before anything is
judged, or is refused too.
"""

import asyncio
import re
from collections.abc import Callable
from typing import Literal

from mailguard.core.errors import BareLineEnding, MessageTooBig
from mailguard.core.line_ends import are_strict
from mailguard.core.octet_patterns import compile_octets

Progress = Callable[[int], None]

_END = b"\r\n.\r\n"
_END_WITHIN = compile_octets(rb"\r\n\.\r\n")
_DOTTED = compile_octets(rb"\r\n\.")
_BLOCK = 1 << 24
"""More than a StreamReader ever buffers here, so that one read empties it."""
_BARE_LF = re.compile(rb"(?<!\r)\n")


async def read_data(
    reader: asyncio.StreamReader, limit: int, bare_newline: Literal["normalize", "reject"], progress: Progress
) -> bytes:
    """The message without transparency dots; its lines end with CRLF, the last one too.

    `progress` is told how many octets each block had; what it raises ends the reading.

    Raises BareLineEnding and MessageTooBig (more than `limit` octets), both only after the real end was read, so that
    the rest of a refused message is never taken for commands; ConnectionError when the client hangs up before the end.
    """
    received, too_big = await _read_to_end(reader, limit, progress)
    if too_big:
        raise MessageTooBig
    # Dots first: transparency is about lines as they came over the wire, and those end with CRLF only.
    return clean_lines(_without_dots(received), bare_newline)


def _without_dots(received: bytearray) -> bytes:
    message = bytes(memoryview(received)[2:])
    if _DOTTED.search(message):  # most often there is none, which is known in a sixth of the time of replacing it
        message = message.replace(b"\r\n.", b"\r\n")
    return message[1:] if message.startswith(b".") else message


async def _read_to_end(reader: asyncio.StreamReader, limit: int, progress: Progress) -> tuple[bytearray, bool]:
    # Read in blocks: line by line costs ten times as much (21 ms against 1.9 ms a megabyte). The CRLF that ended the
    # DATA command counts as the one before the first line, so an empty message ends at once.
    received, too_big = bytearray(b"\r\n"), False
    while True:
        block = await reader.read(_BLOCK)
        if not block:
            raise ConnectionResetError("hung up before the end of data")
        progress(len(block))
        behind = _find_end(received, block)
        if behind is not None:
            # The reader was emptied by this read and nothing was awaited since: what is put back is in its place.
            rest = block[behind:]
            if rest and not reader.at_eof():
                reader.feed_data(rest)
            received += block[:behind]
            del received[2 - len(_END) :]
            return received, too_big or len(received) > limit + 2
        received += block
        if too_big or len(received) > limit + len(_END):
            # Nothing is kept of it but what the end could begin with.
            del received[: -len(_END)]
            too_big = True


def _find_end(received: bytearray, block: bytes) -> int | None:
    """Where the end of data stops in a block that follows what was received; it may have begun in that."""
    before = bytes(received[1 - len(_END) :])
    at = (before + block[: len(_END) - 1]).find(_END)
    if at >= 0:
        return at + len(_END) - len(before)
    found = _END_WITHIN.search(block)
    return None if found is None else int(found.end())


def clean_lines(message: bytes, bare_newline: Literal["normalize", "reject"]) -> bytes:
    """The message with CRLF line ends only. Raises BareLineEnding for bare CR and NUL, and for bare LF if so wished."""
    if are_strict(message):
        return message
    if b"\0" in message or bare_newline == "reject":
        raise BareLineEnding
    # Were it a CR that stands alone, it still does.
    mended = _BARE_LF.sub(b"\r\n", message)
    if not are_strict(mended):
        raise BareLineEnding
    return mended
