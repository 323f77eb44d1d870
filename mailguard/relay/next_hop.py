"""The mail server behind us, and the connections to it that are kept for the next message."""

import asyncio
import logging
import ssl
from collections import deque

from mailguard.core.errors import ConfigError, NextHopError
from mailguard.core.secret import Secret
from mailguard.core.settings import NextHopSettings
from mailguard.relay.link import Link, LoginRefused, open_link
from mailguard.relay.transaction import Transaction

_KEPT = 32
"""Idle connections kept at most; Postfix serves 100 at once by default (default_process_limit)."""
_PATIENCE = 5.0
"""Seconds that a client's EHLO waits for the next hop's; a client that hears nothing for long may go elsewhere."""
_KEPT_SECONDS = 8.0
"""How long one stays idle: shorter than any server waits (Postfix under stress: smtpd_timeout of 10 s)."""

# aiosmtplib does not log today; should a version begin to, bodies and AUTH lines stay out of the log (promise 14).
logging.getLogger("aiosmtplib").setLevel(logging.WARNING)


class NextHop:
    """Gives transactions. One object for each event loop."""

    def __init__(self, settings: NextHopSettings, hostname: str = "localhost") -> None:
        """`hostname` is what we call ourselves in EHLO. Raises ConfigError for a password that cannot be read."""
        self._settings = settings
        self._hostname = hostname
        self._password = _read_password(settings)
        self._context = _tls_context(settings, verified=self._password is not None)
        self._verified_context = self._context if self._password else _tls_context(settings, verified=True)
        self._idle: deque[tuple[Link, float]] = deque()
        """Kept connections and, by the loop's clock, when they have been idle for too long: the oldest first."""
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False
        self._offered: dict[str, str] | None = None

    def begin(self) -> Transaction:
        """A new transaction; nothing is said to the next hop before its `mail()`."""
        return Transaction(self._take, self._connect, self._give_back, xclient=self._settings.xclient)

    async def offered(self) -> dict[str, str]:
        """What the next hop's last EHLO named, in small letters with parameters; asked now if never before.

        Raises NextHopError when it does not answer.
        """
        if self._offered is None:
            try:
                async with asyncio.timeout(_PATIENCE):
                    self._give_back(await self._connect())
            except TimeoutError:
                raise NextHopError("no EHLO in time") from None
        return self._offered or {}

    async def admits(self, name: str, password: Secret) -> bool:
        """Whether the next hop takes that login, tried on a connection of its own. Raises NextHopError."""
        if not name or not password.reveal():
            # Some directories take a login without a password for an anonymous one (RFC 4513, section 5.1.2).
            return False
        asked = self._settings.model_copy(update={"username": name})
        try:
            link = await open_link(asked, self._hostname, password, self._verified_context)
        except LoginRefused:
            return False
        link.leave()
        return True

    async def close(self) -> None:
        """Take leave on every kept connection."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        while (link := self._take()) is not None:
            link.leave()

    async def _connect(self) -> Link:
        link = await open_link(self._settings, self._hostname, self._password, self._context)
        self._offered = link.offered
        return link

    def _take(self) -> Link | None:
        while self._idle:
            # The youngest first: in quiet hours the others grow old and go.
            link, _ = self._idle.pop()
            if link.open:
                return link
        return None

    def _give_back(self, link: Link) -> None:
        if self._closed or len(self._idle) >= _KEPT:
            link.leave()
            return
        loop = asyncio.get_running_loop()
        self._idle.append((link, loop.time() + _KEPT_SECONDS))
        if self._timer is None:
            self._timer = loop.call_later(_KEPT_SECONDS, self._expire)

    def _expire(self) -> None:
        # One timer for all, since most links are taken again within the millisecond.
        loop = asyncio.get_running_loop()
        while self._idle and self._idle[0][1] <= loop.time():
            self._idle.popleft()[0].leave()
        self._timer = loop.call_at(self._idle[0][1], self._expire) if self._idle else None


def _read_password(settings: NextHopSettings) -> Secret | None:
    if not settings.username:
        return None
    if settings.password_file is None:
        raise ConfigError(None, "next_hop.password_file", "name the file that holds the password of next_hop.username")
    try:
        return Secret(settings.password_file.read_text(encoding="utf-8").rstrip("\r\n"))
    except (OSError, UnicodeDecodeError) as error:
        problem = error.strerror if isinstance(error, OSError) else "is no UTF-8 text"
        raise ConfigError(None, "next_hop.password_file", f"{settings.password_file}: {problem}") from None


def _tls_context(settings: NextHopSettings, *, verified: bool) -> ssl.SSLContext | None:
    # Made once: loading the trusted roots takes 20 ms, more than the whole rest of a message.
    if settings.tls == "off":
        return None
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if settings.tls == "opportunistic" and not verified:
        # Encryption without a name to check is still better than none (RFC 7435).
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
