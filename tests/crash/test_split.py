"""kill -9 between the hold of a part and the passing of the rest, and everywhere around (`policy.partial`)."""

import contextlib
import json
import smtplib
import sqlite3
from pathlib import Path

from mailguard.cases.reading import open_body
from mailguard.core.settings import StoreSettings
from mailguard.store.store import open_store
from tests.crash.sink import ClockedSink
from tests.crash.tree import Tree
from tests.support.guard import GuardProcess, make_guard
from tests.support.letters import CUSTOMER, SENDER, write_letter
from tests.support.waiting import PATIENCE, eventually

COLLEAGUE = "boss@operator.example"
TEXT = "Hei,\n\nmarker-1-end\n\nMaksukortti: 4111 1111 1111 1111\n"
"""A payment card may be sent to colleagues, and to nobody else."""
# An automatic letter: nobody is told that it is held, and no letters of the guard's own are among what arrives.
LETTER = write_letter(TEXT, to=f"{CUSTOMER}, {COLLEAGUE}", Auto_Submitted="auto-generated")
STEPS = (
    # (step, at which pass of it, whether the colleague may have a copy of the attempt that was cut off)
    ("aside: before commit", 1, False),
    ("aside: after commit", 1, False),
    # The first MAIL is the client's own.
    ("clean: before MAIL", 2, False),
    ("clean: at DATA", 1, False),
    ("clean: before the dot", 1, False),
    ("clean: after the dot", 1, True),
    ("clean: after its answer", 1, True),
    ("hold: before commit", 1, True),
    ("hold: after commit", 1, True),
    ("hold: before 250", 1, True),
)


def test_killed_at_every_step_of_a_split(tmp_path: Path) -> None:
    """One case for each 250, a copy more only where the trail says so, nothing unapproved to the one it is held for."""
    with ClockedSink() as sink:
        guard = make_guard(tmp_path, sink.port, extra='[policy]\npartial = "split"\n')
        tree = Tree(guard)
        try:
            told = [_killed_at(tree, sink, guard, step, passes, may) for step, passes, may in STEPS]
            assert tree.stop() == 0
        finally:
            tree.close()
    assert all(b"RCPT TO:<%s>" % CUSTOMER.encode() not in line for m in sink.messages for line in m.rcpt)
    _compare(tmp_path, told)


def _killed_at(tree: Tree, sink: ClockedSink, guard: GuardProcess, step: str, passes: int, may_have: bool) -> str:
    """Kill at the step, send until there is a 250; gives the case that the client was told of."""
    if not tree.alive:
        tree.start(1)
    before, plan = len(sink.messages), tree.aim(step, passes, whole_tree=True)
    with contextlib.suppress(OSError, smtplib.SMTPException):
        answer = _send(guard)
        raise AssertionError(f"{step} was never reached: {answer}")
    eventually(lambda: tree.has_fired(plan) and not tree.alive, every=0.05)
    # What the dead one has written may still stand before the sink.
    eventually(lambda: len(sink.messages) - before >= int(may_have), every=0.05)
    assert len(sink.messages) - before == int(may_have), step
    tree.disarm()
    tree.start(1)
    code, said = _send(guard)
    assert (code, b" held for approval as " in said) == (250, True), said
    assert len(sink.messages) - before == 1 + int(may_have), step
    return said.decode().rsplit(" ", 1)[1]


def _send(guard: GuardProcess) -> tuple[int, bytes]:
    with smtplib.SMTP("127.0.0.1", guard.smtp_port, timeout=PATIENCE) as client:
        client.ehlo()
        client.mail(SENDER)
        for to in (CUSTOMER, COLLEAGUE):
            client.rcpt(to)
        return client.data(LETTER)


def _compare(folder: Path, told: list[str]) -> None:
    with sqlite3.connect(folder / "guard.db") as database:
        rows = database.execute("SELECT case_id, act, details FROM audit WHERE case_id IS NOT NULL ORDER BY seq")
        acts = [(case_id, act, json.loads(details)) for case_id, act, details in rows]
        cases = {case_id for (case_id,) in database.execute("SELECT id FROM cases")}
        assert database.execute("SELECT count(*) FROM set_aside").fetchone() == (0,)
    # A kill behind the commit, before the client heard of it, is the only one that leaves a case nobody was told of.
    committed = [step for step, *_ in STEPS if step in ("hold: after commit", "hold: before 250")]
    assert set(told) <= cases
    assert len(cases) == len(told) + len(committed)
    undone = [details for _, act, details in acts if act == "set aside undone"]
    begun = [step for step, *_ in STEPS if step != "aside: before commit" and step not in committed]
    assert len(undone) == len(begun)
    assert all(details["passing"] == [COLLEAGUE] and "once more" in details["note"] for details in undone)
    store = open_store(StoreSettings(database_url=f"sqlite:///{folder}/guard.db", key_file=folder / "guard.key"))
    try:
        assert all(b"marker-1-end" in (open_body(store, case_id) or b"") for case_id in cases)
        with store.reading() as session:
            assert store.audit.verify(session)[1] is None
    finally:
        store.close()
