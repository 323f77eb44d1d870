"""How many connections to the desk there may be, and how long a request may take to come.

uvicorn waits for ever for the rest of a request, and each connection costs the process a file descriptor: a thousand
that say nothing would keep the front door from taking mail (measured).
"""

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

MOST_CONNECTIONS = 500
REQUEST_SECONDS = 30.0
"""From the first look at a connection, or the answer before, to a request's last octet."""


class PatientProtocol(H11Protocol):
    """HTTP/1.1 with an end to patience."""

    _giving_up: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """One too many is closed without a word; the others go on."""
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
        else:
            self._watch()

    def data_received(self, data: bytes) -> None:
        """A part of a request, or the whole."""
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Whoever hangs up is waited for no longer."""
        self._stop_watch()
        super().connection_lost(exc)

    def _watch(self) -> None:
        has_request = self.cycle is not None and not self.cycle.response_complete and not self.cycle.more_body
        if has_request or self.transport.is_closing():
            self._stop_watch()
        elif self._giving_up is None:
            self._giving_up = self.loop.call_later(REQUEST_SECONDS, self.transport.abort)

    def _stop_watch(self) -> None:
        if self._giving_up is not None:
            self._giving_up.cancel()
            self._giving_up = None
