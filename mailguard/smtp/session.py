"""One client's session: its mail transactions, each mirrored at the next hop."""

# ruff: noqa: N802, N815 - aiosmtpd finds a command's method by the command's name

import asyncio
import time
from collections.abc import Awaitable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from aiosmtpd.proxy_protocol import V2_CMD, ProxyData

from mailguard.core.answer import Answer
from mailguard.core.clock import utc_now
from mailguard.core.envelope import Client, Envelope
from mailguard.core.errors import MessageTooBig, NextHopError, RefusedMessage
from mailguard.core.ids import new_message_id
from mailguard.smtp.chunks import Chunks, parse_bdat, skip_chunk
from mailguard.smtp.commands import parse_mail, parse_rcpt
from mailguard.smtp.data import read_data
from mailguard.smtp.introduction import Introduction
from mailguard.smtp.passage import Passage
from mailguard.smtp.ports import HopTransaction
from mailguard.smtp.received import check_header, check_hops, received_line

if TYPE_CHECKING:
    from mailguard.smtp.door import FrontDoor


@dataclass(slots=True)
class _Mail:
    """A transaction between MAIL and the final dot, mirrored at the next hop."""

    envelope: Envelope
    hop: HopTransaction
    recipients: dict[str, str] = field(default_factory=dict)
    """Address and its parameters of RFC 3461."""
    chunks: Chunks | None = None
    """What BDAT has brought so far."""
    lost: bool = False
    """The next hop went away meanwhile: it no longer knows these recipients."""


