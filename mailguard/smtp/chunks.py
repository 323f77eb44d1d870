"""BDAT, the other way to hand a message in: chunks of an announced size, without dots and without an end to be found.

RFC 3030. Nothing can be smuggled by a malformed end here, but by a size that two servers read differently: so a size is
plain digits or the connection ends, and every announced octet is read before anything is answered. What was put
together is judged and handed on as DATA, under the same rules for line ends.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Literal

from mailguard.core.errors import MessageTooBig, RefusedMessage
from mailguard.smtp.data import Progress, clean_lines

_ARGUMENT = re.compile(r"(?P<size>[0-9]{1,12})(?P<last> +LAST)? *", re.IGNORECASE | re.ASCII)
_BLOCK = 1 << 20


class BadChunk(RefusedMessage):
    """BDAT with an argument that is no size: nobody knows how many octets of a letter follow."""

    smtp_code = 421
    enhanced_code = "5.5.4"
    smtp_text = "BDAT needs a size in digits"


@dataclass(frozen=True, slots=True)
class ChunkCommand:
    """`BDAT 1000 LAST`."""

    size: int
    last: bool


def parse_bdat(argument: str | None) -> ChunkCommand:
    """Read what follows `BDAT `. Raises BadChunk."""
    found = _ARGUMENT.fullmatch(argument or "")
    if found is None:
        raise BadChunk
    return ChunkCommand(int(found["size"]), found["last"] is not None)


@dataclass(slots=True)
class Chunks:
    """The chunks of one message so far."""

    limit: int
    """Octets that the message may have."""
    received: bytearray = field(default_factory=bytearray)
    begun: bool = False

    async def read(self, reader: asyncio.StreamReader, size: int, progress: Progress) -> None:
        """Take the next chunk. Raises MessageTooBig, once all of it was read; ConnectionError when the client goes."""
        self.begun = True
        too_big = len(self.received) + size > self.limit
        async for block in _blocks(reader, size, progress):
            if not too_big:
                self.received += block
        if too_big:
            self.received.clear()
            raise MessageTooBig

    async def message(self, bare_newline: Literal["normalize", "reject"]) -> bytes:
        """All chunks, ended with a line end as DATA wants it. Raises BareLineEnding."""
        whole = bytes(self.received)
        return clean_lines(whole if whole.endswith(b"\n") or not whole else whole + b"\r\n", bare_newline)


async def skip_chunk(reader: asyncio.StreamReader, size: int, progress: Progress) -> None:
    """Read a chunk that nobody wants, so that its octets are not taken for commands."""
    async for _ in _blocks(reader, size, progress):
        pass


async def _blocks(reader: asyncio.StreamReader, size: int, progress: Progress) -> AsyncIterator[bytes]:
    left = size
    while left:
        block = await reader.read(min(left, _BLOCK))
        if not block:
            raise ConnectionResetError("hung up within a chunk")
        progress(len(block))
        left -= len(block)
        yield block
