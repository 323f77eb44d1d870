"""One connection: aiosmtpd's protocol with its traps taken out. The commands are in `session.py`."""

import asyncio
import collections
import ipaddress
import logging
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, AnyStr

import aiosmtpd.smtp
from aiosmtpd.proxy_protocol import V2_CMD, ProxyData

from mailguard.core.answer import Answer
from mailguard.core.errors import RefusedMessage
from mailguard.core.one_line import one_line
from mailguard.core.settings import SmtpSettings
from mailguard.smtp.data import Progress
from mailguard.smtp.passage import answer_for

# At DEBUG aiosmtpd logs whole bodies. At WARNING it still logs commands that it does not know, and the "commands" of a
# client that has lost its place are lines of a letter; so not even those (promise 14).
logging.getLogger("mail.log").setLevel(logging.ERROR)
logging.getLogger("mail.debug").setLevel(logging.ERROR)

_LONGEST_COMMAND = 2048
"""Octets; RFC 5321, section 4.5.3.1.4 asks for 512, extensions and SMTPUTF8 for more."""
_MOST_ERRORS = 20
"""Refused commands after which a connection is closed; Postfix's smtpd_hard_error_limit."""
_PATIENCE = 60.0
_SLOWEST = 200
"""Octets a second that a message must come with once `_PATIENCE` seconds are over: a modem of 1985 does 240. Below it a
sender only wants to keep a place occupied, for one octet within each time-out would do."""
_PROXY_SECONDS = 5.0
"""How long a proxy may take for its first line (the PROXY specification asks for at least three seconds)."""


_TOO_MANY_ERRORS = Answer(421, ("4.7.0 too many errors",))


class TooSlow(RefusedMessage):
    """A message that trickles in."""

    smtp_code = 421
    enhanced_code = "4.4.2"
    smtp_text = "the message comes too slowly"


class Connection(aiosmtpd.smtp.SMTP):
    """Replies, time-outs, farewell, and exceptions that never show their text."""

    line_length_limit = 64 * 1024
    """The reader's block, since DATA is not read by lines here."""
    command_size_limits = collections.defaultdict(lambda: _LONGEST_COMMAND)  # noqa: RUF012 - aiosmtpd clears it
    command_size_limit = _LONGEST_COMMAND
    session: aiosmtpd.smtp.Session
    """aiosmtpd's, made before the first command."""

    def __init__(self, settings: SmtpSettings, tls_context: ssl.SSLContext | None) -> None:
        self._proxied: str | None = None
        super().__init__(
            _ProxyHook(self) if settings.proxy_protocol else None,
            data_size_limit=settings.max_message_bytes,
            enable_SMTPUTF8=True,
            hostname=settings.hostname,
            ident="ESMTP mailguard",
            tls_context=tls_context,
            require_starttls=settings.require_tls,
            timeout=settings.timeout,
            proxy_protocol_timeout=_PROXY_SECONDS if settings.proxy_protocol else None,
        )
        self._busy = False
        self._errors = 0
        self._last_word = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there, or has just done STARTTLS."""
        again = self._original_transport is not None
        super().connection_made(transport)
        secured = transport.get_extra_info("ssl_object")
        if secured is not None and not again:
            # TLS from the first octet; aiosmtpd only knows STARTTLS.
            self.session.ssl, self.require_starttls = secured, False

    @property
    def certified(self) -> str:
        """The common name in the client's certificate, once TLS has proved it; empty without one."""
        certificate = self.transport.get_extra_info("peercert") if self.tls and self.transport is not None else None
        names = [value for part in (certificate or {}).get("subject", ()) for key, value in part if key == "commonName"]
        return one_line(names[0], 255) if names else ""

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
        """The client's IP address: the peer's, or what a trusted proxy says; empty when that does not know it."""
        return self._peer if self._proxied is None else self._proxied

    def believe_proxy(self, data: ProxyData) -> bool:
        """Take the client's address from a PROXY header (HAProxy), if the peer may say so. False: hang up."""
        if not self.trusts(self._peer):
            return False
        if data.command == V2_CMD.LOCAL:
            # The proxy speaks for itself, to see whether we live.
            return True
        # An unknown client must not get the proxy's own rights: it is nobody.
        self._proxied = "" if data.src_addr is None else _plain_ip(str(data.src_addr))
        return True

    def trusts(self, address: str) -> bool:
        """Whether a host at that address may relay, or speak for others as a proxy."""
        raise NotImplementedError

    @property
    def _peer(self) -> str:
        peer: Any = self.session.peer
        return _plain_ip(str(peer[0])) if peer else ""

    async def say(self, code: int, text: str) -> None:
        """Send a reply of our own."""
        answer = Answer(code, (text,))
        # Only what we say ourselves is counted: a recipient whom the next hop refuses is no fault of the client's.
        self._errors += answer.permanent
        await self.reply(answer if self._errors < _MOST_ERRORS else _TOO_MANY_ERRORS)

    async def reply(self, answer: Answer) -> None:
        """Send a reply, and hang up where it says so."""
        self._writer.write(answer.wire())
        await self._writer.drain()
        if answer.closes and self.transport is not None:
            self.transport.close()
            # Ends aiosmtpd's loop now: what the client has pipelined behind this must not be carried out any more.
            raise ConnectionResetError

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
        answer = answer_for(error)
        self._errors += answer.permanent
        if self._errors >= _MOST_ERRORS:
            answer = _TOO_MANY_ERRORS
        self._last_word = answer.closes
        return answer.wire().decode("ascii").removesuffix("\r\n")

    async def push(self, status: AnyStr) -> None:
        """Send a line of aiosmtpd's; behind a last word the connection ends, whatever the client has pipelined."""
        await super().push(status)
        if self._last_word and self.transport is not None:
            self.transport.close()
            raise ConnectionResetError

    def _arrival(self) -> Progress:
        """What watches a message come in: silence is the timer's, and a trickle ends here."""
        begun, came = time.monotonic(), 0

        def progress(octets: int) -> None:
            nonlocal came
            came += octets
            self._reset_timeout()
            waited = time.monotonic() - begun
            if waited > _PATIENCE and came < _SLOWEST * waited:
                raise TooSlow

        return progress

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


class _ProxyHook:
    """aiosmtpd asks this object, since there is a PROXY header to be expected, whether to go on."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def handle_PROXY(self, server: object, session: object, envelope: object, data: ProxyData) -> bool:  # noqa: N802
        return self._connection.believe_proxy(data)


@lru_cache(maxsize=4096)
def _plain_ip(address: str) -> str:
    # An IPv4 client of an IPv6 socket is `::ffff:192.0.2.1`; it is written and matched as 192.0.2.1.
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)
