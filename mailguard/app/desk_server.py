"""The review desk behind uvicorn, in the guard's own event loop."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

import uvicorn
from fastapi import FastAPI

from mailguard.app.desk_connections import PatientProtocol
from mailguard.core.errors import ConfigError
from mailguard.core.settings import split_endpoint

_GRACE = 5
"""Seconds that a request under way may take when the guard stops."""


class DeskServer:
    """Serves the desk for the length of an `async with` block."""

    def __init__(self, app: FastAPI, listen: str) -> None:
        """Binds at once, so that a port in use is an error at start. Raises ConfigError."""
        self._socket = _bind(listen)
        self._app = app
        self._server = _Server(
            uvicorn.Config(
                app,
                http=PatientProtocol,
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=_GRACE,
            )
        )
        self._task: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The port listened on."""
        port: int = self._socket.getsockname()[1]
        return port

    async def __aenter__(self) -> "DeskServer":
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        while not self._server.started and not self._task.done():
            await asyncio.sleep(0.01)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Streams would never end by themselves, and the server waits for what is under way.
        self._app.state.desk.live.close()
        self._server.should_exit = True
        if self._task is not None:
            await self._task
        self._socket.close()


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The guard takes the signals; the desk stops with it."""
        yield


def _bind(listen: str) -> socket.socket:
    host, port = split_endpoint(listen)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise ConfigError(None, "desk.listen", f"cannot listen on {listen}: {error.strerror}") from None
    return bound
