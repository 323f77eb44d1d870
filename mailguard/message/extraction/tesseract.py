"""Words in pictures by Tesseract (Debian: tesseract-ocr and its language packs), a confined process for each picture.

Decoders of pictures are native code that gets hostile input. The picture goes in by a file in memory, its words come
out by a socket: nothing of a letter is written to the disk.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from threading import BoundedSemaphore, Lock

import mailguard
from mailguard.core.remembered import Remembered
from mailguard.message.extraction.confine import Limits
from mailguard.message.extraction.word_places import NoPage, lines_of
from mailguard.message.extractor import ExtractionFailed

LIMITS = Limits(memory=1 << 30, cpu_seconds=20, wall_seconds=40.0)
"""A full page takes two to five seconds of one core."""
PROCESSES = 2
_MOST_ANSWER = 4 << 20
"""Octets of its table of words; a page of small print has 100 kB."""
_AS_TABLE = ("-c", "tessedit_create_tsv=1")
_REMEMBERED, _LONGEST_REMEMBERED = 512, 4096
"""Pictures whose words are remembered, and characters of one."""
_PATHS = ("/usr/bin", "/usr/local/bin")


class NoTesseract(Exception):
    """It cannot be used; the text says how to mend that."""


class Tesseract:
    """A `Recognizer` for many threads, and its `Memory`. Where it is busy, whoever comes waits."""

    def __init__(
        self,
        languages: Sequence[str],
        limits: Limits = LIMITS,
        processes: int = PROCESSES,
        program: str | None = None,
    ) -> None:
        """Raises NoTesseract when the program or one of its languages is not there."""
        self._limits, self._languages = limits, "+".join(languages)
        self._program = program or _find()
        missing = sorted(set(languages) - _languages_of(self._program))
        if missing:
            raise NoTesseract(
                f"Tesseract lacks {', '.join(missing)}: install the Debian packages tesseract-ocr-<language>"
            )
        self._free = BoundedSemaphore(processes)
        self._lock = Lock()
        self._known: Remembered[bytes, str] = Remembered(_REMEMBERED, _REMEMBERED * _LONGEST_REMEMBERED)
        self._running: set[subprocess.Popen[bytes]] = set()
        self._closed = False

    def recognize(self, octets: bytes) -> str:
        """The words of a picture. Raises ExtractionFailed."""
        digest = sha256(octets).digest()
        known = self._known.recall(digest)
        if known is not None:
            return known
        with self._free:
            text = self._run(octets)
        if len(text) <= _LONGEST_REMEMBERED:
            self._known.keep(digest, text, len(text))
        return text

    def recall(self, octets: bytes) -> str | None:
        """The words of a picture that was read not long ago; None of any other."""
        return self._known.recall(sha256(octets).digest())

    def close(self) -> None:
        """End what runs: it fails, as everything does that comes after."""
        with self._lock:
            self._closed = True
            for process in self._running:
                process.kill()

    def _run(self, octets: bytes) -> str:
        deadline = time.monotonic() + self._limits.wall_seconds
        ours, theirs = socket.socketpair()
        picture = os.memfd_create("picture", os.MFD_CLOEXEC)
        try:
            _fill(picture, octets)
            process = self._begin(picture, theirs.fileno())
        except OSError:
            ours.close()
            raise ExtractionFailed("the program that reads pictures cannot be started") from None
        finally:
            theirs.close()
            os.close(picture)
        with ours:
            try:
                answer = _receive(ours, deadline)
                process.wait(max(0.0, deadline - time.monotonic()))
            except (TimeoutError, subprocess.TimeoutExpired):
                raise ExtractionFailed("the picture takes too long to read") from None
            except OSError:
                raise ExtractionFailed("the program that reads the picture fails at it") from None
            finally:
                with suppress(ProcessLookupError):
                    process.kill()
                process.wait()
                with self._lock:
                    self._running.discard(process)
        try:
            if process.returncode == 0 and len(answer) <= _MOST_ANSWER:
                return lines_of(answer.decode("utf-8", "replace"))
        except (NoPage, ValueError):
            pass  # it ends well without having read anything, too
        raise ExtractionFailed("the picture cannot be read by the program")

    def _begin(self, picture: int, answer: int) -> "subprocess.Popen[bytes]":
        with self._lock:
            if self._closed:
                raise OSError
            process = self._start(picture, answer)
            self._running.add(process)
            return process

    def _start(self, picture: int, answer: int) -> "subprocess.Popen[bytes]":
        launch = [sys.executable, "-P", "-S", "-m", f"{__package__}.launch", json.dumps(asdict(self._limits))]
        return subprocess.Popen(  # noqa: S603
            [*launch, self._program, "stdin", "stdout", "-l", self._languages, "--psm", "3", *_AS_TABLE],
            env=_environment() | {"PYTHONPATH": str(Path(mailguard.__file__).parent.parent)},
            cwd="/",
            stdin=picture,
            stdout=answer,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )


def _fill(file: int, octets: bytes) -> None:
    written = 0
    while written < len(octets):
        written += os.write(file, octets[written:])
    os.lseek(file, 0, os.SEEK_SET)


def _receive(line: socket.socket, deadline: float) -> bytes:
    """All until the other end closes, or a little more than the most."""
    answer = bytearray()
    while len(answer) <= _MOST_ANSWER:
        line.settimeout(max(0.001, deadline - time.monotonic()))
        piece = line.recv(1 << 16)
        if not piece:
            break
        answer += piece
    return bytes(answer)


def _find() -> str:
    found = shutil.which("tesseract", path=os.pathsep.join(_PATHS)) or shutil.which("tesseract")
    if found is None:
        raise NoTesseract("Tesseract is not there: install the Debian package tesseract-ocr")
    return found


def _languages_of(program: str) -> set[str]:
    try:
        listed = subprocess.run(  # noqa: S603
            [program, "--list-langs"], env=_environment(), capture_output=True, timeout=60, check=True
        )
    except (OSError, subprocess.SubprocessError):
        raise NoTesseract(f"{program} does not tell its languages") from None
    return set(listed.stdout.decode("utf-8", "replace").split("\n")[1:])


def _environment() -> dict[str, str]:
    # One thread: the limit of processor time is of all threads together, and mail must go on beside it.
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TESSDATA_PREFIX") if name in os.environ}
    return kept | {"OMP_THREAD_LIMIT": "1", "LC_ALL": "C.UTF-8"}
