"""Who is there: HELO, EHLO, STARTTLS, AUTH, and who is there in truth: XFORWARD and XCLIENT."""

# ruff: noqa: N802 - aiosmtpd finds a command's method by the command's name

import asyncio
from collections.abc import Awaitable, Iterator, Mapping
from typing import TYPE_CHECKING

import structlog

from mailguard.core.answer import Answer
from mailguard.core.envelope import Client
from mailguard.core.errors import MailguardError
from mailguard.core.one_line import one_line
from mailguard.smtp.auth import MECHANISMS, read_credentials
from mailguard.smtp.connection import Connection
from mailguard.smtp.forwarded import (
    FORWARDED,
    OVERRIDDEN,
    OverriddenClient,
    forwarded_client,
    overridden_client,
    parse_forwarded,
)
from mailguard.smtp.received import MOST_RECEIVED_OCTETS

if TYPE_CHECKING:
    from mailguard.smtp.door import FrontDoor

_OF_THE_NEXT_HOP = ("8BITMIME", "SMTPUTF8", "DSN", "ENHANCEDSTATUSCODES")
_FAILED_LOGINS = 3
"""Wrong passwords on one connection before it is closed."""

_log = structlog.get_logger("mailguard.smtp")


class Introduction(Connection):
    """What a client says of itself, and what we offer it."""

    wrong_password_seconds = 2.0
    """How long a wrong password has to wait for its answer."""

    def __init__(self, door: "FrontDoor") -> None:
        super().__init__(door.settings, door.tls_context)
        self._door = door
        self._login: str | None = None
        self.offered: Mapping[str, str] = {}
        """What the next hop offers, as it was told to the client."""
        self._forwarded: dict[str, str] = {}
        self._attributes: dict[str, str] = {}
        """What XCLIENT has said so far."""
        self._override: OverriddenClient | None = None
        self._wrong_passwords = 0

    def trusts(self, address: str) -> bool:
        """As the front door does."""
        return self._door.trusts(address)

    @property
    def in_transaction(self) -> bool:
        """Between MAIL and the final dot."""
        raise NotImplementedError

    def forget_mail(self) -> None:
        """Undo an open transaction."""
        raise NotImplementedError

    async def smtp_HELO(self, hostname: str) -> None:
        """HELO: no extensions, but DATA all the same."""
        await self._greet(hostname, extended=False)

    async def smtp_EHLO(self, hostname: str) -> None:
        """EHLO, with what is really offered."""
        await self._greet(hostname, extended=True)

    async def smtp_STARTTLS(self, arg: str) -> None:
        """STARTTLS, once; nothing that was said before it counts any more (RFC 3207, section 4.2)."""
        if self.tls:
            await self.say(503, "5.5.1 already under TLS")
            return
        self.forget_mail()
        await super().smtp_STARTTLS(arg)

    async def smtp_XFORWARD(self, arg: str | None) -> None:
        """XFORWARD: a server in front of us tells whom it speaks for. For the log and the case, never for rights."""
        if not self.trusts(self.address):
            await self.say(550, "5.7.0 insufficient authorization")
        elif self.in_transaction:
            await self.say(503, "5.5.1 mail transaction in progress")
        else:
            self._forwarded |= parse_forwarded(arg)
            await self.say(250, "2.0.0 OK")

    async def smtp_XCLIENT(self, arg: str | None) -> None:
        """XCLIENT: a server in front of us has its client take its place; the session begins anew, at the greeting.

        From then on rights are that client's. Only whoever was trusted to begin with may say so, and say it again.
        """
        if not self.trusts(self.speaker):
            await self.say(550, "5.7.0 insufficient authorization")
        elif self.in_transaction:
            await self.say(503, "5.5.1 mail transaction in progress")
        else:
            # Several in a row are one, in pieces; behind an EHLO the next one is about another client, all of it.
            before = {} if self.session.host_name else self._attributes
            attributes = before | parse_forwarded(arg, OVERRIDDEN)
            self._override = overridden_client(attributes)
            self._attributes, self._forwarded = attributes, {}
            self.override_address(self._override.address)
            self._login = self._override.login
            self.session.host_name, self.session.extended_smtp, self.offered = None, False, {}
            await self.reply(Answer(220, (f"{self.hostname} {self.__ident__}",)))

    def client(self) -> Client:
        """Who hands the message in: what a trusted server said of its client, where it said something."""
        forwarded, self._forwarded = tuple(self._forwarded.items()), {}
        before = forwarded_client(forwarded)
        named = self._override.helo if self._override is not None else ""
        return Client(
            before.address or self.address,
            before.helo or named or self.session.host_name or "",
            self._login,
            forwarded,
        )

    async def smtp_AUTH(self, arg: str) -> None:
        """AUTH: against the people of the house, or as the next hop says, under TLS only."""
        if await self.check_helo_needed("EHLO"):
            return
        if not self._offers_auth():
            await self.say(502 if self.tls else 538, "5.7.11 encryption is needed first, or AUTH is not offered")
        elif self._login is not None or self.in_transaction:
            await self.say(503, "5.5.1 not now")
        else:
            name, password = await read_credentials(arg, self._challenge)
            await self._log_in(name, password)

    async def _greet(self, name: str | None, *, extended: bool) -> None:
        if not name:
            await self.say(501, "5.5.4 tell your name")
            return
        self.forget_mail()
        self.session.extended_smtp = extended
        self.session.host_name = one_line(name.encode("utf-8", "replace").decode(), 255) or "unknown"
        # A certificate is that of whoever speaks, and no longer the client's once that is another one.
        self._login = self._login or (self.certified if self._override is None else "") or None
        self.offered = await self._door.offered() if extended else {}
        await self.reply(Answer(250, tuple(self._extensions()) if extended else (self.hostname,)))

    def _extensions(self) -> Iterator[str]:
        yield self.hostname
        yield f"SIZE {self._largest()}"
        # What the next hop cannot do must not be promised: it would have to be refused, or rewritten, later. Its
        # answers are ours, so whether they have enhanced codes is its affair too.
        yield from (name for name in _OF_THE_NEXT_HOP if name.lower() in self.offered)
        yield from ("PIPELINING", "CHUNKING")
        if self.trusts(self.address):
            yield "XFORWARD " + " ".join(FORWARDED)
        if self.trusts(self.speaker):
            yield "XCLIENT " + " ".join(OVERRIDDEN)
        if self.tls_context is not None and not self.tls:
            yield "STARTTLS"
        if self._offers_auth():
            yield "AUTH " + " ".join(MECHANISMS)

    def _largest(self) -> int:
        # RFC 1870, section 4: 0 or nothing means no fixed limit. We put a field on top of each message.
        theirs = self.offered.get("size", "")
        ours = self._door.settings.max_message_bytes
        if not theirs.isdigit() or int(theirs) <= MOST_RECEIVED_OCTETS:
            return ours
        return min(ours, int(theirs) - MOST_RECEIVED_OCTETS)

    def _offers_auth(self) -> bool:
        return self.tls and self._door.settings.auth and self._door.check_password is not None

    async def _challenge(self, text: bytes) -> bytes:
        await self.push(b"334 " + text)
        self._reset_timeout()
        line: bytes = await self._reader.readuntil(b"\n")
        return line.rstrip(b"\r\n")

    async def _log_in(self, name: str, password: str) -> None:
        check_password = self._door.check_password
        if check_password is None:
            return
        try:
            login = await self.work(self._check(check_password(name, password, self.address)))
        except MailguardError:
            await self.say(454, "4.7.0 cannot check passwords right now")
            return
        if login is not None:
            self._login = login
            await self.say(235, "2.7.0 authentication successful")
            return
        self._wrong_passwords += 1
        if self._wrong_passwords >= _FAILED_LOGINS:
            await self.reply(Answer(421, ("4.7.0 too many wrong passwords",)))
        else:
            await self.say(535, "5.7.8 authentication credentials invalid")

    async def _check(self, checking: Awaitable[str | None]) -> str | None:
        login = await checking
        if login is None:
            # The name is not logged: people type their password into the wrong field.
            _log.warning("login failed", client=self.address, failures=self._wrong_passwords + 1)
            await asyncio.sleep(self.wrong_password_seconds)
        return login
