"""Rules that change while the guard serves."""

import asyncio
import errno
import os
import signal
import smtplib
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from mailguard.app.rule_files import RuleFiles
from mailguard.app.rules_watch import RulesWatch
from mailguard.app.wiring import Guard, open_guard
from mailguard.core.envelope import Envelope
from mailguard.core.errors import RulesError
from mailguard.core.settings import RulesSettings, Settings, StoreSettings
from mailguard.core.verdict import Verdict
from mailguard.store.nodes import list_nodes
from mailguard.store.store import open_store
from tests.app.processes import listeners_at, workers_of
from tests.support.guard import GuardProcess, make_guard
from tests.support.letters import write_letter
from tests.support.sink import Sink
from tests.support.waiting import PATIENCE, eventually

PACK = """
rules:
  - id: own.code
    kind: access_code
    keywords: [zebra]
    pattern: 'zebra-(?P<value>[0-9]{4})'
    match: ["zebra-4826"]
"""
LION = PACK.replace("zebra", "lion")
BROKEN = {
    "pattern": PACK.replace("zebra-(", "zebra-(("),
    "example": PACK.replace('"zebra-4826"', '"no"'),
    "key": PACK.replace("keywords", "keywrods"),
    "yaml": "rules: [",
    "octets": "\x00",
}
ENVELOPE = Envelope("seller@operator.example", ("matti.virtanen@post.example",))


@asynccontextmanager
async def _watched(tmp_path: Path) -> AsyncIterator[tuple[Guard, RulesWatch, Path, list[RuleFiles]]]:
    own = tmp_path / "rules"
    own.mkdir()
    (own / "own.yaml").write_text(PACK)
    settings = Settings(
        store=StoreSettings(database_url=f"sqlite:///{tmp_path}/guard.db", key_file=tmp_path / "guard.key"),
        rules=RulesSettings(folder=own),
    )
    shared: list[RuleFiles] = []

    async def share(files: RuleFiles) -> None:
        shared.append(files)

    with open_guard(settings) as guard:
        yield guard, RulesWatch(guard, share), own / "own.yaml", shared


def _is_held(guard: Guard, text: str) -> bool:
    return guard.judge.judge(ENVELOPE, write_letter(text)).verdict is Verdict.HOLD


async def test_a_good_set_judges_the_next_letter_and_is_shared(tmp_path: Path) -> None:
    """A changed file is loaded at the second look that finds it so, or at once when called; not a moment sooner."""
    async with _watched(tmp_path) as (guard, watch, file, shared):
        assert await watch.look()
        assert _is_held(guard, "zebra-4826")
        assert not _is_held(guard, "lion-4826")
        file.write_text(LION)
        assert not await watch.look()
        assert not _is_held(guard, "lion-4826")
        assert await watch.look()
        assert _is_held(guard, "lion-4826")
        assert not _is_held(guard, "zebra-4826")
        file.write_text(PACK)
        assert await watch.look(at_once=True)
        assert _is_held(guard, "zebra-4826")
        assert [files.digest for files in shared][-1] == watch.in_force.digest
        assert len(shared) == 2


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
async def test_a_broken_file_keeps_the_last_good_set(tmp_path: Path, broken: str) -> None:
    """Whatever is wrong with it, nothing changes but what is told, with the operator's own file in it; and it mends."""
    async with _watched(tmp_path) as (guard, watch, file, shared):
        digest = watch.in_force.digest
        file.write_text(broken)
        await watch.look(at_once=True)
        assert str(file) in watch.problem
        assert watch.in_force.digest == digest
        assert _is_held(guard, "zebra-4826")
        await watch.look()
        assert str(file) in watch.problem
        assert shared == []
        file.write_text(PACK)
        await watch.look()
        assert watch.problem == ""
        file.write_text(LION)
        await watch.look(at_once=True)
        assert watch.problem == ""
        assert _is_held(guard, "lion-4826")


async def test_a_folder_that_is_gone_keeps_the_last_good_set(tmp_path: Path) -> None:
    """A share that is not mounted is no reason to judge by fewer rules, nor to stop."""
    async with _watched(tmp_path) as (guard, watch, file, _):
        file.parent.rename(tmp_path / "away")
        await watch.look(at_once=True)
        assert "is no folder" in watch.problem
        assert _is_held(guard, "zebra-4826")
        (tmp_path / "away").rename(file.parent)
        await watch.look()
        assert watch.problem == ""


