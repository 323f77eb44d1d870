"""One connection to the next hop: connect, greet, secure, log in; then commands and message bytes, octet for octet.

aiosmtplib does the connecting, `replies.py` what follows. aiosmtplib's `mail()` and `rcpt()` are not used, because they
parse addresses again and change some (`a;b@y.example` becomes `a`); its `execute_data_command()` is not used, because
it rewrites line ends and its errors do not tell whether `DATA` or the final dot was refused.
"""

import asyncio
import re
import ssl
from collections.abc import Sequence
from typing import NoReturn, cast

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPException,
    SMTPHeloError,
    SMTPResponseException,
)
from aiosmtplib.esmtp import parse_esmtp_extensions

from mailguard.core.answer import Answer
from mailguard.core.envelope import Client
from mailguard.core.errors import AnswerLost, NextHopError
from mailguard.core.line_ends import are_strict
from mailguard.core.octet_patterns import compile_octets
from mailguard.core.secret import Secret
from mailguard.core.settings import NextHopSettings
from mailguard.relay.replies import Replies

_SLOWEST_LINE = 64 * 1024
"""Octets a second: a message this slow on its way is not taken for a stalled next hop."""
_MOST_RESETS = 50
"""RSETs on one connection; Postfix counts them as junk and refuses after 100 (smtpd_junk_command_limit)."""
_TROUBLE = (SMTPException, OSError)
"""What aiosmtplib and asyncio raise for a connection that is refused, lost or stalled."""
_DOTTED = compile_octets(rb"\r\n\.")
_CONTROL = re.compile(rb"[\0\r\n]")


class LoginRefused(NextHopError):
    """The next hop does not take this name and password."""


class Link:
    """A greeted connection. Any trouble on it, and any cancelled command, closes it: replies would no longer match."""

    def __init__(self, replies: Replies, extensions: dict[str, str], hostname: str, timeout: float) -> None:
        """`extensions` of the next hop's EHLO, in small letters; `hostname` is ours; `timeout` in seconds a reply."""
        self._replies, self._extensions = replies, extensions
        self._hostname, self._timeout = hostname, timeout
        self._refusals = self._resets = 0
        self.speaks_for: Client | None = None
        """In whose place the next hop has been told to see us (XCLIENT); None: we are ourselves."""

    @property
    def worth_keeping(self) -> bool:
        """Open, and without a record: servers slow down and close a connection on which much was refused.

        Connections are kept across clients, and what one of them does wrong must not fall on the next.
        """
        return self.open and self._refusals == 0 and self._resets < _MOST_RESETS

    @property
    def open(self) -> bool:
        """Whether the other side has not hung up."""
        return self._replies.open

    def offers(self, extension: str) -> bool:
        """Whether the next hop's EHLO named the extension (given in small letters)."""
        return extension in self._extensions

    def parameters(self, extension: str) -> str:
        """What stands behind the extension's name in the next hop's EHLO; empty where it is not offered."""
        return self._extensions.get(extension, "")

    @property
    def offered(self) -> dict[str, str]:
        """Every extension of the next hop's EHLO, in small letters, with its parameters."""
        return dict(self._extensions)

    async def ask(self, command: bytes) -> Answer:
        """Send one command line and give its reply. Raises NextHopError when there is none."""
        return (await self.ask_each([command]))[0]

    async def ask_each(self, commands: Sequence[bytes]) -> list[Answer]:
        """Send command lines, in one packet where the next hop offers PIPELINING (RFC 2920), and give each its reply.

        Raises NextHopError unless every one has a reply; the connection is then closed.
        """
        if len(commands) > 1 and not self.offers("pipelining"):
            return [await self.ask(command) for command in commands]
        answers = await self._ask(commands)
        for command, answer in zip(commands, answers, strict=True):
            if not (answer.ok or answer.temporary or answer.permanent):
                self._fail(f"{answer.code} is no reply to {command[:4]!r}")
            self._refusals += not answer.ok
            self._resets += command == b"RSET"
            if answer.closes:
                self.drop()
        return answers

    async def send(self, raw: bytes) -> Answer:
        """DATA and the message. `raw` has CRLF line ends only and ends with one; no octet of it is changed.

        Raises NextHopError when the next hop is lost before the final dot, AnswerLost when after it.
        """
        _assert_crlf(raw)
        go_ahead = (await self._ask([b"DATA"]))[0]
        if go_ahead.code != 354:
            self._refusals += 1
            if go_ahead.temporary or go_ahead.permanent:
                return go_ahead
            self._fail(f"{go_ahead.code} is no reply to DATA")
        try:
            answer = await self._transmit(_dot_stuffed(raw))
        except OSError as error:
            raise AnswerLost(f"lost after the final dot: {error}") from None
        if not (answer.ok or answer.temporary or answer.permanent):
            self._fail(f"{answer.code} is no reply to a message")
        self._refusals += not answer.ok
        return answer

    async def speak_for(self, client: Client, introduction: bytes) -> None:
        """XCLIENT and a new EHLO. Raises NextHopError, also when it is refused: rights would be the guard's own."""
        answer = await self.ask(introduction)
        if not answer.ok:
            self._fail(f"XCLIENT: {answer}")
        self.speaks_for = client
        answer = await self.ask(b"EHLO " + self._hostname.encode("ascii"))
        if not answer.ok:
            self._fail(f"EHLO after XCLIENT: {answer}")
        self._extensions, _ = parse_esmtp_extensions("\n".join(answer.lines))

    def may_serve(self, client: Client) -> bool:
        """Whether a message of that client can go this way: there is no way back from one client to another.

        To Postfix we are that client then, and whether it may name the next one is asked of that client's address.
        """
        return self.speaks_for in (None, client)

    def leave(self) -> None:
        """Say QUIT and hang up, without waiting for the farewell."""
        self._replies.say(b"QUIT\r\n")
        self._replies.close()

    def drop(self) -> None:
        """Hang up."""
        self._replies.close()

    async def _ask(self, commands: Sequence[bytes]) -> list[Answer]:
        if any(_CONTROL.search(command) for command in commands):
            # Two commands, or a message that nobody judged. Whoever has made them has not looked well enough before.
            self.drop()
            raise ValueError("a command with a control character in it")
        try:
            lines = b"".join(command + b"\r\n" for command in commands)
            return await self._replies.ask(lines, self._timeout, len(commands))
        except OSError as error:
            self._fail(f"{commands[0][:4]!r}: {error}")

    async def _transmit(self, stuffed: bytes) -> Answer:
        # In one write: the dot in a packet of its own would cost a system call more (and, with Nagle, a round trip).
        patience = self._timeout + len(stuffed) / _SLOWEST_LINE
        return (await self._replies.ask(b"".join((stuffed, b".\r\n")), patience))[0]

    def _fail(self, problem: str) -> NoReturn:
        self.drop()
        raise NextHopError(problem)


