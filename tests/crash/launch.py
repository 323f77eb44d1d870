"""`python -m tests.crash.launch`: starts `mailguard serve` again and again, with traps at the named steps.

What takes two seconds of each start, the import of everything and the proof of the rules, is done once here; each
guard is a fork of this process, which has no threads. A line `start WORKERS CONFIG LOG` on standard input is answered
with the process id, `wait PID` with the exit code.

The steps are found from outside: by the statements of a transaction, and by wrapping the few functions that speak with
the next hop and the client. `multiprocessing` imports this module in each worker process too, which arms that.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextvars import ContextVar
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Engine, event
from sqlalchemy.engine.default import DefaultDialect

import mailguard.cases.releasing.claim
import mailguard.notices.claim
import mailguard.notices.send
import mailguard.relay.release
from mailguard.core.answer import Answer
from mailguard.core.settings import load_settings
from mailguard.relay.link import Link
from mailguard.smtp.session import Session
from mailguard.store.keys.sealing import Sealer
from tests.crash.trap import PLACE, Trap

_T = TypeVar("_T")
_ON_ITS_WAY = 0.05
"""Seconds after which what was written to a socket is surely at the other side of the loopback."""
_COMMITS = (
    # (label, beginning of a statement, what else stands in it); a later line goes before an earlier one
    ("claim", "UPDATE cases SET", "claims="),
    ("start", "UPDATE cases SET claimed_until=", "sending_at="),
    ("letter", "UPDATE notices SET", "sent_at="),
    ("settle", "UPDATE cases SET state=", ""),
    ("decision", "INSERT INTO decisions", ""),
    ("aside", "INSERT INTO set_aside", ""),
    ("hold", "INSERT INTO cases", ""),
)
_RANKS = [label for label, _, _ in _COMMITS]

_trap = Trap(Path(os.environ[PLACE]))
_errand: ContextVar[str] = ContextVar("errand", default="clean")
_labels: dict[int, str] = {}
"""What the open transaction of a database connection is about."""


def arm() -> None:
    """Wrap what is passed on the way of a message."""
    _arm_commits()
    _arm_sealing()
    _arm_next_hop()
    _arm_answers()
    # Dead workers' claims end, and letters go out, soon enough for a test.
    release: Any = mailguard.relay.release
    mailguard.cases.releasing.claim.CLAIM = release.CLAIM = timedelta(seconds=5)
    mailguard.notices.claim.CLAIM = timedelta(seconds=5)
    write_letters: Any = mailguard.notices.send.NoticeWorker.__init__
    write_letters.__kwdefaults__["pause"] = 0.3


def _arm_commits() -> None:
    dialect: Any = DefaultDialect
    commit, rollback = dialect.do_commit, dialect.do_rollback

    def note(connection: Any, cursor: object, statement: str, *_: object) -> None:
        for label, beginning, inside in reversed(_COMMITS):
            if statement.startswith(beginning) and inside in statement:
                key = _key(connection.connection)
                if _RANKS.index(label) >= _RANKS.index(_labels.get(key, _RANKS[0])):
                    _labels[key] = label
                return

    def do_commit(self: DefaultDialect, connection: Any) -> None:
        label = _labels.pop(_key(connection), "")
        if label:
            _trap.passing(f"{label}: before commit")
        commit(self, connection)
        if label:
            _trap.passing(f"{label}: after commit")

    def do_rollback(self: DefaultDialect, connection: Any) -> None:
        _labels.pop(_key(connection), None)
        rollback(self, connection)

    event.listen(Engine, "before_cursor_execute", note)
    dialect.do_commit, dialect.do_rollback = do_commit, do_rollback


def _key(connection: Any) -> int:
    return id(getattr(connection, "dbapi_connection", connection))


def _arm_sealing() -> None:
    seal = Sealer.seal

    def sealing(self: Sealer, *given: Any, **named: Any) -> Any:
        _trap.passing("hold: before seal")
        sealed = seal(self, *given, **named)
        _trap.passing("hold: after seal")
        return sealed

    Sealer.seal = sealing  # type: ignore[method-assign]


def _arm_next_hop() -> None:
    ask, send, transmit = Link.ask_each, Link.send, Link._transmit

    async def asking(self: Link, commands: Sequence[bytes]) -> list[Answer]:
        if commands[-1].startswith(b"MAIL"):
            _trap.passing(f"{_errand.get()}: before MAIL")
        return await ask(self, commands)

    async def sending(self: Link, raw: bytes) -> Answer:
        _trap.passing(f"{_errand.get()}: at DATA")
        return await send(self, raw)

    async def transmitting(self: Link, stuffed: bytes) -> Answer:
        errand = _errand.get()
        _trap.passing(f"{errand}: before the dot")
        answer = await _passing_during(f"{errand}: after the dot", transmit(self, stuffed))
        _trap.passing(f"{errand}: after its answer")
        return answer

    Link.ask_each, Link.send, Link._transmit = asking, sending, transmitting  # type: ignore[method-assign]
    release: Any = mailguard.relay.release
    release.hand_over = _on_errand("release", release.hand_over)


def _arm_answers() -> None:
    session: Any = Session
    reply = session.reply

    async def replying(self: Session, answer: Answer) -> None:
        if answer.ok and "held for approval as" in answer.lines[0]:
            _trap.passing("hold: before 250")
            await _passing_during("hold: after 250", reply(self, answer))
        else:
            await reply(self, answer)

    session.reply = replying


def arm_letters() -> None:
    """Only in the first process, which alone writes letters."""
    import mailguard.app.running

    running: Any = mailguard.app.running
    running.deliver = _on_errand("letter", running.deliver)


def _on_errand(errand: str, function: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def on_errand(*given: Any, **named: Any) -> Any:
        _errand.set(errand)
        return await function(*given, **named)

    return on_errand


async def _passing_during(step: str, work: Coroutine[Any, Any, _T]) -> _T:
    """The step is where the octets are with the other side and nothing has been made of its answer here."""
    if not _trap.is_due(step):
        return await work
    working = asyncio.create_task(work)
    await asyncio.sleep(_ON_ITS_WAY)
    _trap.spring()
    return await working


def obey() -> None:
    """Read the orders until their end. No guard outlives them."""
    started: list[int] = []
    wiring: Any = mailguard.app.wiring
    wiring.compile_rules = cache_first(wiring.compile_rules)
    for line in sys.stdin:
        match line.split():
            case ["start", workers, config, log]:
                answer = _start(workers, config, log)
                started.append(answer)
            case ["wait", pid]:
                answer = os.waitstatus_to_exitcode(os.waitpid(int(pid), 0)[1])
            case _:
                raise SystemExit(f"what is {line!r}?")
        print(answer, flush=True)
    for pid in started[-1:]:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


def cache_first(function: Callable[..., Any]) -> Callable[..., Any]:
    """What the function gives first is what it gives from then on."""
    given: list[Any] = []

    def cached(*arguments: Any, **named: Any) -> Any:
        if not given:
            given.append(function(*arguments, **named))
        return given[0]

    return cached


def _start(workers: str, config: str, log: str) -> int:
    settings = load_settings(Path(config))
    wiring: Any = mailguard.app.wiring
    wiring.compile_rules(wiring.read_rule_files(settings), settings)
    if pid := os.fork():
        return pid
    # A tree of its own, which can be killed as one.
    os.setsid()
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for number, descriptor in enumerate((os.open(os.devnull, os.O_RDONLY), output, output)):
        os.dup2(descriptor, number)
    os.environ["MAILGUARD__SMTP__WORKERS"] = workers
    sys.argv = ["mailguard", "serve", "--config", config]
    main()
    return 0


arm()
if __name__ == "__main__":
    import mailguard.app.commands.serve
    import mailguard.app.wiring
    from mailguard.app.cli import main

    arm_letters()
    obey()
