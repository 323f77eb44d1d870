"""One client's session: aiosmtpd's command loop with our own commands."""

# ruff: noqa: N802, N815 - aiosmtpd finds a command's method by the command's name

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import structlog

from mailguard.core.answer import Answer
from mailguard.core.clock import utc_now
from mailguard.core.envelope import Client, Envelope
from mailguard.core.errors import MailguardError, MessageTooBig, NextHopError, RefusedMessage
from mailguard.core.ids import new_message_id
from mailguard.core.one_line import one_line
from mailguard.smtp.auth import MECHANISMS, read_credentials
from mailguard.smtp.commands import parse_mail, parse_rcpt
from mailguard.smtp.connection import Connection
from mailguard.smtp.data import read_data
from mailguard.smtp.passage import Passage
from mailguard.smtp.ports import HopTransaction
from mailguard.smtp.received import check_hops, received_line

if TYPE_CHECKING:
    from mailguard.smtp.door import FrontDoor

_FAILED_LOGINS = 3
"""Wrong passwords on one connection before it is closed."""

_log = structlog.get_logger("mailguard.smtp")


@dataclass(slots=True)
class _Mail:
    """A transaction between MAIL and the final dot, mirrored at the next hop."""

    envelope: Envelope
    hop: HopTransaction
    recipients: dict[str, None] = field(default_factory=dict)
    lost: bool = False
    """The next hop went away meanwhile: it no longer knows these recipients."""


