"""Standard error as a place for log lines that never stops the guard: a line that cannot be written at once is lost.

A full disk behind a log file, a reader that has died or hangs behind a pipe: with an ordinary stream the first raises
in the middle of a message's way, after the next hop has taken it; the second stops the event loop for ever.
"""

import os
import select
import socket
import stat
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

Write = Callable[[bytes], int]


class LogStream:
    """What structlog writes into. Says how many lines were lost as soon as there is room again."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._lost = 0

    def write(self, text: str) -> None:
        """One line with its end; lost when it cannot be written now."""
        if self._lost and self._try(f"level=warning event='log lines lost' lines={self._lost}\n"):
            self._lost = 0
        if self._lost or not self._try(text):
            self._lost += 1

    def flush(self) -> None:
        """Nothing is kept back."""

    def _try(self, text: str) -> bool:
        try:
            self._write(text.encode("utf-8", "backslashreplace"))
        except (OSError, ValueError):
            return False
        return True


def keep_standard_streams() -> None:
    """Put something harmless in the places 0 to 2 where they are closed.

    Otherwise the next file or connection that is opened gets the number 2, and whatever prints an error prints into it.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free


def open_log_stream(stream: TextIO | None) -> LogStream:
    """A log stream to where `stream` goes; a stream without a file behind it is used as it is."""
    try:
        number = stream.fileno() if stream is not None else 2
    except (OSError, ValueError):
        return LogStream(_through(stream))
    return LogStream(_unblocked(number))


def _through(stream: TextIO | None) -> Write:
    def write(line: bytes) -> int:
        return stream.write(line.decode("utf-8")) if stream is not None else len(line)

    return write


def _unblocked(number: int) -> Write:
    if stat.S_ISSOCK(os.fstat(number).st_mode):
        # journald's. The flag holds for one call; O_NONBLOCK would hold for everybody who shares the socket.
        connection = socket.socket(fileno=os.dup(number))
        return lambda line: connection.send(line, socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
    with suppress(OSError):
        # Opened anew, for the same reason: the shell's and our children's end stays as it is.
        opened = os.open(f"/proc/self/fd/{number}", os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK | os.O_CLOEXEC)
        return lambda line: os.write(opened, line)
    poll = select.poll()
    poll.register(number, select.POLLOUT)
    return lambda line: os.write(number, line) if poll.poll(0) else _refuse()


def _refuse() -> int:
    raise BlockingIOError
