"""Readers for a worker process that do what a parser does when a document has taken it over. The document names it."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping

from mailguard.message import attachments
from mailguard.message.blob import Blob, Descend, Reader
from mailguard.message.gathering import Gathering


class PanicException(BaseException):
    """What pyo3 raises when Rust panics: no Exception."""


def _act(blob: Blob, into: Gathering, descend: Descend) -> None:
    deed = blob.data.removeprefix(b"%PDF-").rstrip(b"\0").decode()
    match deed:
        case "sleep":
            time.sleep(600)
        case "spin":
            while True:
                pass
        case "native hang":
            ctypes.PyDLL(None).sleep(600)  # keeps the interpreter's lock
        case "allocate":
            held = [bytearray(1 << 26) for _ in range(1000)]
            into.add(blob.path, blob.role, str(len(held)))
        case "abort":
            os.abort()
        case "segfault":
            ctypes.string_at(0)
        case "exit":
            sys.exit(0)
        case "panic":
            raise PanicException
        case "recursion":
            _act(blob, into, descend)
        case "close the line":
            os.closerange(3, 100)
        case "babble":
            os.write(max(int(name) for name in os.listdir("/proc/self/fd") if _is_socket(int(name))), b"\0\0\0\2[]")
        case "put off":
            into.unreadable(blob.path, "later, perhaps", awaited=True)
        case "many words":
            while True:
                into.add(blob.path, blob.role, "x" * 1_000_000)
        case "network":
            into.add(blob.path, blob.role, _refused(lambda: socket.socket()))
        case "program":
            into.add(blob.path, blob.role, _refused(lambda: subprocess.run(["/bin/true"], check=True)))
        case "file":
            into.add(blob.path, blob.role, _refused(_write_file))
        case "environment":
            into.add(blob.path, blob.role, " ".join(sorted(os.environ)))
        case "pid":
            into.add(blob.path, blob.role, str(os.getpid()))
        case "forgive":
            signal.setitimer(signal.ITIMER_REAL, 0)
            time.sleep(600)
        case _:
            into.add(blob.path, blob.role, deed)


def _is_socket(number: int) -> bool:
    try:
        return os.readlink(f"/proc/self/fd/{number}").startswith("socket:")
    except OSError:
        return False


def _refused(deed: object) -> str:
    try:
        deed()  # type: ignore[operator]
    except OSError:
        return "refused"
    return "done"


def _write_file() -> None:
    path = f"/tmp/mailguard-test-{os.getpid()}"
    try:
        with open(path, "w") as file:
            file.write("x")
    finally:
        os.unlink(path)


READERS: Mapping[str, Reader] = {**attachments.READERS, "pdf": _act}
