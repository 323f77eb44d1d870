"""How the guard serves others while a crowd stands around: idle connections, and senders of an octet now and then."""

import smtplib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from typing import Any

from tests.bench.letters import SENDER, BenchLetter
from tests.bench.load import latency_of
from tests.bench.systems import System

IDLE, SLOW = 2_000, 50
_DRIP_SECONDS = 0.1
_LEAST = 100
"""Sessions at least: below that there is no 99th percentile."""


def measure_beside_crowd(system: System, letter: BenchLetter, seconds: float) -> dict[str, Any]:
    """Milliseconds of whole sessions of others, from connecting to the answer to QUIT."""
    times: list[float] = []
    with _crowd(system.port, letter.recipient):
        ends = time.perf_counter() + seconds
        while time.perf_counter() < ends or len(times) < _LEAST:
            begun = time.perf_counter()
            with smtplib.SMTP("127.0.0.1", system.port, timeout=60) as client:
                client.sendmail(SENDER, [letter.recipient], letter.raw)
            times.append((time.perf_counter() - begun) * 1000)
    return asdict(latency_of(times)) | {"idle": IDLE, "slow": SLOW}


@contextmanager
def _crowd(port: int, recipient: str) -> Iterator[None]:
    with ExitStack() as stack:
        for _ in range(IDLE):
            _greeted(stack, port)
        slow = [_greeted(stack, port) for _ in range(SLOW)]
        for command in ("EHLO slow.example", f"MAIL FROM:<{SENDER}>", f"RCPT TO:<{recipient}>", "DATA"):
            for client in slow:
                client.sendall(f"{command}\r\n".encode())
                if (answer := client.recv(4096)[:1]) not in (b"2", b"3"):
                    raise SystemExit(f"a slow sender was answered {answer!r} to {command}")
        over = threading.Event()
        dripping = threading.Thread(target=_drip, args=(slow, over))
        dripping.start()
        try:
            yield
        finally:
            over.set()
            dripping.join()


def _greeted(stack: ExitStack, port: int) -> socket.socket:
    client = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60))
    if (greeting := client.recv(200))[:3] != b"220":
        raise SystemExit(f"one of the crowd was greeted with {greeting!r}")
    return client


def _drip(clients: list[socket.socket], over: threading.Event) -> None:
    while not over.wait(_DRIP_SECONDS):
        for client in clients:
            client.sendall(b"x")
