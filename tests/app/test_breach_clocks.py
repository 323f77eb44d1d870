"""The schedule watches the deadlines of breaches."""

from collections.abc import Mapping
from datetime import timedelta

from sqlmodel import select

from mailguard.app.observing import Observer
from mailguard.app.schedule import make_schedule
from mailguard.core.answer import Answer
from mailguard.core.envelope import Envelope
from mailguard.core.person import Role
from mailguard.core.settings import Settings
from mailguard.incidents.breaches.breach import BreachFacts, Origin
from mailguard.incidents.breaches.register import open_breach
from mailguard.notices.send import NoticeWorker
from mailguard.store.people import add_user
from mailguard.store.store import Store
from mailguard.store.tables.outbox import NoticeRow
from tests.conftest import TurnableClock


async def test_a_deadline_that_passes_reaches_a_mailbox(store: Store, clock: TurnableClock) -> None:
    """From the job of the schedule to the bytes that are handed to the next hop, once."""
    settings, sent = Settings(), []

    async def deliver(envelope: Envelope, raw: bytes) -> Mapping[str, Answer]:
        sent.append((envelope.recipients, raw))
        return {to: Answer(250, ("2.0.0 taken",)) for to in envelope.recipients}

    add_user(store, "olli", email="olli@operator.example", role=Role.OPS, password=None)
    with store.writing() as session:
        facts = BreachFacts("Papers to a namesake", aware_at=clock() - timedelta(hours=73))
        open_breach(session, store, facts, origin=Origin.HAND, by="olli", at=clock())
    scheduler = make_schedule(store, settings, Observer(store, "UTC", clock), deliver)
    for _ in range(2):
        await scheduler.get_job("watch_clocks").func()
        await NoticeWorker(store, deliver, settings, clock).run_once()
    assert [to for to, _ in sent] == [("olli@operator.example",)]
    assert b"2026-0001" in sent[0][1]
    assert b"namesake" not in sent[0][1]
    with store.reading() as session:
        assert session.exec(select(NoticeRow)).one().sent_at is not None
