"""The pool of worker processes: whatever a reader does costs one attachment, and the next one is read."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mailguard.core.part import Letter, PartRole
from mailguard.message.blob import Blob
from mailguard.message.budget import Budget
from mailguard.message.extraction.confine import Limits
from mailguard.message.extraction.pool import ExtractionPool
from mailguard.message.extractor import ExtractionFailed
from mailguard.message.read import read_letter
from tests.message.writing import LINE, SECRET, all_text, attachment, kinds, letter, mixed
from tests.support.waiting import PATIENCE, eventually

READERS = "tests.message.extraction.hostile_readers"
LIMITS = Limits(memory=1 << 29, cpu_seconds=1, wall_seconds=PATIENCE)
"""Little memory and processor time; a busy machine costs none of these."""
BRIEF = replace(LIMITS, wall_seconds=5)
"""For readers that do nothing and do not end."""


@pytest.fixture(scope="module")
def hostile() -> Iterator[ExtractionPool]:
    """One worker process with hostile readers."""
    with ExtractionPool(1, LIMITS, READERS) as pool:
        yield pool


@pytest.fixture(scope="module")
def brief() -> Iterator[ExtractionPool]:
    """The same with little time."""
    with ExtractionPool(1, BRIEF, READERS) as pool:
        yield pool


def deed(pool: ExtractionPool, *names: str, budget: Budget = Budget()) -> Letter:
    """Read a letter whose attachments have these done to the worker process."""
    return read_letter(
        letter(mixed(f"\n{LINE}\n", *(attachment("a.pdf", f"%PDF-{name}".encode() + bytes(9)) for name in names))),
        budget,
        pool,
    )


def pid(pool: ExtractionPool) -> int:
    """Process id of the worker that takes the next job."""
    return int(deed(pool, "pid").parts[-1].text)


DEEDS = "sleep,spin,native hang,allocate,abort,segfault,exit,panic,recursion,close the line,babble,forgive".split(",")
HANGING = ("sleep", "native hang", "forgive")


@pytest.mark.parametrize("name", DEEDS)
def test_a_reader_that_fails_costs_one_attachment(hostile: ExtractionPool, brief: ExtractionPool, name: str) -> None:
    """The message is held, its other parts are read, and so is the next attachment."""
    pool = brief if name in HANGING else hostile
    result = deed(pool, name, "Seuraava")
    assert kinds(result) == {"unreadable"}
    assert SECRET in all_text(result)
    assert "Seuraava" in all_text(result)
    assert kinds(deed(pool, "Hei")) == set()


def test_a_worker_cannot_put_a_trouble_off(hostile: ExtractionPool) -> None:
    """That something is read later is the guard's own word: from a worker it is a trouble like all."""
    assert [trouble.awaited for trouble in deed(hostile, "put off").troubles] == [False]


def test_words_without_end_stop_at_the_budget(hostile: ExtractionPool) -> None:
    """A document that says more than a message may is read so far, and the message is held."""
    result = deed(hostile, "many words", budget=Budget(expanded=5_000_000))
    assert kinds(result) == {"unreadable"}
    assert len(all_text(result)) < 5_100_000


@pytest.mark.parametrize("name", ["network", "program", "file"])
def test_a_worker_is_confined(hostile: ExtractionPool, name: str) -> None:
    """No connection, no other program and no file can be made from within a parser."""
    assert deed(hostile, name).parts[-1].text == "refused"


def test_a_worker_has_no_environment_to_tell(hostile: ExtractionPool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of the guard, which may hold passwords, are not handed on."""
    monkeypatch.setenv("MAILGUARD__NEXT_HOP__USERNAME", "x")
    with ExtractionPool(1, LIMITS, READERS) as pool:
        assert "MAILGUARD" not in deed(pool, "environment").parts[-1].text


def test_the_time_of_one_message_is_limited(brief: ExtractionPool) -> None:
    """Many slow attachments in one message are given up together."""
    result = deed(brief, "sleep", "sleep", "Hei", budget=Budget(extraction_seconds=1))
    assert "Hei" not in all_text(result)
    assert "the attachments take too long to read" in {trouble.text for trouble in result.troubles}


def test_nothing_starts_before_the_first_attachment() -> None:
    """A pool costs nothing to those that never use it, and can be closed at once."""
    before = set(threading.enumerate())
    with ExtractionPool() as pool:
        assert read_letter(letter("\nHei\n"), Budget(), pool).troubles == ()
        assert pool._idle.queue == [None, None]
    # Those of other tests may end meanwhile.
    assert set(threading.enumerate()) <= before


def test_a_process_is_replaced_after_its_jobs() -> None:
    """After its number of jobs a process ends and a fresh one takes over."""
    with ExtractionPool(1, Limits(jobs=2), READERS) as pool:
        assert len({pid(pool) for _ in range(4)}) == 2


def test_a_process_that_has_grown_is_replaced() -> None:
    """One that keeps more memory than it should between two jobs is replaced before its number of jobs is full."""
    with ExtractionPool(1, Limits(kept_memory=1 << 20), READERS) as pool:
        assert pid(pool) != pid(pool)


def test_a_process_that_died_idle_is_replaced() -> None:
    """A worker that the kernel killed between two jobs costs nothing."""
    with ExtractionPool(1, LIMITS, READERS) as pool:
        os.kill(pid(pool), 9)
        while not pool._idle.queue[0]._process.poll():  # type: ignore[union-attr]
            time.sleep(0.01)
        assert kinds(deed(pool, "Hei")) == set()


def test_closing_ends_the_processes() -> None:
    """Nothing is left running, and who asks later is told so."""
    with ExtractionPool(1, LIMITS, READERS) as pool:
        number = pid(pool)
    assert not Path(f"/proc/{number}").exists()
    with pytest.raises(ExtractionFailed):
        pool.extract(Blob("a", PartRole.ATTACHMENT, b"%PDF-x"), "pdf", Budget())


def test_many_threads_share_few_processes() -> None:
    """Threads wait their turn; every one gets its own attachment's text."""
    texts: dict[int, str] = {}

    def ask(number: int) -> None:
        texts[number] = deed(pool, f"number {number}").parts[-1].text

    with ExtractionPool(2, readers=READERS) as pool:
        threads = [threading.Thread(target=ask, args=(number,)) for number in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert texts == {number: f"number {number}" for number in range(12)}


def test_workers_end_with_their_guard() -> None:
    """A guard that is killed leaves no process behind, also when a parser hangs in native code."""
    program = (
        "import threading, time\n"
        "from mailguard.message.extraction.pool import ExtractionPool\n"
        "from mailguard.message.blob import Blob\n"
        "from mailguard.message.budget import Budget\n"
        f"pool = ExtractionPool(1, readers={READERS!r})\n"
        "from mailguard.core.part import PartRole\n"
        "read = lambda do: pool.extract(Blob('a', PartRole.ATTACHMENT, b'%PDF-' + do + bytes(9)), 'pdf', Budget())\n"
        "print(read(b'pid').parts[-1].text, flush=True)\n"
        "read(b'sleep')\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as guard:
        assert guard.stdout is not None
        worker = Path(f"/proc/{int(guard.stdout.readline())}")
        assert worker.exists()
        guard.kill()
    eventually(lambda: _has_ended(worker))


def _has_ended(process: Path) -> bool:
    try:
        return "\nState:\tZ" in (process / "status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True
