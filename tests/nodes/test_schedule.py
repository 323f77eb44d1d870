"""What happens by the clock happens once, with three nodes whose clocks strike at the same moment."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import text
from sqlmodel import select

from mailguard.app.observing import Observer
from mailguard.app.schedule import make_schedule
from mailguard.cases.deciding.decide import decide
from mailguard.core.answer import Answer
from mailguard.core.case import CaseState
from mailguard.core.decision import Action, Decision
from mailguard.core.envelope import Envelope
from mailguard.core.person import Role
from mailguard.core.settings import Settings, StoreSettings
from mailguard.report.archive import Archive
from mailguard.store.people import add_user
from mailguard.store.store import Store, open_store
from mailguard.store.tables.audit import AuditRow
from mailguard.store.tables.cases import BodyRow, CaseRow
from mailguard.store.tables.outbox import NoticeRow
from tests.report.sample import add_counts
from tests.support.letters import hold_letter

CUSTOMERS = "customer_id,first_name,last_name,emails\n1001,Matti,Virtanen,matti.virtanen@post.example\n"


def _settings(folder: Path, database_url: str) -> list[Settings]:
    """Of three nodes: one database, one key, a data folder each."""
    (folder / "export").mkdir()
    (folder / "export" / "customers.csv").write_text(CUSTOMERS, encoding="utf-8")
    source = {"kind": "csv", "name": "crm", "folder": str(folder / "export")}
    settings = []
    for number in range(3):
        (folder / str(number)).mkdir()
        key_file = folder / str(number) / "guard.key"
        if number:
            key_file.write_bytes((folder / "0" / "guard.key").read_bytes())
            key_file.chmod(0o600)
        settings.append(
            Settings(
                store=StoreSettings(database_url=database_url, key_file=key_file),
                report={"to": ["ops@operator.example"]},
                register={"sources": [source]},
                audit={"anchor_file": folder / f"anchors{number}"},
            )
        )
        if not number:
            open_store(settings[0].store).close()
    return settings


@contextmanager
def _past(settings: Settings, **ago: float) -> Iterator[Store]:
    """The store as it would have been opened then."""
    then = datetime.now(UTC) - timedelta(**ago)
    store = open_store(settings.store, lambda: then)
    yield store
    store.close()


def _fill(settings: Settings) -> dict[str, str]:
    """Something for every job: cases to remind of, to escalate, to return, and to forget, and a week to report."""
    cases = {}
    with _past(settings, days=800) as store:
        sofia = add_user(store, "sofia", email="sofia@operator.example", role=Role.SUPERVISOR, password=None)
        add_user(store, "otto", email="otto@operator.example", role=Role.OPS, password=None)
        cases["removed"] = hold_letter(store)
        decide(store, cases["removed"], Decision(Action.REJECT, "wrong address"), sofia)
    with _past(settings, days=120) as store:
        cases["destroyed"] = hold_letter(store)
        decide(store, cases["destroyed"], Decision(Action.REJECT, "wrong address"), sofia)
    for name, days in (("expired", 8), ("escalated", 6), ("reminded", 4)):
        with _past(settings, days=days) as store:
            cases[name] = hold_letter(store)
            with store.writing() as session:
                add_counts(session, store.clock(), seen=3, held=1)
    return cases


async def test_each_job_is_done_once(postgres_url: str, tmp_path: Path) -> None:
    """Report, reminder, escalation, expiry, retention and the register's sync: once, by whichever node was first; and
    every node's desk has the report."""
    settings = _settings(tmp_path, postgres_url)
    cases = await asyncio.to_thread(_fill, settings[0])
    mailed: list[Envelope] = []

    async def deliver(envelope: Envelope, raw: bytes) -> Mapping[str, Answer]:
        mailed.append(envelope)
        return dict.fromkeys(envelope.recipients, Answer(250, ("2.0.0 ok",)))

    stores = [open_store(each.store) for each in settings]
    observers = [Observer(store, "UTC", store.clock) for store in stores]
    schedules = [
        make_schedule(store, each, observer, deliver)
        for store, each, observer in zip(stores, settings, observers, strict=True)
    ]
    for schedule in schedules:
        schedule.start(paused=True)
    jobs = [job for schedule in schedules for job in schedule.get_jobs()]
    # Twice: what is left for the next run must not be done anew by it.
    for _ in range(2):
        await asyncio.gather(*(job.func() for job in jobs))
    for schedule in schedules:
        schedule.shutdown(wait=False)

    assert [envelope.recipients for envelope in mailed] == [("ops@operator.example",)]
    for store, each in zip(stores, settings, strict=True):
        assert [week.running for week in Archive(store, each).weeks()] == [True, False]
    with stores[0].reading() as session:
        acts = Counter(session.exec(select(AuditRow.act, AuditRow.case_id)).all())
        letters = Counter(session.exec(select(NoticeRow.kind, NoticeRow.to, NoticeRow.case_id)).all())
        states = dict(session.exec(select(CaseRow.id, CaseRow.state)).all())
        bodies = set(session.exec(select(BodyRow.case_id)).all())
        customers = session.connection().scalar(text("SELECT count(*) FROM customers"))
    assert {act: number for act, number in acts.items() if number > 1 and act[1]} == {}
    assert acts["sync", None] == 1
    assert {letter: number for letter, number in letters.items() if number > 1} == {}
    assert letters["reminder", "sofia@operator.example", cases["reminded"]] == 1
    assert sum(letters[kind, to, cases["escalated"]] for kind, to, _ in letters if kind == "escalation") >= 1
    assert letters["expired", "seller@operator.example", cases["expired"]] == 1
    assert states[cases["expired"]] == CaseState.EXPIRED
    assert cases["removed"] not in states
    assert cases["destroyed"] in states
    assert cases["destroyed"] not in bodies
    assert customers == 1
    for store in stores:
        store.close()