async def open_link(
    settings: NextHopSettings, hostname: str, password: Secret | None, context: ssl.SSLContext | None
) -> Link:
    """Connect, EHLO, STARTTLS and AUTH as configured. Raises NextHopError.

    `opportunistic` falls back to a plain connection when the next hop's TLS does not work, unless there is a password
    to send: then it is as strict as `required`, for a password is never sent over a line nobody asked to be plain.
    """
    strict = settings.tls == "required" or (settings.tls == "opportunistic" and password is not None)
    start_tls = {"off": False, "opportunistic": None, "required": True}[settings.tls]
    try:
        try:
            return await _connect(settings, hostname, password, context, start_tls=True if strict else start_tls)
        except (SMTPConnectError, SMTPAuthenticationError):
            raise
        except _TROUBLE:
            if strict or settings.tls == "off":
                raise
            return await _connect(settings, hostname, password, context, start_tls=False)
    except SMTPAuthenticationError as error:
        # 454: it cannot say just now (RFC 4954, section 6), and whoever is told "no" throws a good password away.
        kind = NextHopError if error.code < 500 else LoginRefused
        raise kind(f"{settings.host}:{settings.port}: {_describe(error)}") from None
    except _TROUBLE as error:
        raise NextHopError(f"{settings.host}:{settings.port}: {_describe(error)}") from None


async def _connect(
    settings: NextHopSettings,
    hostname: str,
    password: Secret | None,
    context: ssl.SSLContext | None,
    *,
    start_tls: bool | None,
) -> Link:
    smtp = SMTP(
        hostname=settings.host,
        port=settings.port,
        local_hostname=hostname,
        timeout=settings.timeout,
        start_tls=start_tls,
        tls_context=context,
        username=settings.username or None,
        password=password.reveal() if password else None,
    )
    try:
        await smtp.connect()
        if smtp.is_ehlo_or_helo_needed:
            try:
                await smtp.ehlo()
            except SMTPHeloError:
                await smtp.helo()
    except BaseException:
        smtp.close()
        raise
    if smtp.transport is None:
        raise ConnectionResetError("the connection was lost")
    return Link(Replies(cast(asyncio.Transport, smtp.transport)), smtp.esmtp_extensions, hostname, settings.timeout)


def _describe(error: BaseException) -> str:
    # A reply that refused the connection is worth telling; anything else is named by its kind.
    if isinstance(error, SMTPResponseException):
        return str(Answer(error.code, tuple(error.message.split("\n"))))
    return str(error) or type(error).__name__


def _dot_stuffed(raw: bytes) -> bytes:
    # RFC 5321, section 4.5.2.
    stuffed = raw.replace(b"\r\n.", b"\r\n..") if _DOTTED.search(raw) else raw
    return b"." + stuffed if raw.startswith(b".") else stuffed


def _assert_crlf(raw: bytes) -> None:
    # The last gate against smuggling (promise 7): whoever calls, a bare CR, bare LF or NUL never gets out.
    if not are_strict(raw) or (raw and not raw.endswith(b"\r\n")):
        raise ValueError("message bytes must have CRLF line ends only, and no NUL")
