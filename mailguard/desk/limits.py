"""How much a stranger may send, and how often they may guess."""

from collections import OrderedDict, deque
from datetime import datetime, timedelta
from threading import BoundedSemaphore, Lock

from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mailguard.core.clock import Clock
from mailguard.store.guessing import network_of

MOST_BODY_BYTES = 512 * 1024
"""The largest honest request is a decision that names a thousand recipients."""


class BodyLimit:
    """Answers 413 to a request body larger than `limit` bytes, whether its length is announced or not."""

    def __init__(self, app: ASGIApp, *, limit: int = MOST_BODY_BYTES) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if not announced.isdigit() or int(announced) > self._limit:
            await PlainTextResponse("the request is too large\n", 413)(scope, receive, send)
            return
        got = 0

        async def receive_counted() -> Message:
            nonlocal got
            message = await receive()
            got += len(message.get("body", b""))
            if got > self._limit:
                raise HTTPException(413)
            return message

        await self._app(scope, receive_counted, send)


class LoginThrottle:
    """Counts failed logins of each network (`store.guessing`); locking a *name* is the store's business.

    Kept in memory: it slows down guessing many names from one place, and a restart may forget it.
    """

    def __init__(self, now: Clock, *, most: int = 20, within: timedelta = timedelta(minutes=5)) -> None:
        self._now = now
        self._most = most
        self._within = within
        self._failures: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = Lock()
        self.hashing = BoundedSemaphore(2)
        """One argon2id check takes 64 MiB: forty guesses at once would take the machine."""

    def is_open(self, peer: str) -> bool:
        """Whether this address may guess once more."""
        network = network_of(peer)
        with self._lock:
            # Who has never failed is not written down: strangers ask with a new name each time.
            return network not in self._failures or len(self._recent(network)) < self._most

    def count(self, peer: str) -> None:
        """Remember a failure."""
        network = network_of(peer)
        with self._lock:
            self._recent(network).append(self._now())
            self._failures.move_to_end(network)
            while len(self._failures) > 10_000:
                self._failures.popitem(last=False)

    def _recent(self, network: str) -> deque[datetime]:
        failures = self._failures.setdefault(network, deque(maxlen=self._most))
        while failures and self._now() - failures[0] > self._within:
            failures.popleft()
        return failures
