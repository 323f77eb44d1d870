"""The clock's jobs when something is broken."""

from collections.abc import Mapping

from mailguard.app.observing import Observer
from mailguard.app.schedule import make_schedule
from mailguard.cases.deciding.decide import decide
from mailguard.cases.reading import open_body
from mailguard.core.answer import Answer
from mailguard.core.decision import Action, Decision
from mailguard.core.envelope import Envelope
from mailguard.core.person import Role
from mailguard.core.settings import Settings
from mailguard.store.people import add_user
from mailguard.store.store import Store
from tests.conftest import TurnableClock
from tests.support.letters import hold_letter


async def test_trouble_of_one_step_stops_no_other(store: Store, clock: TurnableClock) -> None:
    """The table of readers' reports is gone; held letters are destroyed when their time is over all the same."""

    async def deliver(envelope: Envelope, raw: bytes) -> Mapping[str, Answer]:
        raise AssertionError("nothing is to be sent")

    sofia = add_user(store, "sofia", email="sofia@operator.example", role=Role.SUPERVISOR, password=None)
    case_id = hold_letter(store)
    decide(store, case_id, Decision(Action.REJECT, "wrong address"), sofia)
    clock.turn(days=100)
    with store.writing() as session:
        session.connection().exec_driver_sql("DROP TABLE reader_words")
        session.connection().exec_driver_sql("DROP TABLE reader_reports")
    scheduler = make_schedule(store, Settings(), Observer(store, "UTC", clock), deliver)
    await scheduler.get_job("end_keeping").func()
    assert open_body(store, case_id) is None
