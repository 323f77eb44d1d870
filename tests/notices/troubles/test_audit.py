"""The audit chain is checked by the clock, by one node, and ops learns when it is broken."""

from structlog.testing import capture_logs

from mailguard.notices.troubles.audit import tell_chain
from mailguard.store.store import Store
from tests.conftest import TurnableClock
from tests.notices.outbox import written
from tests.support.letters import hold_letter

OPS = ["ops@operator.example"]


def test_it_is_checked_once_in_so_long(any_store: Store, clock: TurnableClock) -> None:
    """By the first node that is due; never with 0 hours."""
    assert not tell_chain(any_store, 0, OPS)
    assert tell_chain(any_store, 24, OPS)
    assert not tell_chain(any_store, 24, OPS)
    clock.turn(hours=24)
    assert tell_chain(any_store, 24, OPS)
    assert written(any_store) == []


def test_a_broken_chain_is_told_and_its_mending(store: Store, clock: TurnableClock) -> None:
    """Which entry, to the log and to ops; the all-clear when it fits again."""
    hold_letter(store)
    before = written(store)
    with store.writing() as session:
        connection = session.connection()
        for name in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all():
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        connection.exec_driver_sql("UPDATE audit SET actor = 'nobody' WHERE act = 'hold'")
    with capture_logs() as logs:
        assert tell_chain(store, 24, OPS)
    assert [entry["log_level"] for entry in logs] == ["error"]
    assert set(written(store)) - set(before) == {("audit_trouble", OPS[0])}
    with store.writing() as session:
        session.connection().exec_driver_sql("UPDATE audit SET actor = 'guard' WHERE act = 'hold'")
    clock.turn(hours=24)
    assert tell_chain(store, 24, OPS)
    assert ("audit_well", OPS[0]) in written(store)
