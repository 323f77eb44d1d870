"""A raw SMTP client: sends exactly the octets it is given and reads whole replies."""

import asyncio
import ssl
from types import TracebackType
from typing import Self

from tests.support.waiting import PATIENCE


class Dialogue:
    """`async with Dialogue(port) as client:` has read the greeting."""

    def __init__(
        self,
        port: int,
        host: str = "127.0.0.1",
        first: bytes = b"",
        tls: ssl.SSLContext | None = None,
        source: str | None = None,
    ) -> None:
        """`first` is sent before the greeting is waited for, as a proxy does; `tls` begins with the first octet.

        `source` is the client's own address, any of 127.0.0.0/8.
        """
        self._host, self._port, self._first, self._tls = host, port, first, tls
        self._source = None if source is None else (source, 0)
        self.greeting = b""

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection(
            self._host,
            self._port,
            limit=1 << 20,
            ssl=self._tls,
            server_hostname="localhost" if self._tls else None,
            local_addr=self._source,
        )
        self.send(self._first)
        self.greeting = await self.reply()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.hang_up()

    def send(self, octets: bytes) -> None:
        """Write without waiting for anything."""
        self._writer.write(octets)

    async def reply(self) -> bytes:
        """One whole reply, all its lines; what there is of it when the server hangs up."""
        lines = b""
        while line := await asyncio.wait_for(self._reader.readline(), PATIENCE):
            lines += line
            if line[3:4] != b"-":
                break
        return lines

    async def say(self, command: bytes) -> bytes:
        """One command line (CRLF is added) and its reply."""
        self.send(command + b"\r\n")
        return await self.reply()

    async def begin(self, sender: bytes = b"clerk@operator.example", *recipients: bytes) -> list[bytes]:
        """EHLO, MAIL, RCPT for each; the replies to MAIL and RCPT."""
        await self.say(b"EHLO client.example")
        replies = [await self.say(b"MAIL FROM:<" + sender + b">")]
        for recipient in recipients or (b"anna@example.org",):
            replies.append(await self.say(b"RCPT TO:<" + recipient + b">"))
        return replies

    async def message(self, octets: bytes) -> bytes:
        """DATA, the octets as they are, and CRLF.CRLF's last three; the final reply. Stuff the dots yourself."""
        assert (await self.say(b"DATA")).startswith(b"354")
        self.send(octets + b".\r\n")
        return await self.reply()

    async def start_tls(self, context: ssl.SSLContext) -> None:
        """STARTTLS and the handshake."""
        assert (await self.say(b"STARTTLS")).startswith(b"220")
        await self._writer.start_tls(context, server_hostname="localhost")

    def hang_up(self) -> None:
        """Close, without QUIT."""
        self._writer.close()

    async def closed(self) -> bool:
        """Whether the server hung up (nothing more comes)."""
        return await asyncio.wait_for(self._reader.read(1), PATIENCE) == b""


def stuff(message: bytes) -> bytes:
    """Transparency dots (RFC 5321, section 4.5.2)."""
    stuffed = message.replace(b"\r\n.", b"\r\n..")
    return b"." + stuffed if message.startswith(b".") else stuffed
