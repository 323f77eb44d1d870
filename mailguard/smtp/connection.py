"""One connection: aiosmtpd's protocol with its traps taken out. The commands are in `session.py`."""

import collections
import logging
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import aiosmtpd.smtp

from mailguard.core.answer import Answer
from mailguard.core.settings import SmtpSettings
from mailguard.smtp.passage import answer_for

# At DEBUG aiosmtpd logs whole bodies. At WARNING it still logs commands that it does not know, and the "commands" of a
# client that has lost its place are lines of a letter; so not even those (promise 14).
logging.getLogger("mail.log").setLevel(logging.ERROR)
logging.getLogger("mail.debug").setLevel(logging.ERROR)

_LONGEST_COMMAND = 2048
"""Octets; RFC 5321, section 4.5.3.1.4 asks for 512, extensions and SMTPUTF8 for more."""


class Connection(aiosmtpd.smtp.SMTP):
    """Replies, time-outs, farewell, and exceptions that never show their text."""

    line_length_limit = 64 * 1024
    """The reader's block, since DATA is not read by lines here."""
    command_size_limits = collections.defaultdict(lambda: _LONGEST_COMMAND)  # noqa: RUF012 - aiosmtpd clears it
    command_size_limit = _LONGEST_COMMAND
    session: aiosmtpd.smtp.Session
    """aiosmtpd's, made before the first command."""

    def __init__(self, settings: SmtpSettings, tls_context: ssl.SSLContext | None) -> None:
        super().__init__(
            None,
            data_size_limit=settings.max_message_bytes,
            enable_SMTPUTF8=True,
            hostname=settings.hostname,
            ident="ESMTP mailguard",
            tls_context=tls_context,
            require_starttls=settings.require_tls,
            timeout=settings.timeout,
        )
        self._busy = False

    @property
    def busy(self) -> bool:
        """The client waits for an answer of ours."""
        return self._busy

    @property
    def tls(self) -> bool:
        """Whether the client has done STARTTLS."""
        return self.session.ssl is not None

    @property
    def address(self) -> str:
        """The client's IP address."""
        peer: Any = self.session.peer
        return str(peer[0]) if peer else ""

    async def say(self, code: int, text: str) -> None:
        """Send a reply of our own."""
        await self.reply(Answer(code, (text,)))

    async def reply(self, answer: Answer) -> None:
        """Send a reply, and hang up where it says so."""
        self._writer.write(answer.wire())
        await self._writer.drain()
        if answer.closes and self.transport is not None:
            self.transport.close()

    def depart(self) -> None:
        """Say that the service goes, and hang up."""
        self._hang_up(b"421 4.3.2 service is shutting down\r\n")

    @contextmanager
    def working(self) -> Iterator[None]:
        """Around everything that the client has to wait for.

        aiosmtpd's timer runs on while a command is at work and would cut off a client whose message is slow to judge.
        It is meant for silent clients only.
        """
        self._busy = True
        if self._timeout_handle is not None:
            self._timeout_handle.cancel()
        try:
            yield
        finally:
            self._busy = False
            if self.transport is not None:
                self._reset_timeout()

    async def handle_exception(self, error: Exception) -> str:
        """A refusal's own answer, or a fixed one: never the exception's text."""
        return answer_for(error).wire().decode("ascii").removesuffix("\r\n")

    async def _handle_client(self) -> None:
        try:
            await super()._handle_client()
        except ConnectionError:
            # Already closed on both sides; asyncio would complain of an exception that nobody fetched.
            return

    def _timeout_cb(self) -> None:
        self._hang_up(b"421 4.4.2 idle for too long\r\n")

    def _hang_up(self, farewell: bytes) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self._writer.write(farewell)
            self.transport.close()
