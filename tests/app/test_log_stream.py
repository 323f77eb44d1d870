"""Lines that cannot be written are lost and counted; nothing waits for them."""

import os
import socket
import subprocess
import sys
from contextlib import suppress

from mailguard.app.log_stream import LogStream, open_log_stream


def test_lines_are_lost_while_nobody_reads_and_told_afterwards() -> None:
    """A full pipe takes nothing and stops nobody; the first line that fits says how many are missing."""
    reader, writer = os.pipe()
    with os.fdopen(writer, "w") as pipe, os.fdopen(reader, "rb", buffering=0) as read:
        stream = open_log_stream(pipe)
        for number in range(5000):
            stream.write(f"line {number:04} {'x' * 90}\n")
        assert os.get_blocking(writer), "whoever shares the pipe sees no change"
        kept = read.read(1 << 20).count(b"\n")
        stream.write("again\n")
        assert read.read(1 << 20) == f"level=warning event='log lines lost' lines={5000 - kept}\nagain\n".encode()


def test_a_socket_is_written_to_without_waiting() -> None:
    """journald's end of a service's standard error is a socket."""
    ours, theirs = socket.socketpair()
    with ours, theirs, os.fdopen(os.dup(ours.fileno()), "w") as file:
        stream = open_log_stream(file)
        for _ in range(20_000):
            stream.write(f"{'x' * 99}\n")
        assert theirs.recv(100) == b"x" * 99 + b"\n"


def test_a_disk_that_is_full_and_a_stream_that_is_closed_raise_nothing() -> None:
    """An error of the stream stays there."""
    with suppress(OSError), open("/dev/full", "w") as full:
        open_log_stream(full).write("line\n")
    with open(os.devnull, "w") as closed:
        pass
    open_log_stream(closed).write("line\n")
    LogStream(lambda line: os.write(-1, line)).write("line\n")


def test_closed_standard_streams_are_filled() -> None:
    """The next file that is opened does not become standard error."""
    program = (
        "from mailguard.app.log_stream import keep_standard_streams as keep; keep();"
        "import os; opened = os.open('/', os.O_RDONLY); os._exit(opened)"
    )
    call = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", sys.executable, "-c", program]
    assert subprocess.run(call, check=False).returncode == 3