class Session(Introduction):
    """SMTP server side of one connection (RFC 5321)."""

    def __init__(self, door: "FrontDoor") -> None:
        super().__init__(door)
        self._mail: _Mail | None = None
        self._counted: str | None = None
        """The address that this connection is one of."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there: one too many from its address is sent away at once."""
        super().connection_made(transport)
        if self._counted is None and not self._door.settings.proxy_protocol:
            self._count()

    def believe_proxy(self, data: ProxyData) -> bool:
        """Behind a proxy it is known only now whose connection it is: the proxy's own are as many as all clients'."""
        return super().believe_proxy(data) and (data.command == V2_CMD.LOCAL or self._count())

    def _count(self) -> bool:
        self._counted = self.speaker
        if self._door.admit(self._counted):
            return True
        self._hang_up(b"421 4.7.0 too many connections from your address\r\n")
        return False

    def connection_lost(self, error: Exception | None) -> None:
        """The client is gone; what it has not finished is undone at the next hop."""
        super().connection_lost(error)
        self.forget_mail()
        self._door.forget(self, self._counted)

    @property
    def in_transaction(self) -> bool:
        """Between MAIL and the final dot."""
        return self._mail is not None

    # Commands

    async def smtp_MAIL(self, arg: str | None) -> None:
        """MAIL FROM, asked of the next hop while the client waits."""
        if await self.check_helo_needed():
            return
        if self._mail is not None:
            await self.say(503, "5.5.1 nested MAIL command")
            return
        if self._login is None and not self.trusts(self.address):
            await self._deny()
            return
        command = parse_mail(arg, dsn="dsn" in self.offered)
        if command.size is not None and command.size > self._door.settings.max_message_bytes:
            raise MessageTooBig
        envelope = Envelope(
            command.reverse_path, (), self.client(), command.smtputf8, command.body_8bit, dsn=command.dsn
        )
        mail = _Mail(envelope, self._door.begin())
        answer = await self.work(mail.hop.mail(envelope, command.size))
        if answer.ok:
            self._mail = mail
        else:
            self._door.spawn(mail.hop.close())
        await self.reply(answer)

    async def smtp_RCPT(self, arg: str | None) -> None:
        """RCPT TO, asked of the next hop while the client waits; whom it refuses is not in the envelope."""
        mail = self._mail
        if mail is None:
            await self.say(503, "5.5.1 need MAIL command")
            return
        command = parse_rcpt(arg, smtputf8=mail.envelope.smtputf8, dsn="dsn" in self.offered)
        address = command.address
        if address in mail.recipients:
            await self.say(250, "2.1.5 OK")
            return
        if len(mail.recipients) >= self._door.settings.max_recipients:
            await self.say(452, "4.5.3 too many recipients")
            return
        try:
            answer = await self.work(mail.hop.rcpt(address, command.dsn))
        except NextHopError:
            mail.lost = True
            raise
        if answer.ok:
            mail.recipients[address] = command.dsn
        await self.reply(answer)

    async def smtp_DATA(self, arg: str | None) -> None:
        """DATA: read the message, then let it take its way through the house."""
        mail = self._mail
        if mail is None:
            await self.say(503, "5.5.1 need MAIL command")
        elif arg:
            await self.say(501, "5.5.4 DATA has no arguments")
        elif mail.chunks is not None:
            await self.say(503, "5.5.1 DATA after BDAT")
        elif await self._is_ready(mail):
            await self.say(354, "end data with <CR><LF>.<CR><LF>")
            settings = self._door.settings
            arriving = read_data(self._reader, settings.max_message_bytes, settings.bare_newline, self._arrival())
            await self._take_message(mail, arriving)

    async def smtp_BDAT(self, arg: str | None) -> None:
        """BDAT: one chunk of the message; the last one lets it take its way through the house."""
        command = parse_bdat(arg)
        mail = self._mail
        if mail is None or mail.lost or not mail.recipients:
            await skip_chunk(self._reader, command.size, self._arrival())
            if mail is None:
                await self.say(503, "5.5.1 need MAIL command")
            else:
                # Without this chunk, what comes behind it would be another message.
                self.forget_mail()
                await self._is_ready(mail)
            return
        mail.chunks = mail.chunks or Chunks(self._door.settings.max_message_bytes)
        try:
            await mail.chunks.read(self._reader, command.size, self._arrival())
        except BaseException:
            self.forget_mail()
            raise
        if command.last:
            await self._take_message(mail, mail.chunks.message(self._door.settings.bare_newline))
        else:
            await self.say(250, f"2.0.0 {command.size} octets received")

    async def _is_ready(self, mail: _Mail) -> bool:
        if mail.lost:
            raise NextHopError("the next hop was lost before DATA")
        if not mail.recipients:
            await self.say(554, "5.5.1 no valid recipients")
        return bool(mail.recipients)

    async def smtp_RSET(self, arg: str | None) -> None:
        """RSET."""
        self.forget_mail()
        await self.say(250, "2.0.0 OK")

    async def smtp_VRFY(self, arg: str | None) -> None:
        """VRFY: nothing is told about who exists (RFC 5321, section 7.3)."""
        await self.say(252, "2.1.5 cannot verify, but will take the message and try")

    async def smtp_HELP(self, arg: str | None) -> None:
        """HELP."""
        await self.say(214, "2.0.0 see RFC 5321")

    async def smtp_NOOP(self, arg: str | None) -> None:
        """NOOP."""
        await self.say(250, "2.0.0 OK")

    async def smtp_GET(self, arg: str | None) -> None:
        """A web browser that was made to speak to us: its request's body could hold SMTP commands."""
        await self.reply(Answer(421, ("4.7.0 this is no web server",)))

    smtp_POST = smtp_CONNECT = smtp_GET

    # The way of a message

    async def _take_message(self, mail: _Mail, arriving: Awaitable[bytes]) -> None:
        begun = time.perf_counter()
        # From here on the message has its own way; RSET, EHLO or a lost connection no longer concern it.
        self._mail = None
        message_id = new_message_id()
        envelope = replace(
            mail.envelope,
            recipients=tuple(mail.recipients),
            recipient_dsn=tuple((address, dsn) for address, dsn in mail.recipients.items() if dsn),
            message_id=message_id,
        )
        self._receiving = True
        try:
            body = await arriving
            check_header(body, self._door.settings.max_header_bytes)
            check_hops(body)
        except RefusedMessage as error:
            self._door.spawn(mail.hop.close())
            self._passage(message_id, envelope, 0, begun).refuse(error)
            raise
        except BaseException:
            self._door.spawn(mail.hop.close())
            raise
        finally:
            self._receiving = False
        raw = self._trace(envelope, message_id) + body
        task = self._door.spawn(self._carry(self._passage(message_id, envelope, len(raw), begun), raw, mail.hop))
        await self.reply(await self.work(asyncio.shield(task)))

    async def _carry(self, passage: Passage, raw: bytes, hop: HopTransaction) -> Answer:
        try:
            return await passage.carry(raw, hop, self._door.ways)
        finally:
            if hop.open:
                # In a task of its own: the client need not wait for the next hop's answer to RSET.
                self._door.spawn(hop.close())
            else:
                await hop.close()

    def _passage(self, message_id: str, envelope: Envelope, size: int, begun: float) -> Passage:
        return Passage(message_id, envelope, size, (time.perf_counter() - begun) * 1000, self._door.observe)

    def _trace(self, envelope: Envelope, message_id: str) -> bytes:
        # The peer that we really spoke with, whomever it speaks for.
        return received_line(
            Client(self.address, self.session.host_name or "", self._login),
            self._door.settings.hostname,
            message_id,
            utc_now(),
            esmtp=self.session.extended_smtp,
            tls=self.tls,
            smtputf8=envelope.smtputf8,
        )

    def forget_mail(self) -> None:
        """Undo an open transaction here and at the next hop."""
        if self._mail is not None:
            self._door.spawn(self._mail.hop.close())
            self._mail = None

    async def _deny(self) -> None:
        if self._door.settings.auth and self.tls_context is not None:
            await self.say(530, "5.7.0 authentication required")
        else:
            await self.say(554, "5.7.1 relay access denied")
