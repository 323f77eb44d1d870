"""One connection: who is at its other end, how long it may last, and how fast a message must come in."""

import asyncio
import ipaddress
import ssl
import time
from asyncio.sslproto import SSLProtocol
from functools import lru_cache
from typing import Any

from aiosmtpd.proxy_protocol import V2_CMD, ProxyData, get_proxy

from mailguard.core.answer import Answer
from mailguard.core.errors import RefusedMessage
from mailguard.core.one_line import one_line
from mailguard.core.settings import SmtpSettings
from mailguard.smtp.data import Progress
from mailguard.smtp.dialogue import Dialogue

_PATIENCE = 60.0
_SLOWEST = 200
"""Octets a second that a message must come with once `_PATIENCE` seconds are over: a modem of 1985 does 240. Below it a
sender only wants to keep a place occupied, for one octet within each time-out would do."""
_PROXY_SECONDS = 5.0
"""How long a proxy may take for its first line (the PROXY specification asks for at least three seconds)."""
_OUTLIVED = Answer(421, ("4.4.2 the connection has lasted too long",))


class TooSlow(RefusedMessage):
    """A message that trickles in."""

    smtp_code = 421
    enhanced_code = "4.4.2"
    smtp_text = "the message comes too slowly"


class Connection(Dialogue):
    """A dialogue with somebody, for a time."""

    def __init__(self, settings: SmtpSettings, tls_context: ssl.SSLContext | None) -> None:
        self._proxied: str | None = None
        self._overridden: str | None = None
        super().__init__(
            data_size_limit=settings.max_message_bytes,
            enable_SMTPUTF8=True,
            hostname=settings.hostname,
            ident="ESMTP mailguard",
            tls_context=tls_context,
            require_starttls=settings.require_tls,
            timeout=settings.timeout,
        )
        self._behind_proxy = settings.proxy_protocol
        self.tls_behind_header = False
        """TLS begins at once, but for the proxy's header, which comes in the clear before it."""
        self._receiving = False
        """A message is coming in."""
        self._outlived = False
        self._lifetime = settings.lifetime
        self._end_of_life: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there, or has just done STARTTLS."""
        again = self._original_transport is not None
        super().connection_made(transport)
        if self._end_of_life is None:
            self._end_of_life = asyncio.get_running_loop().call_later(self._lifetime, self._outlive)
        secured = transport.get_extra_info("ssl_object")
        if secured is not None and not again:
            # TLS from the first octet; aiosmtpd only knows STARTTLS.
            self.session.ssl, self.require_starttls = secured, False

    def connection_lost(self, error: Exception | None) -> None:
        """The client is gone."""
        if self._end_of_life is not None:
            self._end_of_life.cancel()
        super().connection_lost(error)

    @property
    def certified(self) -> str:
        """The common name in the client's certificate, once TLS has proved it; empty without one."""
        certificate = self.transport.get_extra_info("peercert") if self.tls and self.transport is not None else None
        names = [value for part in (certificate or {}).get("subject", ()) for key, value in part if key == "commonName"]
        return one_line(names[0], 255) if names else ""

    @property
    def address(self) -> str:
        """The client's IP address: the peer's, or what a trusted one says (PROXY, XCLIENT); empty when not known."""
        return self.speaker if self._overridden is None else self._overridden

    @property
    def speaker(self) -> str:
        """The IP address of whoever speaks with us, in whose ever name: the peer's, or what a trusted proxy says."""
        return self._peer if self._proxied is None else self._proxied

    def override_address(self, address: str) -> None:
        """From now on the client is another one, with no more rights than that has."""
        self._overridden = address

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

    async def reply(self, answer: Answer) -> None:
        """Send a reply, and hang up where it says so, or behind it when the connection has lasted too long."""
        await super().reply(answer)
        if self._outlived and not (self._busy or self._receiving):
            self._hang_up(_OUTLIVED.wire())
            raise ConnectionResetError

    def depart(self) -> None:
        """Say that the service goes, and hang up."""
        self._hang_up(b"421 4.3.2 service is shutting down\r\n")

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

    async def _introduce(self) -> bool:
        if not self._behind_proxy:
            return True
        self._reset_timeout(_PROXY_SECONDS)
        data = await get_proxy(self._reader)
        self._reset_timeout()
        if data and self.believe_proxy(data) and (not self.tls_behind_header or await self._begin_tls()):
            return True
        if self.transport is not None:
            self.transport.close()
        return False

    async def _begin_tls(self) -> bool:
        """As aiosmtpd does after STARTTLS, but the client has begun already: its first octets came with the header."""
        came = bytes(self._reader._buffer)  # type: ignore[attr-defined]
        shaken = self.loop.create_future()
        self._original_transport = self.transport
        assert self._original_transport and self.tls_context  # noqa: S101, PT018 - nobody has hung up since the header
        self._tls_protocol = SSLProtocol(self.loop, self, self.tls_context, shaken, server_side=True)
        self._original_transport.set_protocol(self._tls_protocol)
        self._tls_protocol.connection_made(self._original_transport)
        if came:
            self._tls_protocol.get_buffer(len(came))[: len(came)] = came
            self._tls_protocol.buffer_updated(len(came))
        try:
            await shaken
        except OSError as error:
            # asyncio tells of a loss only whom it has told of a connection, under TLS that is.
            self._original_transport.close()
            self.connection_lost(error)
            return False
        return True

    def _outlive(self) -> None:
        # Who waits for an answer, or is in the middle of a message, has it first.
        self._outlived = True
        if not (self._busy or self._receiving):
            self._hang_up(_OUTLIVED.wire())


@lru_cache(maxsize=4096)
def _plain_ip(address: str) -> str:
    # An IPv4 client of an IPv6 socket is `::ffff:192.0.2.1`; it is written and matched as 192.0.2.1.
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)
