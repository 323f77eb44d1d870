"""Yesterday's data opens in today's version (promise 15): every released schema, on both databases."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from mailguard.cases.deciding.decide import decide
from mailguard.cases.listing import list_cases
from mailguard.cases.reading import open_body, read_case
from mailguard.core.case import CaseState
from mailguard.core.decision import Action, Decision
from mailguard.core.envelope import Client, Envelope
from mailguard.core.errors import ConfigError, NotYours
from mailguard.core.settings import NextHopSettings, StoreSettings
from mailguard.customers.register import Register
from mailguard.relay.next_hop import NextHop
from mailguard.relay.release import ReleaseWorker
from mailguard.store.migrations.upgrade import Step
from mailguard.store.people import check_password, person_of_token
from mailguard.store.store import Store, open_store
from mailguard.store.tables.figures import CountRow
from mailguard.store.upkeep.upgrading import read_status, upgrade_store
from tests.conftest import TurnableClock
from tests.support.holding import hold
from tests.support.letters import CUSTOMER, SENDER, judgement_of, write_letter
from tests.support.sink import Sink
from tests.upgrade.conftest import VERSIONS, Lay, Old, shape_of
from tests.upgrade.make import secret_of

DATABASES = ("sqlite", "postgresql")


@pytest.mark.parametrize("database", DATABASES)
@pytest.mark.parametrize("version", VERSIONS)
async def test_yesterdays_data_opens_today(
    lay: Lay, make_fresh: Callable[[str], Engine], clock: TurnableClock, version: str, database: str
) -> None:
    """Cases, bodies, people, customers, counts and the chain are there and work, in the tables that a new store has."""
    old, fresh = lay(version, database), make_fresh(database)
    _upgrade(old.settings, version)
    store = open_store(old.settings, clock)
    try:
        assert shape_of(store.engine) == shape_of(fresh)
        _assert_everything_is_there(store, old)
        await _assert_life_goes_on(store, old, clock)
        with store.reading() as session:
            assert store.audit.verify(session)[1] is None
    finally:
        store.close()


def _upgrade(settings: StoreSettings, version: str) -> None:
    """Serving is refused until then, with the mend; afterwards there is nothing more to do."""
    schema = read_status(settings).schema
    assert schema.found == version
    if schema.is_older:
        with pytest.raises(ConfigError, match=f"holds version {version}.*mailguard store upgrade"):
            open_store(settings)
    told: list[Step] = []
    upgrade_store(settings, told.append)
    assert tuple(told) == schema.missing
    assert upgrade_store(settings).found == schema.wanted


def _assert_everything_is_there(store: Store, old: Old) -> None:
    listed = {case.id: case.state for case in list_cases(store).cases}
    assert listed == {case_id: fate for fate, case_id in old.cases.items()}
    for fate, case_id in old.cases.items():
        body = open_body(store, case_id)
        assert body is not None
        assert secret_of(fate).encode() in body
        assert read_case(store, case_id).summary.sender == SENDER
    sofia = check_password(store, "sofia", old.password)
    assert sofia is not None
    assert person_of_token(store, old.token) == sofia
    (customer,) = Register(store.engine).by_address(CUSTOMER)
    assert customer.customer_id == "1001"
    with store.reading() as session:
        counts = {row.measure: row.count for row in session.exec(select(CountRow)).all() if not row.key}
    assert (counts["seen"], counts["passed"], counts["held"]) == (5, 1, 4)


async def _assert_life_goes_on(store: Store, old: Old, clock: TurnableClock) -> None:
    """What was held is decided by a second person alone and released; so is what was approved; new mail is held."""
    otto, sofia = (check_password(store, name, old.password) for name in ("otto", "sofia"))
    assert otto is not None
    assert sofia is not None
    approval = Decision(Action.APPROVE, "She asked for it.")
    with pytest.raises(NotYours):
        decide(store, old.cases["held"], approval, otto)
    decide(store, old.cases["held"], approval, sofia)
    raw = write_letter("Your PIN is 1234.")
    envelope = Envelope(SENDER, (CUSTOMER,), Client("127.0.0.1", "client.example"))
    fresh = hold(store, envelope, raw, judgement_of(raw, (CUSTOMER,), "1234"))
    async with Sink() as sink:
        next_hop = NextHop(NextHopSettings(port=sink.port), "guard.operator.example")
        worker = ReleaseWorker(store, next_hop, clock)
        while await worker.run_once():
            pass
        await next_hop.close()
    sent = b"".join(message.body for message in sink.messages)
    assert len(sink.messages) == 2
    for fate in ("held", "approved"):
        assert secret_of(fate).encode() in sent
        assert read_case(store, old.cases[fate]).summary.state is CaseState.RELEASED
    assert read_case(store, fresh).summary.state is CaseState.HELD
