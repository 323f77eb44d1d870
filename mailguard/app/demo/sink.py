"""The mail server behind the guard, played by a sink that keeps what it is given."""

import asyncio
from dataclasses import dataclass

from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message as it arrived."""

    mail_from: str
    recipients: tuple[str, ...]
    raw: bytes


class Sink:
    """Takes everything, for the length of an `async with` block."""

    def __init__(self) -> None:
        self.mail: list[Arrived] = []
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """The port listened on."""
        if self._server is None:
            raise RuntimeError("the sink is not open")
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def to(self, address: str) -> list[Arrived]:
        """What has arrived for an address."""
        return [message for message in self.mail if address in message.recipients]

    async def __aenter__(self) -> "Sink":
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: SMTP(self, enable_SMTPUTF8=True), "127.0.0.1", 0)
        return self

    async def __aexit__(self, *error: object) -> None:
        if self._server is not None:
            self._server.close()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep the message."""
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        self.mail.append(Arrived(envelope.mail_from or "", tuple(envelope.rcpt_tos), content))
        return f"250 2.0.0 Ok: queued as SINK{len(self.mail)}"
