"""What a decision costs a reviewer."""

from datetime import timedelta

from mailguard.incidents.replay.handling_time import measure_handling
from mailguard.store.store import Store
from tests.support.case_rows import add_case, decide_case


def decide(store: Store, minutes: int, *, opened: bool = True) -> None:
    """A case of the night, opened in the morning and decided so many minutes later."""
    night = store.clock() - timedelta(days=2)
    case_id = add_case(store, night)
    decide_case(store, case_id, "approve", timedelta(hours=9, minutes=minutes), by="vera")
    if opened:
        with store.writing() as session:
            at = night + timedelta(hours=9)
            store.audit.append(session, "view", actor="vera", at=at, case_id=case_id)
            store.audit.append(session, "view", actor="vera", at=at + timedelta(seconds=30), case_id=case_id)
            store.audit.append(session, "view", actor="other", at=at + timedelta(seconds=1), case_id=case_id)


def test_the_time_is_from_opening_to_deciding(any_store: Store) -> None:
    """The median of those who opened the case themselves; a night's wait and a morning's break do not count."""
    for minutes in range(1, 20):
        decide(any_store, minutes % 3 + 1)
    decide(any_store, 1, opened=False)
    decide(any_store, 300)
    since = any_store.clock() - timedelta(days=7)
    with any_store.reading() as session:
        assert measure_handling(session, since) is None
    decide(any_store, 2)
    with any_store.reading() as session:
        assert measure_handling(session, since) == timedelta(minutes=2)
        assert measure_handling(session, any_store.clock()) is None
