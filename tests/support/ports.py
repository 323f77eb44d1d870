"""Free loopback ports."""

import random
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from tests.support.waiting import PATIENCE


def free_port() -> int:
    """A loopback port that nobody listens on now, and that nobody else is given before it is listened on."""
    return next(_free)


def is_open(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_for_port(port: int, seconds: float = PATIENCE) -> None:
    """Return once somebody listens there; raises TimeoutError when nobody does in time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if is_open(port):
            return
        time.sleep(0.02)
    raise TimeoutError(f"nobody listens on port {port}")


def _ports() -> Iterator[int]:
    # Below those that the kernel gives to outgoing connections and to whoever asks for any port, each only once, and
    # from a place of this process's own: between here and the listening another connection, another server or the next
    # call would now and then take the same one.
    told = Path("/proc/sys/net/ipv4/ip_local_port_range")
    end = int(told.read_text().split()[0]) if told.exists() else 32768
    first = 11_000 if end > 20_000 else 1024
    at = random.SystemRandom().randrange(first, end)
    while True:
        at = at + 1 if at + 1 < end else first
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", at))
            except OSError:
                continue
        yield at


_free = _ports()
