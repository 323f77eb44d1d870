"""Tells open pages that something has happened, by server-sent events (HTML standard, section 9.2).

An event says *that*, never what: the page then asks for what its visitor may see. One look at the database every few
seconds serves all pages of the process, so nodes need not know of each other, and a hundred open pages cost what one
costs.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import structlog
from sqlmodel import col, select

from mailguard.core.errors import StoreError
from mailguard.desk.rights import RIGHTS
from mailguard.store.people.sessions import still_open
from mailguard.store.store import Store
from mailguard.store.tables.audit import AuditHeadRow, AuditRow

_log = structlog.get_logger("mailguard.desk")

SECONDS = 3.0
"""Between two looks."""
MOST_STREAMS = 200
"""Of one process. Whoever comes later asks every now and then instead (`static/queue.js`)."""
MOST_OF_ONE = 3
"""Of one login: a browser has six connections to a host (HTTP/1.1), and the pages need some of them."""
_QUIET = 5
"""Looks without anything new after which a comment shows proxies that the line is alive."""
_MOST_READ = 500
_OPEN_TO = RIGHTS["GET /cases/events"].roles
_UNSEEN: frozenset[str] = frozenset({"view", "reveal"})
"""Acts on a case that change nothing in the queue."""


@dataclass(eq=False)
class _Stream:
    login: str
    """Digest of the session's cookie."""
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    news: bool = False
    ended: bool = False


class Live:
    """The open streams of one process, and the one task that looks for them."""

    def __init__(self, store: Store, session_minutes: int, seconds: float = SECONDS) -> None:
        self._store, self._minutes, self._seconds = store, session_minutes, seconds
        self._streams: set[_Stream] = set()
        self._looking: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    def has_room(self, login: str) -> bool:
        """Whether one more stream may begin for that login."""
        of_one = sum(stream.login == login for stream in self._streams)
        return not self._closed and len(self._streams) < MOST_STREAMS and of_one < MOST_OF_ONE

    def __len__(self) -> int:
        return len(self._streams)

    async def stream(self, login: str) -> AsyncIterator[bytes]:
        """Events until the login ends, the visitor leaves or the guard stops."""
        if not self.has_room(login):
            # Asked again: of many that come at one moment each has found room. The browser comes back, and is told.
            return
        stream = _Stream(login)
        self._streams.add(stream)
        self._loop = asyncio.get_running_loop()
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_on())
        try:
            # The browser asks again after so long when the line breaks: a guard that starts anew is not stormed.
            yield b"retry: 10000\n\n"
            while not stream.ended:
                await stream.woken.wait()
                stream.woken.clear()
                yield b"event: news\ndata:\n\n" if stream.news else b":\n\n"
                stream.news = False
        finally:
            self._streams.discard(stream)

    def close(self) -> None:
        """End all streams at once, from any thread, and begin none any more: the guard stops."""
        self._closed = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._end_all)

    def _end_all(self) -> None:
        for stream in self._streams:
            self._end(stream)

    @staticmethod
    def _end(stream: _Stream) -> None:
        stream.ended = True
        stream.woken.set()

    async def _look_on(self) -> None:
        seen, quiet = await asyncio.to_thread(self._newest), 0
        while self._streams:
            await asyncio.sleep(self._seconds)
            logins = {stream.login for stream in self._streams}
            try:
                news, open_logins = await asyncio.to_thread(self._look, seen, logins)
            except StoreError as error:
                # Pages say so themselves when they are asked for; streams wait for better days.
                _log.warning("no look at the queue", error=type(error).__name__)
                continue
            seen, happened = news
            quiet = 0 if happened else quiet + 1
            for stream in self._streams:
                if stream.login in logins - open_logins:
                    self._end(stream)
                elif happened or quiet % _QUIET == 0:
                    stream.news = happened
                    stream.woken.set()

    def _newest(self) -> int:
        try:
            with self._store.reading() as session:
                return session.exec(select(AuditHeadRow.seq)).one()
        except StoreError:
            return 0

    def _look(self, seen: int, logins: set[str]) -> tuple[tuple[int, bool], set[str]]:
        with self._store.reading() as session:
            newest = session.exec(select(AuditHeadRow.seq)).one()
            # The trail has an entry for every act on a case, so its end is the one place to look at.
            acts = select(AuditRow.act).where(AuditRow.seq > seen, col(AuditRow.case_id).is_not(None))
            happened = newest > seen and any(act not in _UNSEEN for act in session.exec(acts.limit(_MOST_READ)))
        return (newest, happened), still_open(self._store, logins, self._minutes, _OPEN_TO)