async def test_a_full_disk_is_waited_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A good set that could not be loaded for want of room is loaded when there is some, with no file touched."""
    async with _watched(tmp_path) as (guard, watch, file, _):
        with monkeypatch.context() as full:
            full.setattr("tempfile.mkdtemp", _no_room)
            file.write_text(LION)
            await watch.look(at_once=True)
            assert watch.problem == "OSError"
            assert _is_held(guard, "zebra-4826")
        while watch.problem:
            await watch.look()
        assert _is_held(guard, "lion-4826")


def _no_room(*_: object, **__: object) -> str:
    raise OSError(errno.ENOSPC, "no room")


def test_the_first_set_must_be_good(tmp_path: Path) -> None:
    """A guard does not start with broken rules: there is no good set to fall back on."""
    (tmp_path / "own.yaml").write_text("rules: [")
    settings = Settings(
        store=StoreSettings(database_url=f"sqlite:///{tmp_path}/guard.db", key_file=tmp_path / "guard.key"),
        rules=RulesSettings(folder=tmp_path),
    )
    with pytest.raises(RulesError, match=r"own\.yaml"), open_guard(settings):
        pass


async def test_a_serving_guard_takes_new_rules_in_every_process(tmp_path: Path) -> None:
    """With two processes at the door: new rules hold the next letter, broken ones change nothing and are told by
    metrics, `nodes` and log, a worker that is killed meanwhile comes back with the good set, and mended it recovers."""
    async with Sink() as sink:
        own = tmp_path / "rules"
        own.mkdir()
        (own / "own.yaml").write_text(PACK)
        guard = make_guard(tmp_path, sink.port, extra=f'[rules]\nfolder = "{own}"\n')
        guard.config.write_text(guard.config.read_text().replace("[smtp]", "[smtp]\nworkers = 2"))
        with guard.serving() as process:
            await asyncio.to_thread(_change_rules, guard, own / "own.yaml", process.pid)


def _change_rules(guard: GuardProcess, file: Path, pid: int) -> None:
    def change(text: str) -> None:
        file.write_text(text)
        os.kill(pid, signal.SIGHUP)

    eventually(lambda: listeners_at(guard.smtp_port) == 2)
    assert _verdicts(guard, "zebra-4826") == {"held"}
    assert _verdicts(guard, "lion-4826") == {"passed"}
    (first,) = workers_of(pid)
    change(LION)
    eventually(lambda: _verdicts(guard, "lion-4826") == {"held"})
    assert _verdicts(guard, "zebra-4826") == {"passed"}
    assert list(workers_of(pid)) == [first], "it took the rules, and did not end over them"
    change(BROKEN["example"])
    eventually(lambda: "mailguard_rules_broken 1.0" in _metrics(guard))
    (worker,) = workers_of(pid)
    os.kill(worker, signal.SIGKILL)
    eventually(lambda: set(workers_of(pid)) - {worker})
    assert _verdicts(guard, "lion-4826") == {"held"}
    # The node's row says it with its next sign of life.
    broken = eventually(lambda: _trouble(guard))
    assert "rules broken" in broken
    assert "own.yaml" in broken
    assert guard.log().count("rules broken") == 1
    change(PACK)
    eventually(lambda: _verdicts(guard, "zebra-4826") == {"held"})
    eventually(lambda: "mailguard_rules_broken 0.0" in _metrics(guard))
    assert "mailguard_nodes 1.0" in _metrics(guard)
    eventually(lambda: guard.command("nodes").returncode == 0)
    assert guard.log().count("worker ended") == 1, "the one that was killed"


def _trouble(guard: GuardProcess) -> str:
    """What `nodes` says of what is wrong; empty while nothing is."""
    listed = guard.command("nodes")
    return listed.stdout if listed.returncode == 1 else ""


def _verdicts(guard: GuardProcess, text: str) -> set[str]:
    """What becomes of a letter, over twelve connections: the kernel deals them out to both processes."""
    found = set()
    for _ in range(12):
        with smtplib.SMTP("127.0.0.1", guard.smtp_port, timeout=PATIENCE) as client:
            client.ehlo()
            client.mail(ENVELOPE.reverse_path)
            client.rcpt(ENVELOPE.recipients[0])
            code, answer = client.data(write_letter(text))
            assert code == 250, answer
            found.add("held" if b"held" in answer else "passed")
    return found


def _metrics(guard: GuardProcess) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{guard.desk_port}/metrics", timeout=PATIENCE) as answer:
        said: bytes = answer.read()
        return said.decode()


def test_nodes_of_a_guard_that_stopped_in_order_are_not_missed(tmp_path: Path) -> None:
    """A guard that is stopped takes its row away."""
    guard = make_guard(tmp_path, 9)
    with guard.serving():
        store = open_store(
            StoreSettings(database_url=f"sqlite:///{tmp_path}/guard.db", key_file=tmp_path / "guard.key")
        )
        eventually(lambda: list_nodes(store))
        (node,) = list_nodes(store)
        assert node.name.endswith(f":{guard.desk_port}")
        assert node.is_alive
    assert list_nodes(store) == []
    store.close()
