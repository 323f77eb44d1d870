"""Line by line with one client: a command is heard, obeyed and answered; silence and bad manners end it.

The loop is our own and not aiosmtpd's, which looks through each command's text three times for a log that is off, and
arms a new timer three times a command (measured: 8 us of CPU a command more than this). aiosmtpd's are the
stream, STARTTLS and the state of the session.
"""

import asyncio
import logging
from collections.abc import Awaitable
from typing import Any, TypeVar

import aiosmtpd.smtp

from mailguard.core.answer import Answer
from mailguard.core.errors import RefusedMessage
from mailguard.smtp.passage import answer_for

# At DEBUG aiosmtpd logs whole bodies (promise 14).
logging.getLogger("mail.log").setLevel(logging.ERROR)
logging.getLogger("mail.debug").setLevel(logging.ERROR)

_T = TypeVar("_T")
_LONGEST_COMMAND = 2048
"""Octets; RFC 5321, section 4.5.3.1.4 asks for 512, extensions and SMTPUTF8 for more."""
_MOST_ERRORS = 20
"""Refused commands after which a connection is closed; Postfix's smtpd_hard_error_limit."""
_TOO_MANY_ERRORS = Answer(421, ("4.7.0 too many errors",))
_BEFORE_TLS = {"EHLO", "HELO", "NOOP", "QUIT", "STARTTLS"}
"""What is allowed where TLS is required and not there yet (RFC 3207, section 4)."""


class UnknownCommand(RefusedMessage):
    """A line that is no command. What it said is not repeated: it may be a line of a letter."""

    smtp_code = 500
    enhanced_code = "5.5.1"
    smtp_text = "command not recognized"


class LongCommand(RefusedMessage):
    """A line that no command needs."""

    smtp_code = 500
    enhanced_code = "5.5.2"
    smtp_text = "command line too long"


class NeedsTls(RefusedMessage):
    """A command that is only for a connection under TLS here."""

    smtp_code = 530
    enhanced_code = "5.7.0"
    smtp_text = "must issue a STARTTLS command first"


class Dialogue(aiosmtpd.smtp.SMTP):
    """Commands, replies, the timer of silence, and exceptions that never show their text."""

    line_length_limit = 64 * 1024
    """The reader's block, since DATA is not read by lines here."""
    session: aiosmtpd.smtp.Session
    """aiosmtpd's, made before the first command."""
    _silent_until = 0.0
    """When, by the loop's clock, the client will have been silent for too long."""

    def __init__(self, **options: Any) -> None:
        """aiosmtpd's options."""
        super().__init__(None, **options)
        self._busy = False
        self._errors = 0

    @property
    def busy(self) -> bool:
        """The client waits for an answer of ours."""
        return self._busy

    @property
    def tls(self) -> bool:
        """Whether the connection is under TLS, by STARTTLS or from the first octet."""
        return self.session.ssl is not None

    # Replies

    async def say(self, code: int, text: str) -> None:
        """Send a reply of our own."""
        await self._reply_counted(Answer(code, (text,)))

    async def _reply_counted(self, answer: Answer) -> None:
        # Only what we say ourselves is counted: a recipient whom the next hop refuses is no fault of the client's.
        self._errors += answer.permanent
        await self.reply(answer if self._errors < _MOST_ERRORS else _TOO_MANY_ERRORS)

    async def reply(self, answer: Answer) -> None:
        """Send a reply, and hang up where it says so."""
        self._writer.write(answer.wire())
        # Most often the system has taken it at once.
        if self._writer.transport.get_write_buffer_size() or self._writer.is_closing():
            await self._writer.drain()
        if answer.closes and self.transport is not None:
            self.transport.close()
            # Ends the loop now: what the client has pipelined behind this must not be carried out any more.
            raise ConnectionResetError

    async def work(self, work: Awaitable[_T]) -> _T:
        """Wait for something that the client has to wait for too: the timer is meant for silent clients only."""
        self._busy = True
        try:
            return await work
        finally:
            self._busy = False
            if self.transport is not None:
                self._reset_timeout()

    # Commands

    async def _introduce(self) -> bool:
        """Whatever comes before the greeting. False: hang up."""
        return True

    async def _handle_client(self) -> None:
        try:
            if await self._introduce():
                await self.push(f"220 {self.hostname} {self.__ident__}")
                while self.transport is not None:
                    await self._hear_command()
        except (ConnectionError, EOFError):
            # Gone, on one side or the other; asyncio would complain of an exception that nobody fetched.
            return
        finally:
            self._writer.close()

    async def _hear_command(self) -> None:
        try:
            await self._obey(await self._hear_line())
        except (ConnectionError, EOFError):
            raise
        except aiosmtpd.smtp.TLSSetupException as error:
            # There is no way back to a plain connection: what comes is half a handshake.
            if self.transport is not None:
                self.transport.close()
                self.connection_lost(error)
        except Exception as error:
            # A refusal's own answer, or a fixed one: never the exception's text.
            await self._reply_counted(answer_for(error))

    async def _hear_line(self) -> bytes:
        too_long = False
        while True:
            try:
                line: bytes = await self._reader.readuntil()
            except asyncio.LimitOverrunError as error:
                # Read to its end before it is refused: the rest of it is no command.
                await self._reader.read(error.consumed)
                too_long = True
                continue
            if too_long or len(line) > _LONGEST_COMMAND:
                raise LongCommand
            return line

    async def _obey(self, line: bytes) -> None:
        verb, _, argument = line.rstrip(b"\r\n").partition(b" ")
        name = verb.upper().decode("latin-1")
        method = self._smtp_methods.get(name)
        if method is None:
            raise UnknownCommand
        if self.require_starttls and not self.tls and name not in _BEFORE_TLS:
            raise NeedsTls
        self._reset_timeout()
        # Octets that are no UTF-8 are kept as lone surrogates; whoever reads the argument refuses them.
        await method(argument.strip().decode("utf-8", "surrogateescape") or None)

    def eof_received(self) -> bool:
        """The client says no more. What it has said is carried out first, and answered while it listens.

        aiosmtpd drops it. Under TLS both sides end together.
        """
        return bool(asyncio.StreamReaderProtocol.eof_received(self)) and not self.tls

    # Silence

    def _reset_timeout(self, duration: float | None = None) -> None:
        # One timer that looks again when it goes off, in the place of a new one at each sign of life.
        self._silent_until = self.loop.time() + (duration or self._timeout_duration)
        if self._timeout_handle is None:
            self._arm()
        elif self._silent_until < self._timeout_handle.when():
            self._timeout_handle.cancel()
            self._arm()

    def _arm(self) -> None:
        self._timeout_handle = self.loop.call_at(self._silent_until, self._timeout_cb)

    def _timeout_cb(self) -> None:
        if self._busy:
            self._silent_until = self.loop.time() + self._timeout_duration
        if self.loop.time() < self._silent_until:
            self._arm()
        else:
            self._hang_up(b"421 4.4.2 idle for too long\r\n")

    def _hang_up(self, farewell: bytes) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self._writer.write(farewell)
            self.transport.close()
