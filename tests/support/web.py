"""A real HTTP server on loopback for tests: FastAPI behind uvicorn, in a thread; also one that speaks raw bytes."""

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import uvicorn
from fastapi import FastAPI


@contextmanager
def serve_app(app: FastAPI, *, certificate: tuple[str, str] | None = None) -> Iterator[int]:
    """Serve an application, for the length of the block, and give its port. `certificate`: files of TLS (PEM)."""
    bound = socket.create_server(("127.0.0.1", 0))
    cert, key = certificate or (None, None)
    config = uvicorn.Config(app, log_config=None, ssl_certfile=cert, ssl_keyfile=key, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    try:
        yield bound.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)
        bound.close()


@contextmanager
def serve_bytes(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """Serve each client, after its request was read, with whatever `answer` writes into the socket."""
    bound = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        while True:
            try:
                client, _ = bound.accept()
            except OSError:
                return
            with client, suppress(OSError):
                _hear_request(client)
                answer(client)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield bound.getsockname()[1]
    finally:
        bound.shutdown(socket.SHUT_RDWR)
        bound.close()
        thread.join(10)


def _hear_request(client: socket.socket) -> None:
    # Whole, with the body that may come in a segment of its own: what was left unread would be told as a reset
    # connection, or be taken for the client's next word. Another protocol's request (LDAP) is what comes first.
    heard = client.recv(65536)
    head, end, body = heard.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    missing = int(length[1]) - len(body) if end and length else 0
    while missing > 0 and (more := client.recv(missing)):
        missing -= len(more)
