"""One worker process, seen from its pool."""

import json
import os
import resource
import socket
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import mailguard
from mailguard.message.blob import Blob
from mailguard.message.budget import Budget
from mailguard.message.extraction.confine import Limits
from mailguard.message.extraction.frames import Gone, TooLate, receive_frame, send_frame
from mailguard.message.extraction.wire import FAILED, READY, pack_job, unpack_extract
from mailguard.message.extractor import Extract, ExtractionFailed

_START_SECONDS = 30.0
_KEPT_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PYTHONHOME", "SYSTEMROOT")


class WorkerProcess:
    """Started when made; `ended` after a job that it did not survive."""

    def __init__(self, readers: str, limits: Limits) -> None:
        self._limits = limits
        self._jobs = 0
        self._line, theirs = socket.socketpair()
        # A fresh interpreter and not a fork, which would copy locks in the midst of use; nor multiprocessing's spawn,
        # which imports the main program with all its libraries again (a second; this takes a third of it). Of the
        # environment nothing goes along that could hold a password; a session of its own keeps Ctrl-C away.
        environment = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
        environment["PYTHONPATH"] = str(Path(mailguard.__file__).parent.parent)
        command = [sys.executable, "-P", "-m", f"{__package__}.worker", str(theirs.fileno()), readers]
        try:
            self._process = subprocess.Popen(  # noqa: S603
                [*command, json.dumps(asdict(limits))],
                env=environment,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        except OSError:
            self._line.close()
            raise ExtractionFailed("the program that reads attachments cannot be started") from None
        finally:
            theirs.close()
        try:
            if receive_frame(self._line, time.monotonic() + _START_SECONDS) != READY:
                raise Gone
        except (Gone, TooLate):
            self.end()
            raise ExtractionFailed("the program that reads attachments does not start") from None

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def is_usable(self) -> bool:
        """Whether it lives and may take another job."""
        worn = self._jobs >= self._limits.jobs or self._resident() > self._limits.kept_memory
        return not worn and self._process.poll() is None

    def _resident(self) -> int:
        try:
            pages = Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1]
        except (OSError, IndexError):
            return 0  # no /proc, or just dead
        return int(pages) * resource.getpagesize()

    def extract(self, blob: Blob, budget: Budget) -> Extract:
        """Have a blob read. Raises ExtractionFailed; the process is ended then, unless it answered by itself."""
        self._jobs += 1
        started = time.monotonic()
        deadline = started + self._limits.wall_seconds
        try:
            send_frame(self._line, pack_job(blob, budget), deadline)
            answer = receive_frame(self._line, deadline)
            seconds = time.monotonic() - started
            if answer == FAILED:
                raise ExtractionFailed("the attachment cannot be read by the program", seconds)
            return unpack_extract(answer, seconds)
        except TooLate:
            self.end()
            raise ExtractionFailed("the attachment takes too long to read", self._limits.wall_seconds) from None
        except (Gone, ValueError, TypeError, LookupError):
            self.end()
            seconds = time.monotonic() - started
            raise ExtractionFailed("the program that reads the attachment fails at it", seconds) from None

    def end(self) -> None:
        """Kill it and wait for its end."""
        self._process.kill()
        self._process.wait()
        self._line.close()
