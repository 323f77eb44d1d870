"""Frames on a socket between two processes: four octets of length, then the octets. No pickle: a worker that was taken
over by a hostile document must not be able to make this process run anything."""

import socket
import struct
import time

_LENGTH = struct.Struct("!I")
MOST = 1 << 30
"""Octets of the largest frame."""


class Gone(Exception):
    """The other end has closed, or says what makes no sense."""


class TooLate(Exception):
    """The deadline has passed."""


def send_frame(line: socket.socket, octets: bytes, deadline: float | None = None) -> None:
    """Send one frame before a deadline (`time.monotonic`). Raises Gone, TooLate."""
    try:
        line.settimeout(_left(deadline))
        line.sendall(_LENGTH.pack(len(octets)))
        line.settimeout(_left(deadline))
        line.sendall(octets)
    except TimeoutError:
        raise TooLate from None
    except OSError:
        raise Gone from None


def receive_frame(line: socket.socket, deadline: float | None = None) -> bytes:
    """The next frame. Raises Gone, TooLate."""
    (length,) = _LENGTH.unpack(_receive(line, _LENGTH.size, deadline))
    if length > MOST:
        raise Gone
    return _receive(line, length, deadline)


def _receive(line: socket.socket, length: int, deadline: float | None) -> bytes:
    octets = bytearray(length)
    view, place = memoryview(octets), 0
    while place < length:
        try:
            line.settimeout(_left(deadline))
            count = line.recv_into(view[place:], min(length - place, 1 << 20))
        except TimeoutError:
            raise TooLate from None
        except OSError:
            raise Gone from None
        if not count:
            raise Gone
        place += count
    return bytes(octets)


def _left(deadline: float | None) -> float | None:
    if deadline is None:
        return None
    left = deadline - time.monotonic()
    if left <= 0:
        raise TooLate
    return left
