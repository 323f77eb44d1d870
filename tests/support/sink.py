"""A raw-byte SMTP server to stand behind the guard: records every octet, answers, drops and stalls as told."""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Self

DROP: Final = object()
"""Hang up instead of answering."""
STALL: Final = object()
"""Never answer, or not before `answer_stalled`."""

Step = bytes | object | Callable[[bytes], "bytes | object"]
"""A whole reply with its line end, DROP, STALL, or a function of the command line that gives one of them."""

DEFAULTS: dict[str, bytes] = {
    "connect": b"220 sink.example ESMTP\r\n",
    "helo": b"250 sink.example\r\n",
    "mail": b"250 2.1.0 sender fine\r\n",
    "rcpt": b"250 2.1.5 recipient fine\r\n",
    "data": b"354 go on\r\n",
    "dot": b"250 2.0.0 Ok: queued as SINK1\r\n",
    "rset": b"250 2.0.0 reset\r\n",
    "noop": b"250 2.0.0 fine\r\n",
    "quit": b"221 2.0.0 bye\r\n",
    "auth": b"235 2.7.0 welcome\r\n",
    "starttls": b"220 2.0.0 go ahead\r\n",
    "xforward": b"250 2.0.0 noted\r\n",
    "xclient": b"220 sink.example ESMTP\r\n",
}
EXTENSIONS = ("SIZE 52428800", "8BITMIME", "SMTPUTF8", "PIPELINING", "ENHANCEDSTATUSCODES")


@dataclass
class SinkMessage:
    """One message as it came over the wire."""

    mail: bytes
    rcpt: list[bytes] = field(default_factory=list)
    wire: bytes = b""
    """Everything between the end of the DATA line and the terminating dot, transparency dots included."""

    @property
    def body(self) -> bytes:
        """The message without transparency dots."""
        lines = self.wire.split(b"\r\n")
        return b"\r\n".join(line[1:] if line.startswith(b".") else line for line in lines)


class Sink:
    """`async with Sink() as sink:` listens on a free port; `sink.steps["rcpt"] = b"450 later\\r\\n"` scripts it."""

    def __init__(self, extensions: tuple[str, ...] = EXTENSIONS, tls: ssl.SSLContext | None = None) -> None:
        self.extensions = extensions
        self.steps: dict[str, Step] = {}
        self.commands: list[bytes] = []
        """Every command line with its line end, of all connections, in order."""
        self.messages: list[SinkMessage] = []
        """Messages whose final dot was read, whatever was answered."""
        self.connections = 0
        self.port = 0
        self._tls = tls
        self._awake = asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port, limit=1 << 27)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for writer in list(self._writers):
            writer.close()

    def verbs(self) -> list[str]:
        """The commands' first words."""
        return [line.split()[0].decode("latin-1").upper() for line in self.commands if line.split()]

    def hang_up(self) -> None:
        """Close every connection, as a server that restarts does."""
        for writer in list(self._writers):
            writer.close()

    def answer_stalled(self) -> None:
        """Give whoever is kept waiting the answer that is usual, now and from now on."""
        self._awake.set()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        self.connections += 1
        try:
            await self._serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            self._writers.discard(writer)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._answer(writer, "connect", b"")
        message = SinkMessage(b"")
        while True:
            line = await reader.readuntil(b"\n")
            self.commands.append(line)
            verb = (line.split() or [b""])[0].decode("latin-1").lower()
            if verb == "ehlo":
                names = ["sink.example", *self.extensions]
                lines = [f"250-{name}" for name in names[:-1]] + [f"250 {names[-1]}"]
                await self._answer(writer, "ehlo", line, "".join(f"{text}\r\n" for text in lines).encode())
            elif verb == "data":
                reply = await self._answer(writer, "data", line)
                if reply.startswith(b"354"):
                    message.wire = await self._read_message(reader)
                    self.messages.append(message)
                    message = SinkMessage(b"")
                    await self._answer(writer, "dot", line)
            elif verb in DEFAULTS:
                reply = await self._answer(writer, verb, line)
                if verb == "mail" and reply.startswith(b"2"):
                    message = SinkMessage(line)
                elif verb == "rcpt" and reply.startswith(b"2"):
                    message.rcpt.append(line)
                elif verb == "starttls" and self._tls is not None:
                    await writer.start_tls(self._tls)
                elif verb == "quit":
                    return
            else:
                writer.write(b"500 5.5.2 what?\r\n")

    async def _read_message(self, reader: asyncio.StreamReader) -> bytes:
        wire = bytearray()
        while (line := await reader.readuntil(b"\r\n")) != b".\r\n":
            wire += line
        return bytes(wire)

    async def _answer(self, writer: asyncio.StreamWriter, step: str, line: bytes, default: bytes = b"") -> bytes:
        action = self.steps.get(step, default or DEFAULTS[step])
        if callable(action):
            action = action(line)
        if action is DROP:
            writer.close()
            raise ConnectionResetError
        if action is STALL:
            await self._awake.wait()
            action = default or DEFAULTS[step]
        assert isinstance(action, bytes)
        writer.write(action)
        await writer.drain()
        return action
