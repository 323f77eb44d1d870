"""What the kernel was asked for, in its order: the disk has it before anybody is told so (promise 2)."""

import re
import smtplib
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.crash.sink import ClockedSink
from tests.support.guard import GuardProcess, make_guard
from tests.support.letters import CUSTOMER, SENDER, write_letter
from tests.support.need import missing, need_program
from tests.support.waiting import PATIENCE

_CALLS = "fsync,fdatasync,write,pwrite64,pwritev,sendto,sendmsg,writev"
_LINE = re.compile(r"^(?P<pid>\d+) +(?:(?P<call>\w+)\((?P<rest>.*)|<\.\.\. (?P<resumed>\w+) resumed>(?P<end>.*))$")
_LONGEST = "20000"
"""Octets shown of each write: more than a page of the log of changes."""


def test_synced_before_it_is_said(tmp_path: Path) -> None:
    """The last write of a hold, and of a decision, to the log of changes is synced before 250 and 200 go out."""
    strace = need_program("strace", "strace")
    with ClockedSink() as sink:
        guard = make_guard(tmp_path, sink.port)
        token = guard.add_user("sofia", "sofia@operator.example")
        with guard.serving() as process, _traced(strace, process.pid, tmp_path / "trace"):
            case_id = _hold_and_reject(guard, token)
    trace = (tmp_path / "trace").read_text(encoding="utf-8", errors="replace").splitlines()
    _assert_synced(trace, case_id, f"held for approval as {case_id}")
    _assert_synced(trace, case_id, "HTTP/1.1 200")


def _hold_and_reject(guard: GuardProcess, token: str) -> str:
    with smtplib.SMTP("127.0.0.1", guard.smtp_port, timeout=PATIENCE) as client:
        client.ehlo()
        client.mail(SENDER)
        client.rcpt(CUSTOMER)
        code, answer = client.data(write_letter("Hei,\n\nPIN-koodi: 4826\n"))
    assert code == 250
    case_id = answer.decode().rsplit(" ", 1)[1]
    body = {"action": "reject", "reason": "the wrong reader"}
    status, _ = guard.api("POST", f"/api/v1/cases/{case_id}/decision", token, body)
    assert status == 200
    return case_id


def _assert_synced(trace: list[str], case_id: str, said: str) -> None:
    """Between the last write that names the case and the words, a sync of the same file was begun and has ended."""
    told = next(number for number, line in enumerate(trace) if said in line and "-wal>" not in line)
    written = max(n for n, line in enumerate(trace[:told]) if "-wal>" in line and case_id in line and "write" in line)
    syncing: set[str] = set()
    for line in trace[written + 1 : told]:
        match = _LINE.match(line)
        if match is None:
            continue
        if match["call"] in ("fsync", "fdatasync") and "-wal>" in match["rest"]:
            if match["rest"].endswith("= 0"):
                return
            syncing.add(match["pid"])
        if match["resumed"] in ("fsync", "fdatasync") and match["pid"] in syncing and match["end"].endswith("= 0"):
            return
    raise AssertionError(f"{said!r} went out before the disk had it")


@contextmanager
def _traced(strace: str, pid: int, file: Path) -> Iterator[None]:
    options = ["-f", "-y", "-s", _LONGEST, "-e", f"trace={_CALLS}", "-o", str(file), "-p", str(pid)]
    tracer = subprocess.Popen([strace, *options], stderr=subprocess.PIPE, text=True)
    assert tracer.stderr is not None
    first = tracer.stderr.readline()
    if "attached" not in first:
        tracer.wait(timeout=PATIENCE)
        missing(f"strace may not attach to a process here: {first.strip()}")
    # One line for each thread; those that begin later are followed.
    time.sleep(0.2)
    try:
        yield
    finally:
        tracer.terminate()
        tracer.communicate(timeout=PATIENCE)
