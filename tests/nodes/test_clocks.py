"""Two machines whose clocks are a day apart take nothing from each other's hands."""

import asyncio
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailguard.cases.deciding.decide import decide
from mailguard.cases.releasing.claim import claim as claim_release
from mailguard.core.answer import Answer
from mailguard.core.decision import Action, Decision
from mailguard.core.envelope import Envelope
from mailguard.core.person import Role
from mailguard.core.settings import Settings, StoreSettings
from mailguard.customers.source_states import claim as claim_source
from mailguard.notices.claim import claim as claim_letter
from mailguard.report.schedule import send_due_report
from mailguard.store import store as opening
from mailguard.store.people import add_user
from mailguard.store.store import Store, open_store
from tests.report.sample import add_counts
from tests.support.letters import hold_letter


@pytest.fixture
def stores(postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Store, Store]]:
    """One database, two machines, the second one's clock a day ahead."""
    settings = StoreSettings(database_url=postgres_url, key_file=tmp_path / "guard.key")
    one = open_store(settings)
    monkeypatch.setattr(opening, "utc_now", lambda: datetime.now(UTC) + timedelta(days=1))
    other = open_store(settings)
    yield one, other
    one.close()
    other.close()


def test_what_one_has_claimed_the_other_leaves(stores: tuple[Store, Store]) -> None:
    """A release, a letter, a source's sync: each claim lasts by the database's clock."""
    one, other = stores
    sofia = add_user(one, "sofia", email="sofia@operator.example", role=Role.SUPERVISOR, password=None)
    decide(one, hold_letter(one), Decision(Action.APPROVE, ""), sofia)
    assert claim_release(one, one.clock()) is not None
    assert claim_release(other, other.clock()) is None
    while claim_letter(one, one.clock()) is not None:
        pass
    assert claim_letter(other, other.clock()) is None
    assert claim_source(one.engine, "crm", one.clock(), timedelta(minutes=60))
    assert not claim_source(other.engine, "crm", other.clock(), timedelta(minutes=60))


async def test_the_report_goes_out_once(stores: tuple[Store, Store]) -> None:
    """Also where one of them is at it when the other one's clock strikes."""
    with stores[0].writing() as session:
        add_counts(session, stores[0].clock() - timedelta(days=8), seen=1)
    settings = Settings(report={"to": ["ops@operator.example"]})
    mailed: list[Envelope] = []

    async def deliver(envelope: Envelope, raw: bytes) -> Mapping[str, Answer]:
        await asyncio.sleep(0.2)
        mailed.append(envelope)
        return dict.fromkeys(envelope.recipients, Answer(250, ("2.0.0 ok",)))

    sent = await asyncio.gather(*(send_due_report(store, settings, deliver, store.clock()) for store in stores))
    assert sorted(map(len, sent)) == [0, 1]
    assert len(mailed) == 1