class Session(Connection):
    """SMTP server side of one connection (RFC 5321)."""

    wrong_password_seconds = 2.0
    """How long a wrong password has to wait for its answer."""

    def __init__(self, door: "FrontDoor") -> None:
        super().__init__(door.settings, door.tls_context)
        self._door = door
        self._mail: _Mail | None = None
        self._login: str | None = None
        self._wrong_passwords = 0

    def connection_lost(self, error: Exception | None) -> None:
        """The client is gone; what it has not finished is undone at the next hop."""
        super().connection_lost(error)
        self._forget_mail()
        self._door.forget(self)

    # Commands

    async def smtp_HELO(self, hostname: str) -> None:
        """HELO: no extensions, but DATA all the same."""
        await self._greet(hostname, extended=False)

    async def smtp_EHLO(self, hostname: str) -> None:
        """EHLO, with what is really offered."""
        await self._greet(hostname, extended=True)

    async def smtp_AUTH(self, arg: str) -> None:
        """AUTH: against the people of the house, under TLS only."""
        if await self.check_helo_needed("EHLO"):
            return
        if not self._offers_auth():
            await self.say(502 if self.tls else 538, "5.7.11 encryption is needed first, or AUTH is not offered")
        elif self._login is not None or self._mail is not None:
            await self.say(503, "5.5.1 not now")
        else:
            name, password = await read_credentials(arg, self._challenge)
            await self._log_in(name, password)

    async def smtp_MAIL(self, arg: str | None) -> None:
        """MAIL FROM, asked of the next hop while the client waits."""
        if await self.check_helo_needed():
            return
        if self._mail is not None:
            await self.say(503, "5.5.1 nested MAIL command")
            return
        if self._login is None and not self._door.trusts(self.address):
            await self._deny()
            return
        command = parse_mail(arg)
        if command.size is not None and command.size > self._door.settings.max_message_bytes:
            raise MessageTooBig
        client = Client(self.address, self.session.host_name or "", self._login)
        envelope = Envelope(command.reverse_path, (), client, command.smtputf8, command.body_8bit)
        mail = _Mail(envelope, self._door.begin())
        with self.working():
            answer = await mail.hop.mail(envelope, command.size)
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
        address = parse_rcpt(arg, smtputf8=mail.envelope.smtputf8)
        if address in mail.recipients:
            await self.say(250, "2.1.5 OK")
            return
        if len(mail.recipients) >= self._door.settings.max_recipients:
            await self.say(452, "4.5.3 too many recipients")
            return
        try:
            with self.working():
                answer = await mail.hop.rcpt(address)
        except NextHopError:
            mail.lost = True
            raise
        if answer.ok:
            mail.recipients[address] = None
        await self.reply(answer)

    async def smtp_DATA(self, arg: str | None) -> None:
        """DATA: read the message, then let it take its way through the house."""
        mail = self._mail
        if mail is None:
            await self.say(503, "5.5.1 need MAIL command")
        elif arg:
            await self.say(501, "5.5.4 DATA has no arguments")
        elif mail.lost:
            raise NextHopError("the next hop was lost before DATA")
        elif not mail.recipients:
            await self.say(554, "5.5.1 no valid recipients")
        else:
            await self.say(354, "end data with <CR><LF>.<CR><LF>")
            await self._take_message(mail)

    async def smtp_RSET(self, arg: str | None) -> None:
        """RSET."""
        self._forget_mail()
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

    async def _take_message(self, mail: _Mail) -> None:
        settings, begun = self._door.settings, time.perf_counter()
        # From here on the message has its own way; RSET, EHLO or a lost connection no longer concern it.
        self._mail = None
        message_id = new_message_id()
        envelope = replace(mail.envelope, recipients=tuple(mail.recipients))
        try:
            body = await read_data(self._reader, settings.max_message_bytes, settings.bare_newline, self._reset_timeout)
            check_hops(body)
        except RefusedMessage as error:
            self._door.spawn(mail.hop.close())
            self._passage(message_id, envelope, 0, begun).refuse(error)
            raise
        except BaseException:
            self._door.spawn(mail.hop.close())
            raise
        raw = self._trace(envelope, message_id) + body
        task = self._door.spawn(self._carry(self._passage(message_id, envelope, len(raw), begun), raw, mail.hop))
        with self.working():
            answer = await asyncio.shield(task)
        await self.reply(answer)

    async def _carry(self, passage: Passage, raw: bytes, hop: HopTransaction) -> Answer:
        try:
            return await passage.carry(raw, hop, self._door.judge, self._door.hold)
        finally:
            # In a task of its own: the client need not wait for the next hop's answer to RSET.
            self._door.spawn(hop.close())

    def _passage(self, message_id: str, envelope: Envelope, size: int, begun: float) -> Passage:
        return Passage(message_id, envelope, size, (time.perf_counter() - begun) * 1000, self._door.observe)

    def _trace(self, envelope: Envelope, message_id: str) -> bytes:
        return received_line(
            envelope.client,
            self._door.settings.hostname,
            message_id,
            utc_now(),
            esmtp=self.session.extended_smtp,
            tls=self.tls,
            smtputf8=envelope.smtputf8,
        )

    def _forget_mail(self) -> None:
        if self._mail is not None:
            self._door.spawn(self._mail.hop.close())
            self._mail = None

    # Greeting, login

    async def _greet(self, name: str | None, *, extended: bool) -> None:
        if not name:
            await self.say(501, "5.5.4 tell your name")
            return
        self._forget_mail()
        self.session.extended_smtp = extended
        self.session.host_name = one_line(name.encode("utf-8", "replace").decode(), 255) or "unknown"
        await self.reply(Answer(250, tuple(self._extensions()) if extended else (self.hostname,)))

    def _extensions(self) -> Iterator[str]:
        yield self.hostname
        yield f"SIZE {self._door.settings.max_message_bytes}"
        yield from ("8BITMIME", "SMTPUTF8", "PIPELINING", "ENHANCEDSTATUSCODES")
        if self.tls_context is not None and not self.tls:
            yield "STARTTLS"
        if self._offers_auth():
            yield "AUTH " + " ".join(MECHANISMS)

    def _offers_auth(self) -> bool:
        return self.tls and self._door.settings.auth and self._door.check_password is not None

    async def _deny(self) -> None:
        if self._door.settings.auth and self.tls_context is not None:
            await self.say(530, "5.7.0 authentication required")
        else:
            await self.say(554, "5.7.1 relay access denied")

    async def _challenge(self, text: bytes) -> bytes:
        await self.push(b"334 " + text)
        self._reset_timeout()
        line: bytes = await self._reader.readuntil(b"\n")
        return line.rstrip(b"\r\n")

    async def _log_in(self, name: str, password: str) -> None:
        check_password = self._door.check_password
        if check_password is None:
            return
        with self.working():
            try:
                person = await check_password(name, password)
            except MailguardError:
                await self.say(454, "4.7.0 cannot check passwords right now")
                return
            if person is None:
                # The name is not logged: people type their password into the wrong field.
                _log.warning("login failed", client=self.address, failures=self._wrong_passwords + 1)
                await asyncio.sleep(self.wrong_password_seconds)
        if person is not None:
            self._login = person.name
            await self.say(235, "2.7.0 authentication successful")
            return
        self._wrong_passwords += 1
        if self._wrong_passwords >= _FAILED_LOGINS:
            await self.reply(Answer(421, ("4.7.0 too many wrong passwords",)))
        else:
            await self.say(535, "5.7.8 authentication credentials invalid")
