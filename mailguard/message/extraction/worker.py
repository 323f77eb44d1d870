"""The whole life of a worker process: confine itself, then read one attachment after another.

Run as `python -m mailguard.message.extraction.worker FD READERS LIMITS` by `process.py`.
"""

import json
import os
import select
import socket
import sys
import threading
from collections.abc import Mapping
from importlib import import_module

from mailguard.message.blob import Blob, Reader
from mailguard.message.budget import Budget, BudgetSpent
from mailguard.message.extraction.confine import Limits, confine, start_clock, stop_clock
from mailguard.message.extraction.frames import Gone, receive_frame, send_frame
from mailguard.message.extraction.wire import FAILED, READY, pack_extract, unpack_job
from mailguard.message.extractor import Extract
from mailguard.message.gathering import Gathering
from mailguard.message.walk import Walk


def main() -> None:
    """Serve the socket that was inherited until it closes."""
    line = socket.socket(fileno=int(sys.argv[1]))
    readers: Mapping[str, Reader] = import_module(sys.argv[2]).READERS
    limits = Limits(**json.loads(sys.argv[3]))
    threading.Thread(target=_end_with_parent, args=(line,), daemon=True).start()
    confine(limits)
    try:
        send_frame(line, READY)
        while True:
            frame = receive_frame(line)
            start_clock(limits)
            answer = _answer(frame, readers)
            stop_clock()
            send_frame(line, answer)
    except Gone:
        return


def read_blob(blob: Blob, budget: Budget, readers: Mapping[str, Reader]) -> Extract:
    """What a blob says, with everything that is packed into it. Never raises BudgetSpent: that is a trouble."""
    into = Gathering(budget)
    try:
        Walk(into, readers).open(blob)
    except BudgetSpent as spent:
        into.stop(blob.path, spent)
    meter = into.meter
    return Extract(
        tuple(into.parts),
        tuple(into.troubles),
        tuple(into.unread),
        tuple(into.pictures),
        meter.entered,
        min(meter.expanded, budget.expanded),
    )


def _answer(frame: bytes, readers: Mapping[str, Reader]) -> bytes:
    try:
        blob, budget = unpack_job(frame)
        return pack_extract(read_blob(blob, budget, readers))
    except BaseException:  # Rust's PanicException is none of Exception's
        return FAILED


def _end_with_parent(line: socket.socket) -> None:
    """End as soon as the other end of the socket is gone, also in the middle of a job."""
    poll = select.poll()
    poll.register(line.fileno(), select.POLLRDHUP)
    poll.poll()
    os._exit(1)


if __name__ == "__main__":
    main()
