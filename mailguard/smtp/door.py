"""The front door: listening sockets, who may come in, and what goes on behind each session."""

import asyncio
import ipaddress
import ssl
from collections import Counter
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from functools import lru_cache, partial
from typing import Any, TypeVar, cast

import structlog

from mailguard.core.errors import ConfigError, NextHopError
from mailguard.core.settings import SmtpSettings, split_endpoint
from mailguard.smtp.passage import Ways
from mailguard.smtp.ports import Begin, CheckPassword, Hold, HoldPart, Judge, Observe, Offered, Outcome
from mailguard.smtp.session import Session

_T = TypeVar("_T")
_GRACE = 30.0
"""Seconds that `stop` waits for messages whose final dot was read."""

_EVERYBODY_OFFERS: Mapping[str, str] = {"8bitmime": "", "smtputf8": "", "enhancedstatuscodes": ""}

_log = structlog.get_logger("mailguard.smtp")


class FrontDoor:
    """An SMTP server that gives each message to `judge` and follows the verdict."""

    def __init__(
        self,
        settings: SmtpSettings,
        *,
        begin: Begin,
        judge: Judge,
        hold: Hold,
        hold_part: HoldPart | None = None,
        offered: Offered | None = None,
        check_password: CheckPassword | None = None,
        observe: Observe | None = None,
    ) -> None:
        """Without `hold_part` all recipients wait where some must. Raises ConfigError for an unusable certificate."""
        self.settings = settings
        self.begin, self.ways = begin, Ways(judge, hold, begin, hold_part)
        self.check_password = check_password
        self._offered = offered
        self.observe: Observe = observe or _ignore
        self.tls_context = _tls_context(settings)
        self._trusted = [ipaddress.ip_network(network) for network in settings.trusted_networks]
        # Asked at every MAIL, and the answer for an address never changes.
        self.trusts = lru_cache(maxsize=4096)(self._trusts)
        self._servers: list[asyncio.Server] = []
        self._sessions: set[Session] = set()
        self._clients: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def ports(self) -> tuple[int, ...]:
        """The ports listened on, in the order of `smtp.listen` and `listen_tls` (a 0 is shown as what it became)."""
        return tuple(server.sockets[0].getsockname()[1] for server in self._servers)

    async def start(self) -> None:
        """Listen. Raises ConfigError for an address that cannot be bound."""
        loop = asyncio.get_running_loop()
        plain = [(endpoint, None) for endpoint in self.settings.listen]
        secure = [(endpoint, self.tls_context) for endpoint in self.settings.listen_tls]
        for endpoint, context in [*plain, *secure]:
            host, port = split_endpoint(endpoint)
            try:
                # Several worker processes listen on one port; the kernel deals their clients out.
                shared = self.settings.workers > 1 or None
                # Behind a proxy its header comes first, so the connection itself sees to TLS.
                late = context is not None and self.settings.proxy_protocol
                admit = partial(self._admit, tls_behind_header=late)
                tls = None if late else context
                server = await loop.create_server(admit, host, port, backlog=1024, reuse_port=shared, ssl=tls)
                self._servers.append(server)
            except OSError as error:
                await self.stop()
                raise ConfigError(None, "smtp.listen", f"cannot listen on {endpoint}: {error.strerror}") from None

    async def stop(self) -> None:
        """Take no one in any more, let messages that were read to the dot come to their end, then hang up."""
        for server in self._servers:
            server.close()
        for session in [s for s in self._sessions if not s.busy]:
            session.depart()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_GRACE)
        # One turn of the loop for the answers that those tasks have just made.
        await asyncio.sleep(0)
        for session in list(self._sessions):
            session.depart()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_GRACE)

    def _trusts(self, address: str) -> bool:
        """Whether a client at that IP address may relay without a login."""
        try:
            client = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(client in network for network in self._trusted)

    async def offered(self) -> Mapping[str, str]:
        """What the next hop can do; what any server of today can, while it does not answer: MAIL will tell."""
        if self._offered is not None:
            with suppress(NextHopError):
                return await self._offered()
        return _EVERYBODY_OFFERS

    def spawn(self, work: Coroutine[Any, Any, _T]) -> asyncio.Task[_T]:
        """Run something to its end, whatever becomes of the client that it began with."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def admit(self, address: str) -> bool:
        """Whether one more connection from the address is within the limit. Every call is answered by a `forget`."""
        self._clients[address] += 1
        most = self.settings.max_connections_per_client
        return most is None or self._clients[address] <= most

    def forget(self, session: Session, address: str | None) -> None:
        """A session's connection is gone, however often that is said; `address` is what it was counted under."""
        if session not in self._sessions:
            return
        self._sessions.discard(session)
        if address is not None:
            self._clients[address] -= 1
            if not self._clients[address]:
                del self._clients[address]

    def _admit(self, *, tls_behind_header: bool = False) -> asyncio.BaseProtocol:
        if len(self._sessions) >= self.settings.max_connections:
            return _Full()
        session = Session(self)
        session.tls_behind_header = tls_behind_header
        self._sessions.add(session)
        return session

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("background work failed", error=type(error).__name__)


class _Full(asyncio.Protocol):
    """Sends a client away at once (RFC 5321, section 3.8)."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast(asyncio.WriteTransport, transport).write(b"421 4.3.2 too many connections, please try again later\r\n")
        transport.close()


def _tls_context(settings: SmtpSettings) -> ssl.SSLContext | None:
    if settings.tls_cert is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(settings.tls_cert, settings.tls_key)
        if settings.client_ca is not None:
            # Asked for, not demanded: who has none may still log in.
            context.load_verify_locations(settings.client_ca)
            context.verify_mode = ssl.CERT_OPTIONAL
    except (OSError, ssl.SSLError) as error:
        reason = error.strerror or type(error).__name__
        raise ConfigError(None, "smtp.tls_cert", f"certificate or key cannot be used: {reason}") from None
    return context


def _ignore(outcome: Outcome) -> None:
    return
