"""Faults that need a guard in a process of its own: system calls that fail, a log that cannot be written."""

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path

import pytest

from tests.faults.house import open_apart
from tests.faults.matrix import ANY, SQLITE
from tests.support.guard import GuardProcess
from tests.support.need import need_program
from tests.support.waiting import PATIENCE


@pytest.fixture(scope="session")
def broken_disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that lets system calls fail."""
    compiler = need_program("gcc", "gcc")
    library = tmp_path_factory.mktemp("broken") / "broken_disk.so"
    source = Path(__file__).with_name("broken_disk.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return library


async def test_disk_fails(tmp_path: Path, broken_disk: Path) -> None:
    """Errors at writing and at syncing, one after the other: 451, nothing is half kept, and then all goes on."""
    told = tmp_path / "broken"

    @contextmanager
    def serve(guard: GuardProcess) -> Iterator[None]:
        with _serving(guard, subprocess.DEVNULL, LD_PRELOAD=str(broken_disk), BROKEN_DISK=str(told)):
            yield

    async with open_apart(tmp_path, serve) as house:
        await house.send("PIN-koodi: 4826")
        for fault, call, number in (
            ("disk with errors", "write", errno.EIO),
            ("disk read-only", "write", errno.EROFS),
            ("disk that does not sync", "sync", errno.EIO),
        ):
            told.write_text(f"{call} {number}\n")
            await house.assert_row(SQLITE[fault])
            told.unlink()
            await house.assert_recovered(ready=False)


@pytest.mark.parametrize("fault", ["log full", "log not read", "log closed"])
async def test_log_fails(tmp_path: Path, fault: str) -> None:
    """No line is worth a message: mail goes on when the log is full, is not read, or is closed."""

    @contextmanager
    def serve(guard: GuardProcess) -> Iterator[None]:
        with _LOGS[fault]() as log, _serving(guard, log):
            yield

    async with open_apart(tmp_path, serve) as house:
        await house.assert_row(ANY[fault])
        await house.assert_recovered()


@contextmanager
def _full() -> Iterator[int]:
    with open("/dev/full", "wb", buffering=0) as full:
        yield full.fileno()


@contextmanager
def _not_read() -> Iterator[int]:
    """A pipe that is full to the brim, and blocks."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with suppress(BlockingIOError):
        while True:
            os.write(writer, b"x" * 4096)
    os.set_blocking(writer, True)
    yield writer
    os.close(reader)
    os.close(writer)


_LOGS: dict[str, Callable[[], AbstractContextManager[int | None]]] = {
    "log full": _full,
    "log not read": _not_read,
    "log closed": nullcontext,
}


@contextmanager
def _serving(guard: GuardProcess, stderr: int | None, **environment: str) -> Iterator[None]:
    """`mailguard serve` with that as its standard error, None: closed. It ends well when it is told to."""
    call = [sys.executable, "-m", "mailguard", "serve", "--config", str(guard.config)]
    if stderr is None:
        call = ["sh", "-c", 'exec "$@" 2>&-', "sh", *call]
    kept = {key: value for key, value in os.environ.items() if not key.startswith("MAILGUARD")}
    process = subprocess.Popen(call, stderr=stderr, stdout=subprocess.DEVNULL, env=kept | environment)
    try:
        guard._wait(process)
        yield
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        process.wait()
